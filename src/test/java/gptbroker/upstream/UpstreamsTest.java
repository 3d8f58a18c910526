package gptbroker.upstream;

import static gptbroker.testing.FakeProvider.answer;
import static gptbroker.testing.FakeProvider.chunk;
import static gptbroker.testing.FakeProvider.completion;
import static gptbroker.testing.FakeProvider.event;
import static gptbroker.testing.FakeProvider.json;
import static gptbroker.testing.FakeProvider.stream;
import static gptbroker.testing.FakeProvider.streamHead;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import gptbroker.config.BrokerConfig;
import gptbroker.ops.Meters;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.testing.FakeProvider;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The decorated way to the model: retries, breaker, bound, metrics. */
final class UpstreamsTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final Meters meters = new Meters();
    private final MovableClock clock = new MovableClock();
    private final List<Duration> pauses = new CopyOnWriteArrayList<>();
    private final Upstreams.Pauses instant = new Upstreams.Pauses(pauses::add, new Random(7));
    private final FakeProvider provider;
    private Upstreams upstreams;

    UpstreamsTest() throws IOException {
        provider = new FakeProvider((request, wire) -> wire.send(json(completion("ok"))));
        upstreams = open(Configs.config(provider.uri()));
    }

    @AfterEach
    void close() throws IOException {
        upstreams.close();
        provider.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {502, 503})
    void asksOnceMore(int status) throws InterruptedException {
        provider.script((request, wire) ->
                wire.send(request.number() % 2 == 1 ? answer(status, "", "{}") : json(completion("ok"))));
        assertThat(upstreams.complete(Configs.call()).text()).isEqualTo("ok");
        provider.script((request, wire) ->
                wire.send(request.number() % 2 == 1 ? answer(status, "", "<html>") : stream("o", "k")));
        assertThat(Configs.hear(upstreams.stream(Configs.call())).text()).isEqualTo("ok");
        assertThat(provider.requests()).hasSize(4);
        assertThat(pauses).hasSize(2).allMatch(it -> it.toMillis() >= 50 && it.toMillis() <= 250);
        assertThat(count("gpt_broker_upstream_retries_total")).isEqualTo(2);
        assertThat(outcome("done")).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({
        "rate_limit_exceeded, 1, 2",
        "slow_down, 2, 2",
        "slow_down, 3, 1",
        "slow_down, -1, 1",
        "rate_limit_exceeded, '', 1",
        "insufficient_quota, 1, 1",
        "credit_balance_exhausted, 1, 1",
        "organization_spend_limit_exceeded, 1, 1",
    })
    void asksAgainAfterAPassingLimit(String code, String retryAfter, int requests) {
        provider.script((request, wire) -> wire.send(answer(
                429,
                "Retry-After: " + retryAfter + "\r\n",
                "{\"error\":{\"message\":\"m\",\"code\":\"" + code + "\"}}")));
        assertThat(refusal().code()).isEqualTo(ProblemCode.UPSTREAM_RATE_LIMITED);
        assertThat(provider.requests()).hasSize(requests);
        assertThat(pauses).hasSize(requests - 1).allMatch(it -> it.compareTo(Duration.ofSeconds(1)) > 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403, 404, 408, 409, 422, 500, 504, 529, 302, 204})
    void doesNotAskAgain(int status) {
        provider.script((request, wire) -> wire.send(answer(status, "", "{}")));
        refusal();
        assertThat(provider.requests()).hasSize(1);
    }

    @Test
    void doesNotAskAgainWhenItMayHaveBeenPaidFor() throws InterruptedException {
        upstreams.close();
        upstreams = open(Configs.config(provider.uri(), Duration.ofSeconds(2), Configs.LONG, Configs.LONG, 9, 1 << 20));
        provider.script((request, wire) -> wire.stall(new CountDownLatch(1)));
        assertThat(refusal().code()).isEqualTo(ProblemCode.UPSTREAM_TIMEOUT);
        provider.script((request, wire) -> wire.reset());
        assertThat(refusal().code()).isEqualTo(ProblemCode.UPSTREAM_FAILED);
        provider.script((request, wire) -> wire.send(streamHead()).close());
        assertThat(Configs.hear(upstreams.stream(Configs.call())).problem().code())
                .isEqualTo(ProblemCode.UPSTREAM_FAILED);
        assertThat(provider.requests()).hasSize(3);
    }

    @Test
    void aConnectionThatEndedMeanwhileIsNotNoticed() {
        provider.script((request, wire) -> wire.send(json(completion("ok"))).close());
        for (int i = 0; i < 8; i++) {
            assertThat(upstreams.complete(Configs.call()).text()).isEqualTo("ok");
        }
        assertThat(provider.requests()).hasSize(8);
    }

    @Test
    void retriesStayWithinTheirBudget() throws IOException {
        provider.script((request, wire) -> wire.send(answer(503, "", "{}")));
        try (OpenAi openAi =
                OpenAi.provider(Configs.config(provider.uri()), System::nanoTime, InstantSource.system())) {
            Retrying retrying = new Retrying(openAi, meters, pauses::add, new Random(7));
            for (int i = 0; i < 200; i++) {
                catchThrowableOfType(Problem.class, () -> retrying.complete(Configs.call()));
            }
        }
        assertThat(provider.requests()).hasSize(200 + 10 + 19);
    }

    @Test
    void theBreakerOpensProbesAndCloses() throws Exception {
        provider.script((request, wire) -> wire.send(answer(500, "", "{}")));
        for (int i = 0; i < 20; i++) {
            assertThat(refusal().code()).isEqualTo(ProblemCode.UPSTREAM_FAILED);
        }
        assertThat(upstreams.breakerState()).isEqualTo(2);
        Problem refused = refusal();
        assertThat(refused.code()).isEqualTo(ProblemCode.UPSTREAM_UNAVAILABLE);
        assertThat(refused.retryAfter()).contains(Duration.ofSeconds(5));
        clock.move(Duration.ofMillis(4900));
        assertThat(refusal().code()).isEqualTo(ProblemCode.UPSTREAM_UNAVAILABLE);
        assertThat(provider.requests()).hasSize(20);

        clock.move(Duration.ofMillis(200));
        assertThat(refusal().code()).isEqualTo(ProblemCode.UPSTREAM_FAILED);
        assertThat(refusal().code()).isEqualTo(ProblemCode.UPSTREAM_UNAVAILABLE);
        assertThat(provider.requests()).hasSize(21);

        clock.move(Duration.ofMillis(5100));
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch probed = new CountDownLatch(1);
        provider.script((request, wire) -> {
            probed.countDown();
            wire.await(go).send(json(completion("ok")));
        });
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Completion> probe = executor.submit(() -> upstreams.complete(Configs.call()));
            assertThat(probed.await(60, TimeUnit.SECONDS)).isTrue();
            assertThat(upstreams.breakerState()).isEqualTo(1);
            assertThat(refusal().code()).isEqualTo(ProblemCode.UPSTREAM_UNAVAILABLE);
            go.countDown();
            assertThat(probe.get(60, TimeUnit.SECONDS).text()).isEqualTo("ok");
        }
        assertThat(upstreams.breakerState()).isZero();
        assertThat(upstreams.complete(Configs.call()).text()).isEqualTo("ok");
    }

    @Test
    void aProbeThatIsGivenUpMakesRoomForTheNext() throws InterruptedException {
        provider.script((request, wire) -> wire.send(answer(500, "", "{}")));
        for (int i = 0; i < 20; i++) {
            refusal();
        }
        clock.move(Duration.ofMillis(5100));
        provider.script((request, wire) -> wire.send(streamHead()).stall(new CountDownLatch(1)));
        upstreams.stream(Configs.call()).close();
        assertThat(upstreams.breakerState()).isEqualTo(1);
        provider.script((request, wire) -> wire.send(stream("ok")));
        assertThat(Configs.hear(upstreams.stream(Configs.call())).isDone()).isTrue();
        assertThat(upstreams.breakerState()).isZero();
    }

    @Test
    void onlyTheProvidersFaultsOpenTheBreaker() throws InterruptedException {
        for (int status : new int[] {400, 401, 403, 404, 429}) {
            provider.script((request, wire) -> wire.send(answer(status, "", "{}")));
            for (int i = 0; i < 25; i++) {
                refusal();
            }
        }
        provider.script((request, wire) -> wire.send(streamHead()).stall(new CountDownLatch(1)));
        for (int i = 0; i < 25; i++) {
            upstreams.stream(Configs.call()).close();
        }
        assertThat(upstreams.breakerState()).isZero();
        assertThat(outcome("cancelled")).isEqualTo(25);

        clock.move(Duration.ofSeconds(11));
        provider.script(
                (request, wire) -> wire.send(streamHead(), chunk(event("a"))).close());
        for (int i = 0; i < 30 && upstreams.breakerState() == 0; i++) {
            Configs.hear(upstreams.stream(Configs.call()));
        }
        assertThat(upstreams.breakerState()).isEqualTo(2);
    }

    @Test
    void refusesMoreThanItsBound() throws InterruptedException {
        upstreams.close();
        upstreams = open(Configs.config(provider.uri(), Configs.LONG, Configs.LONG, Configs.LONG, 2, 1 << 20));
        provider.script((request, wire) -> wire.send(streamHead()).stall(new CountDownLatch(1)));
        DeltaStream one = upstreams.stream(Configs.call());
        DeltaStream two = upstreams.stream(Configs.call());
        assertThat(refusal().code()).isEqualTo(ProblemCode.UPSTREAM_UNAVAILABLE);
        assertThat(refusal().retryAfter()).contains(SECOND);
        one.close();
        one.close();
        assertThat(upstreams.inFlight()).isEqualTo(1);
        two.close();
        provider.script((request, wire) -> wire.send(json(completion("ok"))));
        assertThat(upstreams.complete(Configs.call()).text()).isEqualTo("ok");
        assertThat(upstreams.inFlight()).isZero();
        Configs.until(() -> provider.openConnections() <= 1);
    }

    @Test
    void permitsComeBackWhateverHappens() throws Exception {
        upstreams.close();
        upstreams = open(Configs.config(provider.uri(), Configs.SHORT, Configs.SHORT, Configs.LONG, 500, 100_000));
        provider.script((request, wire) -> {
            switch (request.number() % 10) {
                case 0 -> wire.stall(new CountDownLatch(1));
                case 1 -> wire.send(answer(400, "", "{}"));
                case 2 -> wire.send(answer(503, "", "<html>"));
                case 3 -> wire.send(streamHead(), chunk(event("a"))).stall(new CountDownLatch(1));
                case 4 -> wire.reset();
                case 5 -> wire.send(stream("a", "b"));
                case 6 -> wire.send(streamHead(), chunk(event("a") + "data: {\"error\":{}}\n\n"));
                case 7 -> wire.send(answer(429, "Retry-After: 1\r\n", "{}"));
                case 8 -> wire.cutAfter(stream("a", "b"), 150);
                default -> wire.send(json(completion("ok")));
            }
        });
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                int number = i;
                all.add(executor.submit(() -> oneOfMany(number)));
            }
            for (Future<?> one : all) {
                one.get(60, TimeUnit.SECONDS);
            }
        }
        assertThat(upstreams.inFlight()).isZero();
        assertThat(outcome("done") + outcome("failed") + outcome("broken") + outcome("cancelled"))
                .isEqualTo(200);
    }

    private void oneOfMany(int number) {
        try {
            if (number % 3 == 0) {
                upstreams.complete(Configs.call());
            } else if (number % 3 == 1) {
                Configs.hear(upstreams.stream(Configs.call()));
            } else {
                try (DeltaStream stream = upstreams.stream(Configs.call())) {
                    assertThat(stream.next()).isNotNull();
                }
            }
        } catch (Problem problem) {
            assertThat(problem.toString()).doesNotContain(Configs.KEY);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private Upstreams open(BrokerConfig.Upstream config) {
        return Upstreams.open(config, meters, clock, System::nanoTime, instant);
    }

    private Problem refusal() {
        return catchThrowableOfType(Problem.class, () -> upstreams.complete(Configs.call()));
    }

    private long outcome(String outcome) {
        return count("gpt_broker_upstream_calls_total", "outcome", outcome);
    }

    private long count(String name, String... labels) {
        return meters.counter(name, "", labels).count();
    }

    /** A wall clock that stands still until it is moved. */
    private static final class MovableClock extends Clock {
        private volatile Instant now = Instant.parse("2026-11-20T12:00:00Z");

        void move(Duration by) {
            now = now.plus(by);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
