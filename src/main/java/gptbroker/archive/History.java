package gptbroker.archive;

import gptbroker.problem.Problem;
import gptbroker.store.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * Reads the archive for those who may: a user their own rows, the operator all. No connection is held while a client
 * reads, so that slow ones cannot keep the archive from its work. Thread-safe.
 *
 * <p>Every method throws {@link Problem} 503 {@code archive_unavailable} when Postgres does not answer within its limits.
 */
public final class History {
    /** Rows fetched at once: answers may have megabytes. */
    private static final int FETCH = 16;
    /** Text after which a page ends, full or not. */
    private static final long PAGE_BYTES = 4 << 20;

    // The day of the id, because that is where the quota counts.
    private static final String USAGE = """
            select (to_timestamp(('x' || substr(replace(input_id::text, '-', ''), 1, 12))::bit(48)::bigint / 1000.0)
                        at time zone ?)::date as day,
                   count(*), sum(units), sum(prompt_tokens), sum(completion_tokens),
                   count(*) filter (where prompt_tokens is null),
                   count(*) filter (where usage_estimated and prompt_tokens is not null),
                   sum(cost_usd), count(*) filter (where cost_usd is null)
            from responses r %s
            group by 1 order by 1 desc""";

    private static final String USAGE_OF_USER = USAGE.formatted("where r.user_id = ? and r.input_id >= ?");

    /** Both bounds, because the days of each table are found by its own. */
    private static final String USAGE_OF_PROJECT = USAGE.formatted(
            "join inputs i on i.id = r.input_id where i.project_id = ? and i.id >= ? and r.input_id >= ?");

    private final Database database;
    private final ZoneId zone;

    /** @param zone {@code QUOTA_TIMEZONE}: whose midnight ends a day of {@link #usage} */
    public History(Database database, ZoneId zone) {
        this.database = database;
        this.zone = zone;
    }

    /**
     * What a user has used, by day, the newest first; days without a call are left out.
     *
     * @param from the first day, in the quota's zone
     */
    public List<DayUsage> usage(UUID user, LocalDate from) {
        return usage(USAGE_OF_USER, user, floor(from));
    }

    /** The same of all keys of a project. */
    public List<DayUsage> projectUsage(UUID project, LocalDate from) {
        return usage(USAGE_OF_PROJECT, project, floor(from), floor(from));
    }

    private UUID floor(LocalDate from) {
        return Uuid7.floor(from.atStartOfDay(zone).toInstant());
    }

    private List<DayUsage> usage(String sql, UUID... values) {
        return Reading.of(database, connection -> {
            var days = new ArrayList<DayUsage>();
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, zone.getId());
                for (int i = 0; i < values.length; i++) {
                    statement.setObject(i + 2, values[i]);
                }
                try (ResultSet rows = statement.executeQuery()) {
                    while (rows.next()) {
                        days.add(day(rows));
                    }
                }
            }
            return days;
        });
    }

    /** The quota's day at this time. */
    public LocalDate day(Instant time) {
        return LocalDate.ofInstant(time, zone);
    }

    /** One page for the user: their rows alone, without the columns that are the operator's. */
    public Page page(UUID user, Optional<UUID> before, int limit) {
        return page(Search.of(user, before, limit), false);
    }

    /** One page for a project: what its keys asked, without the columns that are the operator's. */
    public Page projectPage(UUID project, Optional<UUID> before, int limit) {
        return page(Search.ofProject(project, before, limit), false);
    }

    /** One exchange of a project; empty when it has none of this id, whoever else may. */
    public Optional<Told> ofProject(UUID project, UUID id) {
        // Ids are unique, so the one at or below the next id is it, or another one.
        Optional<UUID> before = Optional.of(new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits() + 1));
        return projectPage(project, before, 1).exchanges().stream()
                .filter(told -> told.id().equals(id))
                .findFirst();
    }

    /** One page of whatever is wanted, for the operator. */
    public Page search(Search search) {
        return page(search, true);
    }

    private Page page(Search search, boolean forOperator) {
        var where = new Where(search);
        // One more than wanted tells whether there is a next page.
        String sql =
                "select " + Told.COLUMNS + " from inputs i left join responses r on r.input_id = i.id and r.id = i.id"
                        + where.sql() + " order by i.id desc limit " + (search.limit() + 1);
        return Reading.of(database, connection -> read(connection, sql, where, search.limit(), forOperator));
    }

    private static Page read(Connection connection, String sql, Where where, int limit, boolean forOperator)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setFetchSize(FETCH);
            where.bind(statement);
            var exchanges = new ArrayList<Told>();
            long bytes = 0;
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    if (exchanges.size() == limit || bytes >= PAGE_BYTES) {
                        return new Page(
                                exchanges, Optional.of(exchanges.getLast().id()));
                    }
                    Told told = Told.read(rows, forOperator);
                    bytes += told.size();
                    exchanges.add(told);
                }
            }
            return new Page(exchanges, Optional.empty());
        }
    }

    private static DayUsage day(ResultSet row) throws SQLException {
        return new DayUsage(
                row.getObject(1, LocalDate.class),
                row.getLong(2),
                row.getLong(3),
                optional(row, 4),
                optional(row, 5),
                row.getLong(6),
                row.getLong(7),
                Optional.ofNullable(row.getBigDecimal(8)),
                row.getLong(9));
    }

    private static OptionalLong optional(ResultSet row, int column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? OptionalLong.empty() : OptionalLong.of(value);
    }

    /** The conditions of a search and their values, in one order. */
    private static final class Where {
        private final StringBuilder sql = new StringBuilder();
        private final List<Object> values = new ArrayList<>();

        Where(Search search) {
            search.user().ifPresent(user -> and("i.user_id = ?", user));
            search.project().ifPresent(project -> and("i.project_id = ?", project));
            search.day().ifPresent(day -> {
                and("i.id >= ?", Uuid7.floor(day.atStartOfDay().toInstant(ZoneOffset.UTC)));
                and("i.id < ?", Uuid7.floor(day.plusDays(1).atStartOfDay().toInstant(ZoneOffset.UTC)));
            });
            search.status().ifPresent(status -> and("r.status = ?", status));
            search.before().ifPresent(before -> and("i.id < ?", before));
        }

        private void and(String condition, Object value) {
            sql.append(sql.isEmpty() ? " where " : " and ").append(condition);
            values.add(value);
        }

        String sql() {
            return sql.toString();
        }

        void bind(PreparedStatement statement) throws SQLException {
            for (int i = 0; i < values.size(); i++) {
                statement.setObject(i + 1, values.get(i));
            }
        }
    }
}
