package gptbroker.project;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * The projects, for the operator. Thread-safe; every method throws {@link Problem} 503 {@code archive_unavailable} when
 * Postgres does not answer within its limits.
 */
public final class Projects {
    private static final Pattern SLUG = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
    private static final Pattern ID = Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");
    private static final String ALL = "select " + Rows.PROJECT + " from broker_projects p ";

    private final Database database;
    private final KeyCache cache;
    private final InstantSource clock;

    Projects(Database database, KeyCache cache, InstantSource clock) {
        this.database = database;
        this.cache = cache;
        this.clock = clock;
    }

    /**
     * A project after a change.
     *
     * @param everywhere as {@link ApiKey.Change#everywhere}
     */
    public record Change(Project project, boolean everywhere) {}

    /**
     * Adds a project.
     *
     * @throws Problem 400 {@code parameter_invalid} for a slug that is none, 409 {@code already_exists}
     */
    public Project create(String slug, ProjectSettings settings) {
        // A slug that looked like an id would hide the project of that id.
        if (!SLUG.matcher(slug).matches() || ID.matcher(slug).matches()) {
            throw Problem.of(ProblemCode.PARAMETER_INVALID, "slug").in(List.of("/slug"));
        }
        var project = new Project(
                UUID.randomUUID(), slug, settings, 1, clock.instant().truncatedTo(ChronoUnit.MICROS));
        Rows.in(
                database,
                connection -> Rows.update(
                        connection,
                        "insert into broker_projects (name, model, system_prompt, temperature, max_tokens, limits, id, slug,"
                                + " created_at) values (?, ?, ?, ?, ?, ?::jsonb, ?, ?, ?)",
                        values(settings, project.id(), slug, project.createdAt())));
        return project;
    }

    /** All, by slug. */
    public List<Project> list() {
        return Rows.in(database, connection -> Rows.query(connection, ALL + "order by p.slug", Rows::project));
    }

    /**
     * One.
     *
     * @param reference its id or slug
     * @throws Problem 404 {@code not_found}
     */
    public Project find(String reference) {
        return Rows.in(database, connection -> find(connection, reference, ""));
    }

    /**
     * Changes settings: what the object names, {@code null} clears. Holds for the next call on every broker.
     *
     * @throws Problem 404 {@code not_found}, 400 {@code parameter_invalid}
     */
    public Change change(String reference, ObjectNode changes) {
        return Rows.in(database, connection -> change(connection, reference, changes))
                .publish(cache);
    }

    private record Changed(Project project, List<Rows.Looked> keys) {
        Change publish(KeyCache cache) {
            boolean everywhere = true;
            for (Rows.Looked key : keys) {
                everywhere &= cache.keep(key.sha256(), key.entry());
            }
            return new Change(project, everywhere);
        }
    }

    private static Changed change(Connection connection, String reference, ObjectNode changes) throws SQLException {
        Project before = find(connection, reference, " for update");
        ProjectSettings settings = ProjectSettings.read(merged(before.settings().json(), changes));
        Rows.update(
                connection,
                "update broker_projects set name = ?, model = ?, system_prompt = ?, temperature = ?, max_tokens = ?,"
                        + " limits = ?::jsonb, version = version + 1 where id = ?",
                values(settings, before.id()));
        var project = new Project(before.id(), before.slug(), settings, before.version() + 1, before.createdAt());
        List<Rows.Looked> keys = Rows.query(
                connection, Rows.ENTRY + "k.project_id = ? and k.revoked_at is null", Rows::entry, before.id());
        return new Changed(project, keys);
    }

    /** Limits are merged one by one, too, so that one can be changed without knowing the others. */
    private static ObjectNode merged(ObjectNode known, ObjectNode changes) {
        ObjectNode merged = known.deepCopy();
        changes.properties().forEach(field -> {
            JsonNode before = merged.path(field.getKey());
            if (before instanceof ObjectNode inner && field.getValue() instanceof ObjectNode changed) {
                inner.setAll(changed);
            } else {
                merged.set(field.getKey(), field.getValue());
            }
        });
        return merged;
    }

    static Project find(Connection connection, String reference, String lock) throws SQLException {
        boolean byId = ID.matcher(reference).matches();
        return Rows.query(
                        connection,
                        ALL + (byId ? "where p.id = ?" : "where p.slug = ?") + lock,
                        Rows::project,
                        byId ? UUID.fromString(reference) : reference)
                .stream()
                .findFirst()
                .orElseThrow(() -> Problem.of(ProblemCode.NOT_FOUND, "no such project"));
    }

    private static Object[] values(ProjectSettings settings, Object... more) {
        ObjectNode json = settings.json();
        Object[] first = {
            settings.name(),
            settings.model(),
            json.path("system_prompt").textValue(),
            settings.temperature().isPresent()
                    ? Double.valueOf(settings.temperature().getAsDouble())
                    : null,
            settings.maxTokens().isPresent()
                    ? Integer.valueOf(settings.maxTokens().getAsInt())
                    : null,
            json.path(LimitsJson.FIELD).toString()
        };
        Object[] all = java.util.Arrays.copyOf(first, first.length + more.length);
        System.arraycopy(more, 0, all, first.length, more.length);
        return all;
    }
}
