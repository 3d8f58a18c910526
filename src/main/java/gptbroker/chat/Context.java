package gptbroker.chat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import gptbroker.http.JsonAnswer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * What a model is told of a chat: the newest answered turns that have room, then the prompt. Read from the database for
 * each turn, so there is nothing to keep in step with what is deleted.
 *
 * <p>Room is counted in tokens, by a rule that errs on the safe side and that the database can follow: a token is three
 * bytes of UTF-8, and each message takes four more.
 */
final class Context {
    /** As in the seed (S1.39). */
    static final int MOST_PAIRS = 10;

    private static final int TOKEN_BYTES = 3;
    private static final int MESSAGE_BYTES = 4 * TOKEN_BYTES;

    /** From the newest on while they fit, so that what is told has no gaps. */
    private static final String READ = """
            select prompt, reply from (
                select seq, prompt, reply,
                       sum(octet_length(prompt) + octet_length(reply) + ?) over (order by seq desc) as bytes
                from (select seq, prompt, reply from broker_messages
                      where chat_id = ? and seq < ? and not otr and reply <> ''
                      order by seq desc limit ?) newest
            ) summed where bytes <= ? order by seq""";

    private Context() {}

    /** A turn that has been answered. */
    record Pair(String prompt, String reply) {}

    /**
     * What the next turn is to be told.
     *
     * @param system the system's message, if there is to be one
     * @param prompt the user's, told whatever its length
     * @param pairs how many turns at most
     * @param tokens how many tokens at most, all messages together
     * @param before only turns before this place in the chat
     */
    record Wanted(Optional<String> system, String prompt, int pairs, int tokens, long before) {
        /** Bytes that are left for the turns before. */
        private long room() {
            return (long) tokens * TOKEN_BYTES
                    - cost(prompt)
                    - system.map(Context::cost).orElse(0L);
        }
    }

    /** The turns so far, the oldest first. */
    static List<Pair> read(Connection connection, String chat, Wanted wanted) throws SQLException {
        return Sql.all(
                connection,
                READ,
                row -> new Pair(row.getString(1), row.getString(2)),
                2 * MESSAGE_BYTES,
                chat,
                wanted.before(),
                wanted.pairs(),
                wanted.room());
    }

    /** The messages as the model reads them. */
    static byte[] messages(Wanted wanted, List<Pair> pairs) {
        ArrayNode messages = JsonNodeFactory.instance.arrayNode();
        wanted.system().ifPresent(text -> add(messages, "system", text));
        for (Pair pair : pairs) {
            add(messages, "user", pair.prompt());
            add(messages, "assistant", pair.reply());
        }
        add(messages, "user", wanted.prompt());
        return JsonAnswer.bytes(messages);
    }

    private static void add(ArrayNode messages, String role, String content) {
        messages.addObject().put("role", role).put("content", content);
    }

    private static long cost(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length + (long) MESSAGE_BYTES;
    }
}
