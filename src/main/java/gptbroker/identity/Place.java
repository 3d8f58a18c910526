package gptbroker.identity;

import static gptbroker.problem.ProblemCode.TOKEN_INVALID;

import gptbroker.problem.Problem;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/** A place in a request's head where a credential may stand. Several places may share one header. */
public enum Place {
    /** {@code Authorization: Bearer <credential>} by RFC 6750: one space, one token (seeds S3.9, S3.10). */
    BEARER("Authorization", false) {
        @Override
        public Optional<String> read(String value) {
            return value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                    ? Optional.of(word(value.substring(SCHEME.length())))
                    : Optional.empty();
        }
    },
    /** {@code Authorization: Basic}, any user with the credential as password (S1.11): what a browser asks for by itself. */
    BASIC("Authorization", true) {
        @Override
        public Optional<String> read(String value) {
            return value.regionMatches(true, 0, BASIC_SCHEME, 0, BASIC_SCHEME.length())
                    ? Optional.of(word(password(value.substring(BASIC_SCHEME.length()))))
                    : Optional.empty();
        }
    },
    /** {@code Authorization: <credential>} without a scheme (seed S4.2). */
    RAW("Authorization", false) {
        @Override
        public Optional<String> read(String value) {
            return value.indexOf(' ') < 0 ? Optional.of(word(value)) : Optional.empty();
        }
    },
    /** The cookie {@code sess} (S1.15). */
    COOKIE("Cookie", true) {
        @Override
        public Optional<String> read(String value) {
            return Arrays.stream(value.split(";"))
                    .map(String::strip)
                    .filter(pair -> pair.startsWith(SESSION) && pair.length() > SESSION.length())
                    .findFirst()
                    .map(pair -> word(pair.substring(SESSION.length())));
        }
    },
    /** {@code X-API-Key: <credential>} (seed S0.6). */
    X_API_KEY("X-API-Key", false) {
        @Override
        public Optional<String> read(String value) {
            return Optional.of(word(value));
        }
    };

    private static final String SCHEME = "Bearer ";
    private static final String BASIC_SCHEME = "Basic ";
    private static final String SESSION = "sess=";

    private final String header;
    private final boolean ambient;

    Place(String header, boolean ambient) {
        this.header = header;
        this.ambient = ambient;
    }

    /** The header that it is in. */
    public String header() {
        return header;
    }

    /** Whether a browser sends it by itself, whatever page makes it send a request. */
    public boolean ambient() {
        return ambient;
    }

    /**
     * The credential in a value of the header; empty when the value has another form, which another place of the same
     * header may understand.
     *
     * @throws Problem 401 {@code token_invalid} when it is meant to be here and is no visible ASCII word
     */
    public abstract Optional<String> read(String value);

    private static String password(String base64) {
        try {
            String pair = new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
            return pair.substring(pair.indexOf(':') + 1);
        } catch (IllegalArgumentException e) {
            throw Problem.of(TOKEN_INVALID, "not Basic credentials");
        }
    }

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
