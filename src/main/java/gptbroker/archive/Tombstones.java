package gptbroker.archive;

import gptbroker.archive.Entry.Opened;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Keeps erased what was erased. The outbox delivers at least once, so a record can come again after its user's rows are
 * gone: an open record is known by its user and time, a close record only by its id.
 */
final class Tombstones {
    /** Erasures insert into this table first: so each is wholly before or wholly after a batch. */
    private static final String NO_ERASURE_NOW = "lock table erased_users in share mode";

    private Tombstones() {}

    /** The exchanges that may be written; the others leave a tombstone of their own, and nothing else. */
    static List<Exchange> withoutErased(Connection connection, Map<UUID, Exchange> exchanges) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(NO_ERASURE_NOW);
        }
        Map<UUID, Instant> users = erasedUsers(connection, exchanges.values());
        Set<UUID> ids = erasedExchanges(connection, exchanges.keySet());
        var kept = new ArrayList<Exchange>(exchanges.size());
        var newlyErased = new ArrayList<UUID>();
        for (Exchange exchange : exchanges.values()) {
            if (ids.contains(exchange.id())) {
                continue;
            }
            if (exchange.opened().filter(opened -> isErased(opened, users)).isPresent()) {
                newlyErased.add(exchange.id());
            } else {
                kept.add(exchange);
            }
        }
        bury(connection, newlyErased);
        return kept;
    }

    private static boolean isErased(Opened opened, Map<UUID, Instant> users) {
        return opened.userId()
                .map(users::get)
                .filter(erasedAt -> !opened.at().isAfter(erasedAt))
                .isPresent();
    }

    private static Map<UUID, Instant> erasedUsers(Connection connection, Collection<Exchange> exchanges)
            throws SQLException {
        UUID[] users = exchanges.stream()
                .flatMap(exchange -> exchange.opened().flatMap(Opened::userId).stream())
                .distinct()
                .toArray(UUID[]::new);
        var erased = new HashMap<UUID, Instant>();
        try (PreparedStatement statement =
                connection.prepareStatement("select user_id, erased_at from erased_users where user_id = any(?)")) {
            statement.setArray(1, connection.createArrayOf("uuid", users));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    OffsetDateTime erasedAt = rows.getObject(2, OffsetDateTime.class);
                    erased.put(rows.getObject(1, UUID.class), erasedAt.toInstant());
                }
            }
        }
        return erased;
    }

    private static Set<UUID> erasedExchanges(Connection connection, Set<UUID> ids) throws SQLException {
        var erased = new HashSet<UUID>();
        try (PreparedStatement statement =
                connection.prepareStatement("select id from erased_exchanges where id = any(?)")) {
            statement.setArray(1, connection.createArrayOf("uuid", ids.toArray()));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    erased.add(rows.getObject(1, UUID.class));
                }
            }
        }
        return erased;
    }

    /** Also removes an answer that came before its open record told whose it was. */
    private static void bury(Connection connection, List<UUID> ids) throws SQLException {
        if (ids.isEmpty()) {
            return;
        }
        for (String sql : List.of(
                "insert into erased_exchanges (id, erased_at) select unnest(?::uuid[]), now() on conflict do nothing",
                "delete from responses where input_id = any(?)",
                "delete from inputs where id = any(?)")) {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setArray(1, connection.createArrayOf("uuid", ids.toArray()));
                statement.executeUpdate();
            }
        }
    }
}
