package gptbroker.probe.check;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A refusal as a client sees it. The texts are the originals', to the byte; which of them carry {@code "message":null}
 * is as uneven as it always was, and frontends depend on it.
 *
 * @param codes the values of {@code X-Error-Code} that fit
 * @param bodies the bodies that fit; the first is the one to expect
 */
record Refusal(int status, List<String> codes, List<String> bodies) {
    /** S3.9. */
    static final Refusal NO_AUTHORIZATION = withNull(401, "authorization_missing", "Authorization header is required");
    /** S3.10. */
    static final Refusal BAD_TOKEN = withNull(401, "token_invalid", "Invalid or expired token");

    static final Refusal NOT_SIGNED_IN =
            withNull(401, "not_signed_in", "Not signed in: this is the project's API key, not a user's access token");

    /** S3.19. */
    static final Refusal PROMPT_MISSING = withNull(400, "prompt_missing", "Missing required 'prompt' query parameter");
    /** S3.19. */
    static final Refusal PROMPT_REPEATED = withNull(400, "prompt_not_string", "'prompt' must be a string");

    /** S3.24 (1). */
    static final Refusal TEMPERATURE =
            bare(400, "temperature_invalid", "'temperature' must be a number between [0, 1]");
    /** S3.24 (2). */
    static final Refusal MESSAGES_MISSING =
            withNull(400, "messages_missing", "Missing required 'messages' in body of request");
    /** S3.24 (3). */
    static final Refusal NOT_ARRAY = bare(400, "messages_not_array", "'messages' must be an array");
    /** S3.24 (4). */
    static final Refusal BAD_MESSAGE =
            bare(400, "message_malformed", "each 'message' object must have a 'role' and 'content' property");
    /** S3.29. */
    static final Refusal MODEL = bare(400, "model_unknown", "'model' must be one of gpt-4o,gpt-4o-mini");

    /** S3.31. */
    static final Refusal NOT_FOUND = bare(404, "not_found", "Endpoint not found");
    /** S3.31. */
    static final Refusal WRONG_METHOD = bare(405, "method_not_allowed", "Endpoint not found");

    /** S3.31. */
    static final Refusal UNKNOWN_METHOD = bare(501, "method_unknown", "Endpoint not found");

    /** S3.14, as JSON. */
    static final Refusal BAD_JSON =
            withNull(400, "invalid_json", "Bad Request").or("bad_request").eitherForm();

    static final Refusal NO_LENGTH = withNull(
                    411, "length_required", "Chunked request bodies are not accepted: send a Content-Length")
            .eitherForm();
    /** S3.14, as JSON. */
    static final Refusal TOO_LARGE =
            withNull(413, "body_too_large", "request entity too large").eitherForm();

    Refusal {
        codes = List.copyOf(codes);
        bodies = List.copyOf(bodies);
    }

    private static Refusal withNull(int status, String code, String text) {
        return new Refusal(status, List.of(code), List.of("{\"error\":\"" + text + "\",\"message\":null}"));
    }

    private static Refusal bare(int status, String code, String text) {
        return new Refusal(status, List.of(code), List.of("{\"error\":\"" + text + "\"}"));
    }

    private Refusal or(String otherCode) {
        return new Refusal(
                status, Stream.concat(codes.stream(), Stream.of(otherCode)).toList(), bodies);
    }

    /** The same text with {@code "message":null}, as {@code /advanced…} sends it (S3.44). */
    Refusal withNull() {
        return new Refusal(status, codes, List.of(bodies.getFirst().replaceFirst("}$", ",\"message\":null}")));
    }

    /** The same text with or without {@code "message":null}, where the originals contradict themselves. */
    Refusal eitherForm() {
        String bare = bodies.getFirst().replace(",\"message\":null}", "}");
        List<String> both = new ArrayList<>(List.of(bodies.getFirst(), bare));
        both.add(bare.replaceFirst("}$", ",\"message\":null}"));
        return new Refusal(status, codes, both.stream().distinct().toList());
    }
}
