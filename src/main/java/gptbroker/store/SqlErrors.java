package gptbroker.store;

import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What an SQLSTATE means for whoever must not lose a row. Source: PostgreSQL manual, appendix A. */
public final class SqlErrors {
    private static final Set<String> OF_THE_DATA = Set.of(
            "21", // cardinality violation
            "22", // data exception
            "23", // integrity constraint
            "44", // with check option
            "54", // program limit, such as an index row that is too long
            "P0"); // raised by a trigger
    private static final Set<String> AWAY = Set.of("", "08", "53", "57", "58");
    private static final Set<String> WITHOUT_VALUES =
            Set.of("08", "25", "28", "3D", "3F", "42", "53", "55", "57", "58");

    private SqlErrors() {}

    /** Whether repeating the same rows would fail the same way, while other rows may pass. */
    public static boolean dependOnData(SQLException error) {
        return OF_THE_DATA.contains(classOf(error));
    }

    /** Whether fewer rows at once may pass: the statement ran into its time limit or into memory. */
    public static boolean askForLess(SQLException error) {
        String state = state(error);
        return state.equals("57014") || state.equals("53200");
    }

    /** Whether the server is away, starting, stopping or full: it may come back by itself. */
    static boolean meanAway(SQLException error) {
        return AWAY.contains(classOf(error));
    }

    /** Whether a row found no partition (which shares its class with broken constraints). */
    public static boolean missPartition(SQLException error) {
        return state(error).equals("23514");
    }

    /** One line for logs: the SQLSTATE, and the message only where it cannot quote a stored value. */
    public static String describe(SQLException error) {
        String state = state(error);
        if (!WITHOUT_VALUES.contains(classOf(error)) && !state.isEmpty()) {
            return "SQLSTATE " + state;
        }
        return (state.isEmpty() ? "" : "SQLSTATE " + state + ", ") + firstLine(error.getMessage());
    }

    static String firstLine(@Nullable String message) {
        return message == null
                ? "no message"
                : message.lines().findFirst().orElse("").strip();
    }

    private static String classOf(SQLException error) {
        String state = state(error);
        return state.length() < 2 ? "" : state.substring(0, 2);
    }

    private static String state(SQLException error) {
        return error.getSQLState() == null ? "" : error.getSQLState();
    }
}
