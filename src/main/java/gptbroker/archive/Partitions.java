package gptbroker.archive;

import gptbroker.store.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * The days of {@code inputs} and {@code responses}: each a table {@code <name>_yyyymmdd} that holds the ids made on
 * that UTC day.
 *
 * <p>Thread-safe, also between processes.
 */
final class Partitions {
    private static final List<String> PARENTS = List.of("inputs", "responses");
    private static final DateTimeFormatter SUFFIX = DateTimeFormatter.BASIC_ISO_DATE;

    /** Any constant will do, as long as nobody else in the database uses it: "gbdays" in ASCII. */
    private static final String ONE_AT_A_TIME = "select pg_advisory_xact_lock(x'676264617973'::bigint)";

    /** Who waits for a table lock makes everyone behind him wait; rather try again later. */
    private static final String SHORT_WAIT = "set local lock_timeout = '2s'";

    private static final String DAYS = """
            select right(c.relname, 8) from pg_inherits i join pg_class c on c.oid = i.inhrelid
            where i.inhparent = ?::regclass and c.relname ~ '_[0-9]{8}$' order by 1""";

    private final Database database;
    private final Set<LocalDate> known = ConcurrentHashMap.newKeySet();

    Partitions(Database database) {
        this.database = database;
    }

    /** Creates the days that are missing. */
    void ensure(Collection<LocalDate> days) throws SQLException {
        Set<LocalDate> missing = new TreeSet<>(days);
        missing.removeAll(known);
        if (missing.isEmpty()) {
            return;
        }
        database.transaction(connection -> {
            lock(connection);
            for (String parent : PARENTS) {
                create(connection, parent, missing);
            }
            return missing.size();
        });
        known.addAll(missing);
    }

    /** Forgets what is known, after a row found no place: somebody else has dropped a day. */
    void forget() {
        known.clear();
    }

    /** Drops every day before this one, and returns those days. */
    Set<LocalDate> dropBefore(LocalDate first) throws SQLException {
        Set<LocalDate> dropped = database.transaction(connection -> {
            lock(connection);
            var old = new TreeSet<LocalDate>();
            for (String parent : PARENTS) {
                for (LocalDate day : days(connection, parent)) {
                    if (day.isBefore(first)) {
                        old.add(day);
                    }
                }
            }
            try (Statement statement = connection.createStatement()) {
                for (LocalDate day : old) {
                    statement.execute("drop table if exists " + table("responses", day) + ", " + table("inputs", day));
                }
            }
            return old;
        });
        known.removeAll(dropped);
        return dropped;
    }

    private static void lock(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(SHORT_WAIT);
            statement.execute(ONE_AT_A_TIME);
        }
    }

    private static Set<LocalDate> days(Connection connection, String parent) throws SQLException {
        var days = new TreeSet<LocalDate>();
        try (PreparedStatement statement = connection.prepareStatement(DAYS)) {
            statement.setString(1, parent);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    days.add(LocalDate.parse(rows.getString(1), SUFFIX));
                }
            }
        }
        return days;
    }

    /** Attaching locks the parent less than creating in place: running reads and writes go on. */
    private static void create(Connection connection, String parent, Set<LocalDate> missing) throws SQLException {
        Set<LocalDate> attached = days(connection, parent);
        boolean secured = hasRowSecurity(connection, parent);
        try (Statement statement = connection.createStatement()) {
            for (LocalDate day : missing) {
                if (attached.contains(day)) {
                    continue;
                }
                String table = table(parent, day);
                statement.execute("create table if not exists " + table + " (like " + parent + ")");
                if (secured) {
                    statement.execute("alter table " + table + " enable row level security");
                }
                statement.execute("alter table " + parent + " attach partition " + table + " for values from ('"
                        + bound(day) + "') to ('" + bound(day.plusDays(1)) + "')");
            }
        }
    }

    private static boolean hasRowSecurity(Connection connection, String parent) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("select relrowsecurity from pg_class where oid = ?::regclass")) {
            statement.setString(1, parent);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    /** The days that exist, oldest first. */
    Set<LocalDate> days() throws SQLException {
        return database.transaction(connection -> days(connection, "inputs"));
    }

    static Set<LocalDate> daysOf(Collection<UUID> ids) {
        return ids.stream().map(Uuid7::day).collect(Collectors.toSet());
    }

    private static String table(String parent, LocalDate day) {
        return parent + "_" + SUFFIX.format(day);
    }

    private static UUID bound(LocalDate day) {
        return Uuid7.floor(day.atStartOfDay().toInstant(ZoneOffset.UTC));
    }
}
