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
    private static final String SELECT = "select input_id, content, status_rank >= 3 from responses"
            + " where input_id = any(?) and id = input_id and content is not null";

    private Answers() {}

    /**
     * What has been answered.
     *
     * @param text may still grow unless it is final
     * @param isFinal whether nothing can change it any more
     */
    public record Answer(String text, boolean isFinal) {}

    /** The answers of those exchanges that have one; inside the transaction of the caller. */
    public static Map<UUID, Answer> of(Connection connection, Collection<UUID> exchanges) throws SQLException {
        Map<UUID, Answer> answers = new HashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(SELECT)) {
            statement.setArray(1, connection.createArrayOf("uuid", exchanges.toArray()));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    answers.put(rows.getObject(1, UUID.class), new Answer(rows.getString(2), rows.getBoolean(3)));
                }
            }
        }
        return answers;
    }
}
