package gptbroker.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ChatJsonTest {
    @Test
    void readsAChunk() throws IOException {
        ChatJson.Reading said = read(
                "{\"id\":\"c-1\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\","
                        + "\"content\":\"日本\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"},{\"index\":1,"
                        + "\"delta\":{\"content\":\"other\"}}],\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0,"
                        + "\"prompt_tokens_details\":{\"audio_tokens\":1,\"cached_tokens\":4},\"completion_tokens_details\":null},\"obfuscation\":\"x\"}");
        assertThat(said.content()).isEqualTo("日本");
        assertThat(said.finishReason()).isEqualTo("stop");
        assertThat(said.id()).isEqualTo("c-1");
        assertThat(said.usage()).isEqualTo(new Usage(0, 0, OptionalLong.of(4), OptionalLong.empty()));
        assertThat(said.error()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"choices\":[]}",
                "{\"choices\":null,\"usage\":null,\"error\":null}",
                "{\"choices\":[{\"delta\":null}]}",
                "{\"choices\":[{\"delta\":{\"content\":null}}],\"usage\":{}}",
                "{\"choices\":[{}],\"usage\":{\"prompt_tokens\":1}}",
                "{\"choices\":[null],\"usage\":{\"prompt_tokens\":null,\"completion_tokens\":\"2\"}}",
                "{\"choices\":[{\"delta\":{}}],\"usage\":{\"prompt_tokens\":-1,\"completion_tokens\":2}}",
                "{\"usage\":{\"prompt_tokens\":99999999999999999999999,\"completion_tokens\":2}}",
            })
    void absentIsNotZero(String json) throws IOException {
        assertThat(read(json).content()).isNull();
        assertThat(read(json).usage()).isNull();
        assertThat(read(json).error()).isFalse();
    }

    @Test
    void keepsLoneSurrogates() throws IOException {
        String json = "{\"choices\":[{\"delta\":{\"content\":\"a\\ud83d\"}}]}";
        assertThat(read(json).content()).isEqualTo("a\ud83d");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "[]",
                "1",
                "\"s\"",
                "{",
                "{\"choices\":[",
                "{} {}",
                "{}x",
                "{\"choices\":[{\"delta\":{\"content\":1}}]}",
                "{\"choices\":[{\"message\":{\"content\":[]}}]}",
            })
    void refusesWhatIsNoAnswer(String json) {
        assertThatThrownBy(() -> read(json)).isInstanceOf(IOException.class);
    }

    @Test
    void refusesBrokenUtf8() {
        byte[] bytes = "{\"choices\":[{\"delta\":{\"content\":\"aX\"}}]}".getBytes(StandardCharsets.UTF_8);
        bytes[bytes.length - 6] = (byte) 0xC3;
        assertThatThrownBy(() -> ChatJson.read(bytes, 0, bytes.length)).isInstanceOf(IOException.class);
    }

    @Test
    void seesErrors() throws IOException {
        ChatJson.Reading said = read("{\"error\":{\"message\":\"m\",\"type\":\"t\",\"code\":\"slow_down\"}}");
        assertThat(said.error()).isTrue();
        assertThat(said.errorCode()).isEqualTo("slow_down");
        assertThat(read("{\"error\":\"text\"}").error()).isTrue();
        assertThat(read("{\"error\":{\"code\":42}}").errorCode()).isNull();
    }

    @Test
    void writesTheRequestAroundTheMessages() {
        byte[] messages = "[ {\"content\" : \"\\ud800 ü\"} ]".getBytes(StandardCharsets.UTF_8);
        Call call = new Call("m", messages, OptionalDouble.of(0.5));
        assertThat(new String(ChatJson.request("a\"b", call, true), StandardCharsets.UTF_8))
                .isEqualTo("{\"model\":\"a\\\"b\",\"messages\":[ {\"content\" : \"\\ud800 ü\"} ],\"temperature\":0.5,"
                        + "\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
        Call plain = new Call("m", messages, OptionalDouble.empty());
        assertThat(new String(ChatJson.request("m", plain, false), StandardCharsets.UTF_8))
                .isEqualTo("{\"model\":\"m\",\"messages\":[ {\"content\" : \"\\ud800 ü\"} ]}");
    }

    private static ChatJson.Reading read(String json) throws IOException {
        byte[] bytes = ("  " + json).getBytes(StandardCharsets.UTF_8);
        return ChatJson.read(bytes, 2, bytes.length);
    }
}
