package gptbroker.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InputsTest {
    private static final List<String> FORM = List.of("application/x-www-form-urlencoded");
    private static final List<String> JSON = List.of("application/json; charset=utf-8");

    private static Inputs json(String text) {
        return Inputs.ofBody(JSON, text.getBytes(UTF_8));
    }

    private static Inputs form(String text) {
        return Inputs.ofBody(FORM, text.getBytes(UTF_8));
    }

    private static void refused(ProblemCode code, ThrowingCallable reading) {
        assertThatThrownBy(reading)
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.code()).isEqualTo(code));
    }

    @Test
    void aFormSaysWhatTheJsonSays() {
        for (Inputs inputs : List.of(
                json("{\"name\":\"a b\",\"otr\":true,\"context\":3,\"user_ids\":[\"x\",\"y,z\"],\"none\":null}"),
                form("name=a+b&otr=true&context=3&user_ids=x&user_ids=y,z"))) {
            assertThat(inputs.text("name")).hasValue("a b");
            assertThat(inputs.flag("otr")).hasValue(true);
            assertThat(inputs.number("context")).hasValue(3);
            assertThat(inputs.list("user_ids")).containsExactly("x", "y", "z");
            assertThat(inputs.text("none")).isEmpty();
            assertThat(inputs.flag("none")).isEmpty();
            assertThat(inputs.number("none")).isEmpty();
            assertThat(inputs.list("none")).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/x-www-form-urlencoded", "text/plain", "application/json", ""})
    void aBodyThatBeginsWithABraceIsJsonWhateverItsType(String type) {
        List<String> types = type.isEmpty() ? List.of() : List.of(type);
        assertThat(Inputs.ofBody(types, " {\"id\":\"1\"}".getBytes(UTF_8)).text("id"))
                .hasValue("1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "1", "{", "{}{}", "{\"a\":1,\"a\":2}", "{'a':1}", "{\"a\":\"\u0001\"}", "\"text\""})
    void whatIsNotOneObjectIsNoJson(String text) {
        refused(ProblemCode.INVALID_JSON, () -> json(text));
    }

    @Test
    void otherBodiesAreRefused() {
        refused(
                ProblemCode.MEDIA_TYPE_UNSUPPORTED,
                () -> Inputs.ofBody(List.of("multipart/form-data; boundary=x"), "--x".getBytes(UTF_8)));
        refused(ProblemCode.MEDIA_TYPE_UNSUPPORTED, () -> Inputs.ofBody(List.of("a/b", "c/d"), "a=1".getBytes(UTF_8)));
        refused(ProblemCode.BAD_REQUEST, () -> Inputs.ofBody(FORM, new byte[] {'a', '=', (byte) 0xc3}));
        refused(ProblemCode.BAD_REQUEST, () -> form("a=%zz"));
        assertThat(Inputs.ofBody(List.of(), new byte[0]).text("id")).isEmpty();
        assertThat(json("").text("id")).isEmpty();
        assertThat(Inputs.ofBody(List.of(), "id=1\n".getBytes(UTF_8)).text("id"))
                .hasValue("1");
    }

    @Test
    void valuesOfTheWrongKindAreNamed() {
        Inputs json = json("{\"n\":\"3\",\"f\":\"true\",\"t\":3,\"l\":[1],\"big\":12345678901,\"half\":1.5}");
        refused(ProblemCode.PARAMETER_INVALID, () -> json.number("n"));
        refused(ProblemCode.PARAMETER_INVALID, () -> json.number("big"));
        refused(ProblemCode.PARAMETER_INVALID, () -> json.number("half"));
        refused(ProblemCode.PARAMETER_INVALID, () -> json.flag("f"));
        refused(ProblemCode.PARAMETER_INVALID, () -> json.text("t"));
        refused(ProblemCode.PARAMETER_INVALID, () -> json.list("l"));
        refused(ProblemCode.PARAMETER_INVALID, () -> form("n=x").number("n"));
        refused(ProblemCode.PARAMETER_INVALID, () -> form("t=1&t=2").text("t"));
        assertThat(form("f=1").flag("f")).hasValue(false);
    }

    @ParameterizedTest
    @CsvSource({"ab,2,true", "abc,2,false", "'',2,false"})
    void whatIsRequiredIsThereAndNotTooLong(String text, int longest, boolean fits) {
        Inputs inputs = json("{\"name\":\"" + text + "\"}");
        if (fits) {
            assertThat(inputs.required("name", longest)).isEqualTo(text);
        } else {
            refused(ProblemCode.PARAMETER_INVALID, () -> inputs.required("name", longest));
        }
        refused(ProblemCode.PARAMETER_INVALID, () -> inputs.required("other", longest));
    }
}
