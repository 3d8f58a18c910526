package gptbroker.upstream;

import static gptbroker.testing.FakeProvider.answer;
import static gptbroker.testing.FakeProvider.completion;
import static gptbroker.testing.FakeProvider.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.testing.Eventually;
import gptbroker.testing.FakeProvider;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whole answers over a kept connection: the asking thread, a virtual one as the listener's are, talks itself. */
final class KeptConnectionTest {
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch left = new CountDownLatch(1);
    private FakeProvider provider;
    private OpenAi openAi;

    @BeforeEach
    void keepOne() throws Exception {
        provider = new FakeProvider((request, wire) -> wire.send(json(completion("first"))));
        open(Configs.LONG);
    }

    /** @param patience with the provider; whatever is to be served must be served within it */
    private void open(Duration patience) throws Exception {
        openAi = OpenAi.provider(
                Configs.config(provider.uri(), patience, patience, Configs.LONG, 10, 1 << 20),
                System::nanoTime,
                InstantSource.system());
        virtually(() -> openAi.complete(Configs.call()));
        assertThat(openAi.idleConnections()).isEqualTo(1);
    }

    @AfterEach
    void close() throws IOException {
        openAi.close();
        provider.close();
    }

    @Test
    void servesTheNextCall() throws Exception {
        for (int i = 0; i < 20; i++) {
            assertThat(virtually(() -> openAi.complete(Configs.call())).text()).isEqualTo("first");
        }
        assertThat(provider.connections()).isEqualTo(1);
    }

    @Test
    void isKeptAfterARefusal() throws Exception {
        provider.script((request, wire) -> wire.send(answer(400, "", "{\"error\":{}}")));
        for (int i = 0; i < 3; i++) {
            assertRefused(() -> openAi.complete(Configs.call()), ProblemCode.UPSTREAM_REJECTED);
        }
        assertThat(provider.connections()).isEqualTo(1);
    }

    @Test
    void aDeadlineEndsTheCallAndLeavesNoInterrupt() throws Exception {
        openAi.close();
        open(Duration.ofSeconds(2));
        provider.script((request, wire) -> wire.stall(left));
        assertThat(virtually(() -> {
                    assertThatThrownBy(() -> openAi.complete(Configs.call()))
                            .isInstanceOfSatisfying(
                                    Problem.class,
                                    late -> assertThat(late.code()).isEqualTo(ProblemCode.UPSTREAM_TIMEOUT));
                    return Thread.currentThread().isInterrupted();
                }))
                .isFalse();
        assertThat(left.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(openAi.idleConnections()).isZero();
    }

    @Test
    void anInterruptEndsTheCallAndIsKept() throws Exception {
        openAi.close();
        openAi = OpenAi.provider(Configs.config(provider.uri()), System::nanoTime, InstantSource.system());
        provider.script((request, wire) -> {
            if (request.number() > 2) {
                asked.countDown();
                wire.stall(left);
            } else {
                wire.send(json(completion("kept")));
            }
        });
        virtually(() -> openAi.complete(Configs.call()));
        var task = new FutureTask<>(() -> {
            assertThatThrownBy(() -> openAi.complete(Configs.call())).isInstanceOf(Problem.class);
            return Thread.currentThread().isInterrupted();
        });
        Thread caller = Thread.ofVirtual().start(task);
        assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();
        caller.interrupt();
        assertThat(task.get(60, TimeUnit.SECONDS)).isTrue();
        assertThat(left.await(60, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void oneThatTheProviderEndsIsLetGoBeforeTheNextCall() throws Exception {
        provider.script((request, wire) -> {
            wire.send(json(completion("last")));
            wire.close();
        });
        assertThat(virtually(() -> openAi.complete(Configs.call())).text()).isEqualTo("last");
        Eventually.isTrue("let go", () -> openAi.idleConnections() == 0);
        provider.script((request, wire) -> wire.send(json(completion("new"))));
        assertThat(virtually(() -> openAi.complete(Configs.call())).text()).isEqualTo("new");
        assertThat(provider.connections()).isEqualTo(2);
    }

    @Test
    void oneThatNobodyTakesIsKeptForAWhileAndNotForever() throws Exception {
        openAi.close();
        var sinceThen = new AtomicLong();
        openAi = OpenAi.provider(
                Configs.config(provider.uri()), () -> System.nanoTime() + sinceThen.get(), InstantSource.system());
        virtually(() -> openAi.complete(Configs.call()));
        sinceThen.addAndGet(Duration.ofSeconds(20).toNanos()); // whoever takes it now looks himself
        virtually(() -> openAi.complete(Configs.call()));
        assertThat(provider.connections()).isEqualTo(2);
        sinceThen.addAndGet(Duration.ofSeconds(31).toNanos());
        Eventually.isTrue("let go", () -> openAi.idleConnections() == 0);
    }

    @Test
    void anEndThatNobodySawIsRetryable() throws Exception {
        provider.script((request, wire) -> wire.close());
        assertRefused(() -> openAi.complete(Configs.call()), ProblemCode.UPSTREAM_FAILED);
        provider.script((request, wire) -> wire.send(json(completion("again"))));
        assertThat(virtually(() -> openAi.complete(Configs.call())).text()).isEqualTo("again");
    }

    private static void assertRefused(Callable<Completion> call, ProblemCode code) {
        assertThatThrownBy(() -> virtually(call))
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.code()).isEqualTo(code));
    }

    private static <T> T virtually(Callable<T> call) throws Exception {
        var task = new FutureTask<>(call);
        Thread.ofVirtual().start(task);
        try {
            return task.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException problem) {
                throw problem;
            }
            throw e;
        }
    }
}
