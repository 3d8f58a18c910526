package gptbroker.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FieldsTest {
    private static Fields read(String body) {
        return Fields.read(body.getBytes(StandardCharsets.UTF_8));
    }

    private static void refused(Runnable reading, ProblemCode code) {
        assertThatThrownBy(reading::run)
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.code()).isEqualTo(code));
    }

    @Test
    void bothFormsSayTheSame() {
        for (String body : new String[] {
            "name=a+b&otr=true&n=-3&ids=x,y&ids=x",
            " {\"name\":\"a b\",\"otr\":true,\"n\":-3,\"ids\":[\"x\",\"y\",\"x\"],\"owner_id\":{\"a\":1}}"
        }) {
            Fields fields = read(body);
            assertThat(fields.required("name", 3)).isEqualTo("a b");
            assertThat(fields.flag("otr")).isTrue();
            assertThat(fields.flag("absent")).isFalse();
            assertThat(fields.number("n")).isEqualTo(OptionalInt.of(-3));
            assertThat(fields.number("absent")).isEmpty();
            assertThat(fields.list("absent", "ids")).containsExactly("x", "y");
            refused(() -> fields.required("absent", 9), ProblemCode.PARAMETER_INVALID);
            refused(() -> fields.text("name", 2), ProblemCode.PARAMETER_INVALID);
            refused(() -> fields.text("ids", 99), ProblemCode.PARAMETER_INVALID);
        }
    }

    @Test
    void aFormsBooleanIsTheWordTrue() {
        assertThat(read("otr=1").flag("otr")).isFalse();
        refused(() -> read("{\"otr\":\"true\"}").flag("otr"), ProblemCode.PARAMETER_INVALID);
        refused(() -> read("{\"n\":\"1\"}").number("n"), ProblemCode.PARAMETER_INVALID);
        refused(() -> read("{\"n\":1.5}").number("n"), ProblemCode.PARAMETER_INVALID);
        refused(() -> read("{\"n\":1e99}").number("n"), ProblemCode.PARAMETER_INVALID);
        refused(() -> read("n=x").number("n"), ProblemCode.PARAMETER_INVALID);
        refused(() -> read("{\"id\":0}").text("id", 9), ProblemCode.PARAMETER_INVALID);
        assertThat(read("{\"id\":null,\"n\":null,\"otr\":null}").text("id", 9)).isEmpty();
    }

    @Test
    void namesAreStrippedAndShort() {
        assertThat(read("name=%20a%20").name("name", 1)).hasValue("a");
        assertThat(read("name=%20").name("name", 1)).isEmpty();
        assertThat(read("{\"name\":\"😀\"}").name("name", 1)).hasValue("😀");
        refused(() -> read("name=ab").name("name", 1), ProblemCode.PARAMETER_INVALID);
        refused(() -> read("name=a%0ab").name("name", 9), ProblemCode.PARAMETER_INVALID);
        refused(() -> read("{\"name\":\"\\ud800\"}").name("name", 9), ProblemCode.PARAMETER_INVALID);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "{}x", "{\"a\":1,\"a\":2}", "{\"a\":NaN}", "{'a':1}"})
    void malformedJsonIsRefused(String body) {
        refused(() -> read(body), ProblemCode.INVALID_JSON);
    }

    @Test
    void deepJsonAndBrokenTextAreRefused() {
        refused(() -> read("{\"a\":" + "[".repeat(100) + "]".repeat(100) + "}"), ProblemCode.INVALID_JSON);
        refused(() -> Fields.read(new byte[] {'a', '=', (byte) 0xff}), ProblemCode.INVALID_JSON);
        refused(() -> read("a=%zz"), ProblemCode.BAD_REQUEST);
        assertThat(read("").text("a", 1)).isEmpty();
    }
}
