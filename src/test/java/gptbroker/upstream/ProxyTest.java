package gptbroker.upstream;

import static gptbroker.testing.FakeProvider.answer;
import static gptbroker.testing.FakeProvider.completion;
import static gptbroker.testing.FakeProvider.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.testing.FakeProvider;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code PROXY_URL}: a name that only the proxy knows, over http and over https. */
final class ProxyTest {
    private final FakeProvider proxy;

    ProxyTest() throws IOException {
        proxy = new FakeProvider((request, wire) -> wire.send(json(completion("ok"))));
    }

    @AfterEach
    void close() throws IOException {
        proxy.close();
    }

    @Test
    void asksTheProxyForAWholeUrl() {
        try (OpenAi openAi = through("http://known.to.proxy.invalid", "http://127.0.0.1:" + proxy.port())) {
            assertThat(openAi.complete(Configs.call()).text()).isEqualTo("ok");
            assertThat(openAi.complete(Configs.call()).text()).isEqualTo("ok");
        }
        assertThat(proxy.requests().getLast().line())
                .isEqualTo("POST http://known.to.proxy.invalid:80/v1/chat/completions HTTP/1.1");
    }

    @Test
    void asksTheProxyForATunnel() {
        proxy.script((request, wire) -> wire.send(answer(200, "", "")).close());
        try (OpenAi openAi =
                through("https://known.to.proxy.invalid", "http://us%40er:p%3Aw@127.0.0.1:" + proxy.port())) {
            Problem problem = catchThrowableOfType(Problem.class, () -> openAi.complete(Configs.call()));
            assertThat(problem.code()).isEqualTo(ProblemCode.UPSTREAM_FAILED);
            assertThat(problem.toString()).doesNotContain("p:w");
        }
        FakeProvider.Request request = proxy.requests().getFirst();
        assertThat(request.line()).isEqualTo("CONNECT known.to.proxy.invalid:443 HTTP/1.1");
        assertThat(request.headers())
                .containsEntry(
                        "proxy-authorization",
                        "Basic " + Base64.getEncoder().encodeToString("us@er:p:w".getBytes(StandardCharsets.UTF_8)))
                .doesNotContainKey("authorization");
    }

    @Test
    void aProxyThatRefusesIsAFailure() {
        proxy.script((request, wire) -> wire.send(answer(407, "", "no")));
        try (OpenAi openAi = through("https://known.to.proxy.invalid", "http://127.0.0.1:" + proxy.port())) {
            Problem problem = catchThrowableOfType(Problem.class, () -> openAi.complete(Configs.call()));
            assertThat(problem.code()).isEqualTo(ProblemCode.UPSTREAM_FAILED);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"socks5://u:pass-canary@h:1", "nonsense pass-canary", "http://:pass-canary", "//pass-canary"})
    void aBadProxyUrlIsNotRepeated(String url) {
        assertThatThrownBy(() -> through("http://h.invalid", url))
                .isInstanceOf(IllegalArgumentException.class)
                .hasNoCause()
                .hasMessageContaining("PROXY_URL")
                .hasMessageNotContaining("pass-canary");
    }

    private static OpenAi through(String base, String proxyUrl) {
        return OpenAi.provider(
                Configs.through(Configs.config(URI.create(base)), proxyUrl), System::nanoTime, InstantSource.system());
    }
}
