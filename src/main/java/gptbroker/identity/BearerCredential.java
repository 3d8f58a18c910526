package gptbroker.identity;

import static gptbroker.problem.ProblemCode.AUTHORIZATION_MISSING;
import static gptbroker.problem.ProblemCode.TOKEN_INVALID;

import gptbroker.problem.Problem;
import java.util.List;

/** The {@code Authorization} header by RFC 6750: one value, {@code Bearer}, one space, one token (seed S3.9, S3.10). */
final class BearerCredential {
    private static final String SCHEME = "Bearer ";

    private BearerCredential() {}

    /**
     * Takes the token out of the header.
     *
     * @param authorization all values of the header
     * @throws Problem 401 {@code authorization_missing} without a value, {@code token_invalid} for another form
     */
    static String of(List<String> authorization) {
        if (authorization.isEmpty()
                || authorization.size() == 1 && authorization.getFirst().isEmpty()) {
            throw Problem.of(AUTHORIZATION_MISSING);
        }
        if (authorization.size() > 1) {
            throw Problem.of(TOKEN_INVALID, "several Authorization headers");
        }
        String value = authorization.getFirst();
        if (!value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            throw Problem.of(TOKEN_INVALID, "not a Bearer credential");
        }
        String token = value.substring(SCHEME.length());
        if (token.isEmpty() || !isVisibleAscii(token)) {
            throw Problem.of(TOKEN_INVALID, "not exactly one token after Bearer");
        }
        return token;
    }

    private static boolean isVisibleAscii(String token) {
        for (int i = 0; i < token.length(); i++) {
            char c = token.charAt(i);
            if (c <= ' ' || c >= 0x7f) {
                return false;
            }
        }
        return true;
    }
}
