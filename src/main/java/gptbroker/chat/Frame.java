package gptbroker.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.http.JsonAnswer;
import gptbroker.problem.Problem;

/**
 * One event of a chat as those see it who read live (S1.43, S1.44): while a reply comes, each has a piece of it; the last
 * one has all of it, and why it ended if it did not end well.
 */
record Frame(String chat, byte[] json) {
    static Frame first(Message message) {
        return of(message.replied(""), true, "");
    }

    static Frame piece(Message message, String delta) {
        return of(message.replied(delta), true, "");
    }

    static Frame last(Message message) {
        return of(message, false, "");
    }

    static Frame broken(Message message, Problem problem) {
        return of(message, false, problem.code().text());
    }

    private static Frame of(Message message, boolean partial, String error) {
        ObjectNode json = Shapes.object();
        json.set("message", Shapes.message(message));
        json.put("partial", partial);
        if (!error.isEmpty()) {
            json.put("error", error);
        }
        return new Frame(message.chat(), JsonAnswer.bytes(json));
    }
}
