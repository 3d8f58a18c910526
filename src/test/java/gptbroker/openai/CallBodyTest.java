package gptbroker.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gptbroker.problem.Problem;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CallBodyTest {
    private static CallBody read(String json) {
        return CallBody.read(Kind.CHAT, json.getBytes(StandardCharsets.UTF_8));
    }

    private static String sent(String json, String model) {
        return new String(read(json).forProvider(model), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"model\":\"a\"}|{\"model\":\"b\"}",
                "{ \"x\": 1.50, \"model\" : \"\\u0061\" , \"y\":[{}]}|{ \"x\": 1.50, \"model\" : \"b\" , \"y\":[{}]}",
                "{\"model\":\"a\",\"stream\":true}|"
                        + "{\"stream_options\":{\"include_usage\":true},\"model\":\"b\",\"stream\":true}",
                "{\"stream_options\":{},\"model\":\"a\",\"stream\":true}|"
                        + "{\"stream_options\":{\"include_usage\":true},\"model\":\"b\",\"stream\":true}",
                "{\"model\":\"a\",\"stream_options\":{\"z\":1},\"stream\":true}|"
                        + "{\"model\":\"b\",\"stream_options\":{\"include_usage\":true,\"z\":1},\"stream\":true}",
                "{\"stream\":true,\"stream_options\":null,\"model\":\"a\"}|"
                        + "{\"stream\":true,\"stream_options\":{\"include_usage\":true},\"model\":\"b\"}",
                "{\"stream\":true,\"stream_options\":{\"include_usage\":false},\"model\":\"a\"}|"
                        + "{\"stream\":true,\"stream_options\":{\"include_usage\":true},\"model\":\"b\"}",
                "{\"stream\":true,\"stream_options\":{\"include_usage\":true},\"model\":\"a\"}|"
                        + "{\"stream\":true,\"stream_options\":{\"include_usage\":true},\"model\":\"b\"}",
            })
    void changesNothingButTheModelAndTheUsage(String came, String sent) {
        assertThat(sent(came, "b")).isEqualTo(sent);
    }

    @Test
    void keepsTheInputAsItCame() {
        CallBody body = read("{\"model\":\"a\",\"messages\": [ {\"content\":\"\\u00e9\\ud83d\\ude00\", \"n\":1.0} ] }");
        assertThat(body.input()).isEqualTo("[ {\"content\":\"\\u00e9\\ud83d\\ude00\", \"n\":1.0} ]");
        assertThat(body.hidesUsage()).isFalse();
    }

    @Test
    void hidesOnlyWhatWasNotAskedFor() {
        assertThat(read("{\"stream\":true}").hidesUsage()).isTrue();
        assertThat(read("{\"stream\":true,\"stream_options\":{\"include_usage\":true}}")
                        .hidesUsage())
                .isFalse();
        byte[] response = "{\"stream\":true}".getBytes(StandardCharsets.UTF_8);
        assertThat(CallBody.read(Kind.RESPONSE, response).hidesUsage()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "[]", "1", "{", "{}{}", "{\"model\":\"a\",\"model\":\"b\"}", "{\"a\":{\"b\":1,\"b\":2}}"})
    void refusesWhatAProviderMightReadOtherwise(String json) {
        assertThatThrownBy(() -> read(json)).isInstanceOf(Problem.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'max_tokens':7|7",
                "'max_completion_tokens':7,'n':3|21",
                "'n':2,'max_output_tokens':5,'max_tokens':9|18",
                "'max_tokens':5,'best_of':4|20",
                "'max_tokens':2147483647,'n':2147483647|1000000000",
                "'max_tokens':null|-1",
                "'max_tokens':-5|-1",
                "'max_tokens':1.5|-1",
                "'max_tokens':'7'|-1",
                "'max_tokens':99999999999|-1",
                "'max_tokens':{'n':4}|-1",
                "'n':3|-1"
            })
    void theMostTokensOfAllAnswers(String fields, long most) {
        CallBody body = read("{\"model\":\"a\"," + fields.replace('\'', '"') + "}");
        assertThat(body.answerTokens().orElse(-1)).isEqualTo(most);
    }

    @Test
    void embeddingsHaveNoAnswer() {
        assertThat(CallBody.read(Kind.EMBEDDING, "{\"model\":\"a\"}".getBytes(StandardCharsets.UTF_8))
                        .answerTokens())
                .hasValue(0);
    }
}
