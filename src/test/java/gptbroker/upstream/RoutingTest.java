package gptbroker.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gptbroker.config.BrokerConfig;
import gptbroker.config.Inference;
import gptbroker.config.Secret;
import gptbroker.dev.ScriptedModel;
import gptbroker.ops.Meters;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.testing.FakeProvider;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which process is asked, with which credential, and what is made of its refusals. */
class RoutingTest {
    private static final byte[] HELLO = "[{\"role\":\"user\",\"content\":\"Hello\"}]".getBytes(StandardCharsets.UTF_8);

    private static BrokerConfig.Upstream config(String provider, Optional<URI> others, Map<String, URI> routing) {
        return new BrokerConfig.Upstream(
                URI.create(provider),
                Optional.empty(),
                Optional.of("org-1"),
                Optional.empty(),
                // Refuses connections: nothing may go through it to a process of ours.
                Optional.of(new Secret("http://127.0.0.1:1")),
                Map.of(),
                Duration.ofSeconds(2),
                Duration.ofSeconds(20),
                Duration.ofSeconds(20),
                Duration.ofSeconds(20),
                64,
                8 << 20,
                new Inference(others, routing, Optional.of(new Secret("shared-token"))));
    }

    private static Call call(String model) {
        return new Call(model, HELLO, OptionalDouble.empty());
    }

    @Test
    void byModelElseByDefault() {
        try (var mini = ScriptedModel.start(0);
                var other = ScriptedModel.start(0);
                var ways = open(config(
                        "http://127.0.0.1:1",
                        Optional.of(URI.create(other.url())),
                        Map.of("gpt-4o-mini", URI.create(mini.url()))))) {
            ways.complete(call("gpt-4o-mini"));
            ways.complete(call("gpt-4o"));
            assertThat(mini.calls()).isEqualTo(1);
            assertThat(other.calls()).isEqualTo(1);
            assertThat(mini.lastAuthorization()).isEqualTo("Bearer shared-token");
        }
    }

    @Test
    void aModelWithoutARouteIsRefused() {
        try (var ways = open(
                config("http://127.0.0.1:1", Optional.empty(), Map.of("gpt-4o", URI.create("http://127.0.0.1:1"))))) {
            assertThatThrownBy(() -> ways.complete(call("o9")))
                    .isInstanceOfSatisfying(
                            Problem.class,
                            problem -> assertThat(problem.code()).isEqualTo(ProblemCode.UPSTREAM_REJECTED));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "upstream_rate_limited, 503, 7, upstream_rate_limited, 7, 1",
        "upstream_rate_limited, 503, , upstream_rate_limited, 5, 1",
        "upstream_timeout, 504, , upstream_timeout, , 1",
        "upstream_unavailable, 503, 5, upstream_unavailable, 5, 1",
        "upstream_rejected, 400, , upstream_rejected, , 1",
        "upstream_failed, 502, , upstream_failed, , 1",
        "draining, 503, 1, upstream_failed, , 2",
        "overloaded, 503, 60, upstream_failed, , 1",
        "token_invalid, 401, , upstream_failed, , 1",
    })
    void itsCausePassesAndItsRetriesAreNotRepeated(
            String told, int status, String retryAfter, String code, String delay, int calls) throws IOException {
        String head =
                "X-Error-Code: " + told + "\r\n" + (retryAfter == null ? "" : "Retry-After: " + retryAfter + "\r\n");
        try (var process = refusing(status, head);
                var ways = open(config("http://127.0.0.1:1", Optional.of(process.uri()), Map.of()))) {
            assertThatThrownBy(() -> ways.complete(call("gpt-4o"))).isInstanceOfSatisfying(Problem.class, problem -> {
                assertThat(problem.code().code()).isEqualTo(code);
                assertThat(problem.retryAfter())
                        .isEqualTo(Optional.ofNullable(delay).map(it -> Duration.ofSeconds(Long.parseLong(it))));
            });
            assertThat(process.requests()).hasSize(calls);
        }
    }

    @Test
    void whatAProviderSaysOfItselfIsNotBelieved() throws IOException {
        try (var provider = refusing(500, "X-Error-Code: upstream_rejected\r\n");
                var way = open(Configs.config(provider.uri()))) {
            assertThatThrownBy(() -> way.complete(call("gpt-4o")))
                    .isInstanceOfSatisfying(
                            Problem.class,
                            problem -> assertThat(problem.code()).isEqualTo(ProblemCode.UPSTREAM_FAILED));
        }
    }

    private static FakeProvider refusing(int status, String headers) throws IOException {
        return new FakeProvider((request, wire) -> wire.send(FakeProvider.answer(status, headers, "{}")));
    }

    private static Upstreams open(BrokerConfig.Upstream config) {
        var noPauses = new Upstreams.Pauses(time -> {}, () -> 0L);
        return Upstreams.open(config, new Meters(), Clock.systemUTC(), System::nanoTime, noPauses);
    }
}
