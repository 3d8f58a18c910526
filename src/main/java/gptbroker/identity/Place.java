package gptbroker.identity;

import static gptbroker.problem.ProblemCode.TOKEN_INVALID;

import gptbroker.problem.Problem;
import java.util.Optional;

/** A place in a request's head where a credential may stand. Several places may share one header. */
public enum Place {
    /** {@code Authorization: Bearer <credential>} by RFC 6750: one space, one token (seeds S3.9, S3.10). */
    BEARER("Authorization") {
        @Override
        public Optional<String> read(String value) {
            return value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                    ? Optional.of(word(value.substring(SCHEME.length())))
                    : Optional.empty();
        }
    },
    /** {@code X-API-Key: <credential>} (seed S0.6). */
    X_API_KEY("X-API-Key") {
        @Override
        public Optional<String> read(String value) {
            return Optional.of(word(value));
        }
    };

    private static final String SCHEME = "Bearer ";

    private final String header;

    Place(String header) {
        this.header = header;
    }

    /** The header that it is in. */
    public String header() {
        return header;
    }

    /**
     * The credential in a value of the header; empty when the value has another form, which another place of the same
     * header may understand.
     *
     * @throws Problem 401 {@code token_invalid} when it is meant to be here and is no visible ASCII word
     */
    public abstract Optional<String> read(String value);

    private static String word(String text) {
        boolean word = !text.isEmpty();
        for (int i = 0; word && i < text.length(); i++) {
            char c = text.charAt(i);
            word = c > ' ' && c < 0x7f;
        }
        if (!word) {
            throw Problem.of(TOKEN_INVALID, "not exactly one credential");
        }
        return text;
    }
}
