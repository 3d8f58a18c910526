package gptbroker.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.http.JsonAnswer;
import gptbroker.problem.Problem;

/**
 * One event of a chat as those see it who read live (S1.43, S1.44): while a reply comes, each has a piece of it; the last
 * one has all of it, and why it ended if it did not end well.
 *
 * <p>A frame goes to every reader and is kept for a while, so it is bounded: pieces do not repeat a long prompt, and a
 * message that is too large comes without its texts, with {@code "truncated":true}; {@code /chat/read} has them.
 *
 * @param chat the chat's id, which is the topic
 * @param json {@code {"message":{…},"partial":…}}
 */
record Frame(String chat, byte[] json) {
    private static final int LONGEST_REPEATED = 1_000;
    private static final String INTERRUPTED = "The reply was interrupted";
    private static final String GONE = "The message is gone";
    private static final int LARGEST = 96 * 1024;

    static Frame first(Message message) {
        return of(message.replied(""), true, "");
    }

    static Frame piece(Message message, String delta) {
        Message brief = message.prompt().length() > LONGEST_REPEATED ? message.prompted("") : message;
        return of(brief.replied(delta), true, "");
    }

    static Frame last(Message message) {
        return of(message, false, "");
    }

    /** The broker has died that would have told more. */
    static Frame interrupted(Message message) {
        return of(message, false, INTERRUPTED);
    }

    static Frame broken(Message message, Problem problem) {
        return of(message, false, problem.code().text());
    }

    /** Somebody has erased it while it was answered. */
    static Frame gone(Message message) {
        return of(message.prompted("").replied(""), false, GONE);
    }

    private static Frame of(Message message, boolean partial, String error) {
        byte[] json = JsonAnswer.bytes(tree(message, partial, error));
        if (json.length > LARGEST) {
            Message bare = message.prompted("").replied("");
            json = JsonAnswer.bytes(tree(bare, partial, error).put("truncated", true));
        }
        return new Frame(message.chat(), json);
    }

    private static ObjectNode tree(Message message, boolean partial, String error) {
        ObjectNode json = Shapes.object();
        json.set("message", Shapes.message(message));
        json.put("partial", partial);
        return error.isEmpty() ? json : json.put("error", error);
    }
}
