package gptbroker.event;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * One request of a known caller (S1.55), without anything that was said in it.
 *
 * @param id the request's, a UUIDv7
 * @param clientIp a trusted proxy's word for it, else the peer
 * @param endpoint the route's path
 * @param code the stable error code, if it did not end well
 * @param micros how long it took
 */
record Event(
        UUID id,
        String callerId,
        String clientIp,
        String method,
        String endpoint,
        int status,
        Optional<String> code,
        long micros) {
    static final String COLUMNS = "id, caller_id, client_ip, method, endpoint, status, code, duration_us";

    static Event read(ResultSet row) throws SQLException {
        return new Event(
                row.getObject(1, UUID.class),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getInt(6),
                Optional.ofNullable(row.getString(7)),
                row.getLong(8));
    }

    /** As the operator is told it, in a page as live. */
    ObjectNode json() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", id.toString())
                .put("at", at().toString())
                .put("caller_id", callerId)
                .put("client_ip", clientIp)
                .put("method", method)
                .put("endpoint", endpoint)
                .put("status", status)
                .put("code", code.orElse(null))
                .put("duration_us", micros);
    }

    /** When it began: the time in its id. */
    Instant at() {
        return Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16);
    }

    /** Below every id of this time or later. */
    static UUID floor(Instant time) {
        return new UUID(time.toEpochMilli() << 16, 0);
    }
}
