package gptbroker.openai;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/** The calls that are metered and archived with their text; every other one is counted and logged. */
enum Kind {
    CHAT("chat/completions", "messages", true),
    COMPLETION("completions", "prompt", true),
    EMBEDDING("embeddings", "input", false),
    RESPONSE("responses", "input", false);

    private final String path;
    private final String input;
    private final boolean hasStreamOptions;

    Kind(String path, String input, boolean hasStreamOptions) {
        this.path = path;
        this.input = input;
        this.hasStreamOptions = hasStreamOptions;
    }

    /** The kind of a POST to this path, in whatever spelling a provider might understand. */
    static Optional<Kind> of(String method, String rest) {
        if (!method.equals("POST")) {
            return Optional.empty();
        }
        String decoded = decoded(rest);
        for (Kind kind : values()) {
            if (kind.path.equals(decoded)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }

    /** One spelling for all that a provider might take for the same path. */
    static String decoded(String path) {
        return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8)
                .toLowerCase(Locale.ROOT);
    }

    /** Its name in the archive. */
    String endpoint() {
        return "/v1/" + path;
    }

    /** Behind {@code /v1/}. */
    String path() {
        return path;
    }

    /** The body's field that the archive keeps. */
    String input() {
        return input;
    }

    /** Whether a stream tells its usage only when {@code stream_options.include_usage} asks for it. */
    boolean hasStreamOptions() {
        return hasStreamOptions;
    }
}
