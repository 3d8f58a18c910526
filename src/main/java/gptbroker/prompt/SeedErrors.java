package gptbroker.prompt;

import gptbroker.http.Dialect;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * The seed's error bodies: {@code {"error":"…","message":null}}, without the second key where the seed has none.
 *
 * @param bare the codes whose body has no {@code message} key
 * @param bareFailures whether failures of the model have none either (S3.18 against S3.26)
 */
record SeedErrors(Set<ProblemCode> bare, boolean bareFailures) implements Dialect {
    private static final String FAILURE_PREFIX = "GPT Threw an error - ";

    SeedErrors {
        bare = Set.copyOf(bare);
    }

    @Override
    public byte[] errorBody(Problem problem) {
        ProblemCode code = problem.code();
        String text = code.isUpstream() ? FAILURE_PREFIX + code.text() : code.text();
        boolean isBare = code.isUpstream() ? bareFailures : bare.contains(code);
        String body = "{\"error\":" + JsonText.quote(text) + (isBare ? "}" : ",\"message\":null}");
        return body.getBytes(StandardCharsets.UTF_8);
    }
}
