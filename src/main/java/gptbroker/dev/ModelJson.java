package gptbroker.dev;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;

/** Writes one answer of the scripted model as OpenAI does. By hand: it is on the path of every load test. */
final class ModelJson {
    private static final long CREATED = 1_700_000_000L;
    private static final AtomicLong ids = new AtomicLong();

    private static final String TOOL_CALLS = "\"tool_calls\":[{\"index\":0,\"id\":\"call_dev\",\"type\":\"function\","
            + "\"function\":{\"name\":\"weather\",\"arguments\":\"{\\\"city\\\":\\\"Oslo\\\"}\"}}]";

    private final boolean tool;
    private final String head;
    private final boolean usage;

    ModelJson(ModelRequest request) {
        var id = "chatcmpl-dev-" + ids.incrementAndGet();
        var kind = request.stream() ? "chat.completion.chunk" : "chat.completion";
        this.usage = request.usage();
        this.tool = request.script().kind() == Script.Kind.TOOL;
        this.head = "{\"id\":\"" + id + "\",\"object\":\"" + kind + "\",\"created\":" + CREATED + ",\"model\":"
                + quoted(request.model()) + ",\"system_fingerprint\":\"fp_dev\",";
    }

    /** A whole answer; tokens below zero leave the usage out. */
    byte[] completion(String text, String finish, long promptTokens, long tokens) {
        return bytes(head + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
                + (tool ? "null," + TOOL_CALLS : quoted(text))
                + ",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"" + finish + "\"}]"
                + (tokens < 0 ? "" : "," + usage(promptTokens, tokens)) + "}");
    }

    /** The first chunk, without content. */
    String role() {
        return choice("{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}", "null");
    }

    /** A chunk with content. */
    String delta(String text) {
        return choice("{\"content\":" + quoted(text) + "}", "null");
    }

    /** A chunk with a call of a tool. */
    String toolDelta() {
        return choice("{" + TOOL_CALLS + "}", "null");
    }

    /** A chunk whose content is null. */
    String nullDelta() {
        return choice("{\"content\":null}", "null");
    }

    /** The chunk that tells why the answer ended. */
    String finish(String reason) {
        return choice("{}", "\"" + reason + "\"");
    }

    /** The last chunk, without choices. */
    String usageChunk(long promptTokens, long tokens) {
        return head + "\"choices\":[]," + usage(promptTokens, tokens) + "}";
    }

    /** A chunk without choices and without usage. */
    String noChoices() {
        return head + "\"choices\":[]}";
    }

    private String choice(String delta, String finish) {
        return head + "\"choices\":[{\"index\":0,\"delta\":" + delta + ",\"logprobs\":null,\"finish_reason\":" + finish
                + "}]" + (usage ? ",\"usage\":null}" : "}");
    }

    private static String usage(long promptTokens, long tokens) {
        return "\"usage\":{\"prompt_tokens\":" + promptTokens + ",\"completion_tokens\":" + tokens
                + ",\"total_tokens\":" + (promptTokens + tokens) + "}";
    }

    /** An error body as OpenAI writes it. */
    static String error(String message, String type, String code) {
        return "{\"error\":{\"message\":" + quoted(message) + ",\"type\":" + quoted(type) + ",\"param\":null,\"code\":"
                + quoted(code) + "}}";
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** A JSON string; what UTF-8 cannot hold is escaped. */
    static String quoted(String text) {
        var json = new StringBuilder(text.length() + 16).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ' || isLoneSurrogate(text, i)) {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }

    private static boolean isLoneSurrogate(String text, int i) {
        char c = text.charAt(i);
        if (!Character.isSurrogate(c)) {
            return false;
        }
        boolean paired = Character.isHighSurrogate(c)
                ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
                : i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
        return !paired;
    }
}
