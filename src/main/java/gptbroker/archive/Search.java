package gptbroker.archive;

import java.time.LocalDate;
import java.util.Optional;
import java.util.UUID;

/**
 * Which exchanges are wanted; what is empty does not narrow.
 *
 * @param user the Supabase user
 * @param project the project whose key asked
 * @param day the UTC day of admission
 * @param status a {@link Status#label()}
 * @param before only older ones than this id
 * @param limit how many at most; a page also ends after some MiB of text
 */
public record Search(
        Optional<UUID> user,
        Optional<UUID> project,
        Optional<LocalDate> day,
        Optional<String> status,
        Optional<UUID> before,
        int limit) {
    /** Everything that one project asked. */
    public static Search ofProject(UUID project, Optional<UUID> before, int limit) {
        return new Search(Optional.empty(), Optional.of(project), Optional.empty(), Optional.empty(), before, limit);
    }

    /** Everything of one user. */
    public static Search of(UUID user, Optional<UUID> before, int limit) {
        return new Search(Optional.of(user), Optional.empty(), Optional.empty(), Optional.empty(), before, limit);
    }
}
