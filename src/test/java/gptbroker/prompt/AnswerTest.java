package gptbroker.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The model's own JSON as an answer. */
class AnswerTest {
    private final Answer.ModelJson answer = new Answer.ModelJson();

    @Test
    void jsonPassesAsItIs() {
        assertThat(answer.text(" {\"a\": 1.0, \"b\":\"\u00e4\"}\n")).isEqualTo("{\"a\": 1.0, \"b\":\"\u00e4\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sorry", "7", "{\"a\":", "{} {}", "```json\n{}\n```"})
    void anythingElseIsAFailureOfTheModel(String text) {
        assertThatThrownBy(() -> answer.text(text))
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.code()).isEqualTo(ProblemCode.UPSTREAM_FAILED));
    }
}
