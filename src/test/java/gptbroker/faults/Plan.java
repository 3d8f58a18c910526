package gptbroker.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import gptbroker.dev.ScriptedModel;
import java.net.URLEncoder;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/**
 * What one client is going to do.
 *
 * @param nonce in the prompt, and so in the answer; nobody else has it
 * @param script what the scripted model will do
 * @param leave when the client goes away
 * @param reset with a RST instead of a FIN
 */
record Plan(String nonce, UUID user, Form form, String script, Leave leave, boolean reset) {
    private static final List<String> STREAMS =
            List.of("chunks-20-20", "chunks-20-20", "chunks-20-20", "chunks-10-5", "chunks-100-4", "chunks-40-100");
    private static final List<String> BROKEN_STREAMS =
            List.of("fault-cut-mid", "fault-no-done", "fault-error-mid", "fault-500", "fault-429");
    private static final List<String> WHOLE = List.of("slow-10", "slow-50", "slow-200", "big-20000", "gpt-4o");
    private static final List<String> BROKEN_WHOLE = List.of("fault-500", "fault-503", "fault-cut-mid", "fault-429");

    /** The endpoint, and the form of its answer. */
    enum Form {
        SIMPLE("/simple-gpt-4o-mini-complete"),
        ADVANCED("/advanced-gpt-4o-mini-complete"),
        V2("/v2/advanced-gpt-4o-mini-complete"),
        FULL("/gpt-4o"),
        NDJSON("/stream"),
        SSE("/stream");

        private final String path;

        Form(String path) {
            this.path = path;
        }

        boolean streams() {
            return this == NDJSON || this == SSE;
        }
    }

    /** When the client goes away. */
    enum Leave {
        NEVER,
        BEFORE_BODY,
        AFTER_REQUEST,
        IN_ANSWER,
        /** It says that it will not send any more, and waits for its answer. */
        HALF_CLOSE
    }

    /**
     * Draws one: 30 % streams, 5 % failures of the model.
     *
     * @param leaving how many clients of a hundred leave early
     */
    static Plan draw(Random random, UUID user, int leaving) {
        boolean streams = random.nextInt(100) < 30;
        boolean broken = random.nextInt(100) < 5;
        Form form = Form.values()[streams ? 4 + random.nextInt(2) : random.nextInt(4)];
        List<String> scripts = streams ? broken ? BROKEN_STREAMS : STREAMS : broken ? BROKEN_WHOLE : WHOLE;
        Leave leave = random.nextInt(100) < leaving
                ? Leave.values()[1 + random.nextInt(Leave.values().length - 1)]
                : Leave.NEVER;
        String nonce = Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong());
        return new Plan(nonce, user, form, scripts.get(random.nextInt(scripts.size())), leave, random.nextBoolean());
    }

    /** Another, that streams to the end. */
    static Plan stream(Random random, UUID user, String script) {
        return new Plan(Long.toHexString(random.nextLong()), user, Form.SSE, script, Leave.NEVER, false);
    }

    String prompt() {
        return "[[model:" + script + "]] nonce-" + nonce + " please";
    }

    /** Whether the model will not give a whole answer. */
    boolean modelFails() {
        return script.startsWith("fault-");
    }

    /** The whole answer. */
    String expected() {
        String text = ScriptedModel.answer("gpt-4o", prompt());
        return form == Form.SIMPLE ? text.strip() : text;
    }

    /** The request's head and body. */
    List<byte[]> request(String token) {
        String target = form == Form.SIMPLE ? form.path + "?prompt=" + URLEncoder.encode(prompt(), UTF_8) : form.path;
        String body = form == Form.SIMPLE
                ? ""
                : "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"" + prompt() + "\"}]}";
        String head = (form == Form.SIMPLE ? "GET " : "POST ") + target + " HTTP/1.1\r\nHost: localhost\r\n"
                + "Authorization: Bearer " + token + "\r\n"
                + (form == Form.SSE ? "Accept: text/event-stream\r\n" : "")
                + (body.isEmpty()
                        ? ""
                        : "Content-Type: application/json\r\nContent-Length: " + body.getBytes(UTF_8).length + "\r\n")
                + "\r\n";
        return List.of(head.getBytes(UTF_8), body.getBytes(UTF_8));
    }
}
