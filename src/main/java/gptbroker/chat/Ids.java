package gptbroker.chat;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Ids as clients write them. A UUID may have capitals; braces, blanks and every other spelling name nothing, which is
 * the same to a client as somebody else's object.
 */
final class Ids {
    static final int LONGEST = 100;
    static final int MOST = 100;

    private static final Pattern UUID_FORM = Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");
    /** What clients of {@code POST /chat/} may choose: 22 characters of base64url where we choose ourselves (S4.8). */
    private static final Pattern CHOSEN = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    private Ids() {}

    /**
     * The id of a chat in the one spelling that it is stored in.
     *
     * @throws Problem 404 {@code not_found}
     */
    static String chat(String given) {
        if (UUID_FORM.matcher(given).matches()) {
            return given.toLowerCase(Locale.ROOT);
        }
        if (CHOSEN.matcher(given).matches()) {
            return given;
        }
        throw Problem.of(ProblemCode.NOT_FOUND, "not an id");
    }

    /** The id of a group, a user or a message. */
    static UUID uuid(String given, ProblemCode unknown) {
        if (!UUID_FORM.matcher(given).matches()) {
            throw Problem.of(unknown, "not an id");
        }
        return UUID.fromString(given);
    }

    /** Ids of users; one that is none spoils all. */
    static List<UUID> users(List<String> given) {
        if (given.isEmpty()) {
            throw Problem.of(ProblemCode.MEMBERS_MISSING);
        }
        return optionalUsers(given);
    }

    /** As {@link #users}, and there may be none. */
    static List<UUID> optionalUsers(List<String> given) {
        if (given.size() > MOST) {
            throw Problem.of(ProblemCode.PARAMETER_INVALID, "too many ids");
        }
        var ids = new ArrayList<UUID>();
        for (String id : given) {
            UUID user = uuid(id, ProblemCode.USER_NOT_FOUND);
            if (!ids.contains(user)) {
                ids.add(user);
            }
        }
        return ids;
    }
}
