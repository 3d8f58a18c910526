package gptbroker.prompt;

import gptbroker.http.Exchange;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalDouble;

/** The {@code prompt} query parameter, asked as a system message (seeds S3.18, S3.19). */
record SimplePrompt(String model, double temperature) implements PromptParser {
    @Override
    public Prompt parse(Exchange exchange) {
        List<String> values = exchange.query("prompt");
        if (values.size() > 1) {
            throw Problem.of(ProblemCode.PROMPT_NOT_STRING);
        }
        if (values.isEmpty() || values.getFirst().isEmpty()) {
            throw Problem.of(ProblemCode.PROMPT_MISSING);
        }
        String prompt = values.getFirst();
        String messages = "[{\"role\":\"system\",\"content\":" + JsonText.quote(prompt) + "}]";
        return new Prompt(model, messages.getBytes(StandardCharsets.UTF_8), OptionalDouble.of(temperature), prompt);
    }
}
