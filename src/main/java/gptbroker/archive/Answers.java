package gptbroker.archive;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/** The answers of exchanges, for whoever keeps their ids. */
public final class Answers {
    private static final String SELECT = "select input_id, coalesce(content, ''), status, status_rank from responses"
            + " where input_id = any(?) and id = input_id";
    private static final int CLOSED = 2;

    private Answers() {}

    /**
     * What has been answered.
     *
     * @param text as far as it came; grows until it is closed
     * @param isClosed whether the call has ended
     * @param isDone whether it ended well
     * @param isInterrupted whether its broker died, or stopped it
     */
    public record Answer(String text, boolean isClosed, boolean isDone, boolean isInterrupted) {}

    /** The answers of those exchanges that the archive knows; inside the transaction of the caller. */
    public static Map<UUID, Answer> of(Connection connection, Collection<UUID> exchanges) throws SQLException {
        Map<UUID, Answer> answers = new HashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(SELECT)) {
            statement.setArray(1, connection.createArrayOf("uuid", exchanges.toArray()));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    String status = rows.getString(3);
                    answers.put(
                            rows.getObject(1, UUID.class),
                            new Answer(
                                    rows.getString(2),
                                    rows.getInt(4) >= CLOSED,
                                    status.equals(Status.DONE.label()),
                                    status.equals(Status.INTERRUPTED.label())));
                }
            }
        }
        return answers;
    }
}
