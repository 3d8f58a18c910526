package gptbroker.identity;

import static gptbroker.problem.ProblemCode.IDENTITY_UNAVAILABLE;
import static gptbroker.problem.ProblemCode.TOKEN_INVALID;
import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.testing.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Rotation, revocation and outages of the key set (fault matrix J1-J3). */
class JwksKeysTest {
    private static final TestKey OLD = TestKey.es256("old");
    private static final TestKey NEW = TestKey.es256("new");
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final FakeIssuer.Reply DOWN = FakeIssuer.Reply.of(500, "down");

    private final Fixture fixture = new Fixture(Fixture.Options.PLAIN);

    @AfterEach
    void stop() {
        fixture.close();
    }

    @Test
    void fetchesOnceWithTheApiKeyAndUsesTheSet() {
        fixture.issuer.serve(OLD);
        assertThat(fixture.authenticator.ready()).isFalse();
        fixture.assertAccepted(Tokens.user(OLD, fixture.clock));
        fixture.assertAccepted(Tokens.user(OLD, fixture.clock, "email", "x@example.com"));
        assertThat(fixture.authenticator.ready()).isTrue();
        assertThat(fixture.fetches()).isEqualTo(1);
        assertThat(fixture.issuer.jwksRequests.getFirst().getFirst("apikey")).isEqualTo(Fixture.ANON_KEY);
    }

    @Test
    void startWarmsTheSet() {
        fixture.issuer.serve(OLD);
        try (SupabaseAuthenticator started = SupabaseAuthenticator.start(
                Fixture.Options.PLAIN.config(fixture.issuer), fixture.clock, fixture.meters)) {
            Eventually.within(PATIENCE, "the first set", started::ready);
        }
    }

    @Test
    void refreshesInTheBackgroundBeforeTheSetGrowsOld() {
        fixture.issuer.serve(OLD);
        fixture.advance(Duration.ZERO);
        fixture.advance(Duration.ofMinutes(7));
        assertThat(fixture.fetches()).isEqualTo(1);
        fixture.advance(Duration.ofMinutes(1));
        assertThat(fixture.fetches()).isEqualTo(2);
    }

    @Test
    void rotationBringsNoFalseRefusal() {
        fixture.issuer.serve(OLD);
        fixture.assertAccepted(Tokens.user(OLD, fixture.clock));
        fixture.issuer.serve(OLD, NEW);
        fixture.assertAccepted(Tokens.user(NEW, fixture.clock));
        fixture.assertAccepted(Tokens.user(OLD, fixture.clock));
        assertThat(fixture.fetches()).isEqualTo(2);
    }

    @Test
    void revokedKeyEndsWithinOneLifeOfTheSetAlsoForCachedTokens() {
        fixture.issuer.serve(OLD, NEW);
        String cached = Tokens.user(OLD, fixture.clock);
        fixture.assertAccepted(cached);
        fixture.issuer.serve(NEW);
        fixture.advance(Fixture.TTL);
        fixture.assertRefused(cached, TOKEN_INVALID);
        fixture.assertRefused(Tokens.user(OLD, fixture.clock), TOKEN_INVALID);
        fixture.assertAccepted(Tokens.user(NEW, fixture.clock));
    }

    @Test
    void keyIdReusedForAnotherKey() {
        TestKey other = TestKey.es256("old");
        fixture.issuer.serve(OLD);
        String cached = Tokens.user(OLD, fixture.clock);
        fixture.assertAccepted(cached);
        fixture.issuer.serve(other);
        fixture.advance(Fixture.TTL);
        fixture.assertRefused(cached, TOKEN_INVALID);
        fixture.assertAccepted(Tokens.user(other, fixture.clock));
    }

    @Test
    void downAtStartIs503AndRetriedEveryTwoSeconds() {
        fixture.issuer.serve(DOWN);
        String token = Tokens.user(OLD, fixture.clock);
        Problem problem = fixture.refusal(List.of("Bearer " + token));
        assertThat(problem.code()).isEqualTo(IDENTITY_UNAVAILABLE);
        assertThat(problem.retryAfter()).contains(Duration.ofSeconds(2));
        IntStream.range(0, 50).forEach(i -> fixture.assertRefused(token, IDENTITY_UNAVAILABLE));
        assertThat(fixture.fetches()).isEqualTo(1);
        assertThat(fixture.authenticator.ready()).isFalse();

        fixture.issuer.serve(OLD);
        fixture.clock.advance(Duration.ofSeconds(2));
        fixture.assertAccepted(token);
        assertThat(fixture.fetches()).isEqualTo(2);
    }

    @Test
    void downLaterServesTheOldSetForSixHoursThen503() {
        fixture.issuer.serve(OLD);
        fixture.assertAccepted(Tokens.user(OLD, fixture.clock));
        fixture.issuer.serve(DOWN);
        for (int minutes = 0; minutes < 350; minutes += 10) {
            fixture.advance(Duration.ofMinutes(10));
            fixture.assertAccepted(Tokens.user(OLD, fixture.clock));
        }
        String cached = Tokens.user(OLD, fixture.clock);
        fixture.assertAccepted(cached);
        fixture.advance(Duration.ofMinutes(10));
        fixture.assertRefused(cached, IDENTITY_UNAVAILABLE);
        fixture.assertRefused(Tokens.user(OLD, fixture.clock), IDENTITY_UNAVAILABLE);
        assertThat(fixture.authenticator.ready()).isFalse();

        fixture.issuer.serve(OLD);
        fixture.advance(Duration.ofSeconds(2));
        fixture.assertAccepted(cached);
    }

    @Test
    void unknownKeyDuringAnOutageIsNotTheTokensFault() {
        fixture.issuer.serve(OLD);
        fixture.assertAccepted(Tokens.user(OLD, fixture.clock));
        fixture.issuer.serve(DOWN);
        fixture.assertRefused(Tokens.user(NEW, fixture.clock), IDENTITY_UNAVAILABLE);
        fixture.assertAccepted(Tokens.user(OLD, fixture.clock));
        fixture.issuer.serve(OLD, NEW);
        fixture.advance(Duration.ofSeconds(30));
        fixture.assertAccepted(Tokens.user(NEW, fixture.clock));
    }

    @Test
    void aKeyThatCameDuringARefreshIsFetchedToo() throws Exception {
        fixture.issuer.serve(OLD);
        fixture.assertAccepted(Tokens.user(OLD, fixture.clock));
        CountDownLatch open = new CountDownLatch(1);
        fixture.issuer.holdUntil(open);
        fixture.clock.advance(Fixture.TTL);
        fixture.authenticator.keys().tick();
        Eventually.within(PATIENCE, "a refresh", () -> fixture.fetches() == 2);
        fixture.issuer.holdUntil(new CountDownLatch(0));
        fixture.issuer.serve(OLD, NEW);
        var asking = new FutureTask<>(() -> fixture.accept(Tokens.user(NEW, fixture.clock)));
        Thread asker = Thread.ofPlatform().start(asking);
        Eventually.within(PATIENCE, "it waits", () -> asker.getState() == Thread.State.TIMED_WAITING);
        open.countDown();
        assertThat(asking.get().id()).isEqualTo(Tokens.USER);
    }

    @Test
    void floodOfUnknownKeysCostsOneFetchInThirtySeconds() throws Exception {
        fixture.issuer.serve(OLD);
        fixture.assertAccepted(Tokens.user(OLD, fixture.clock));
        int before = fixture.fetches();
        inParallel(200, i -> refusal(Tokens.user(OLD.renamed("kid-" + i), fixture.clock)))
                .forEach(code -> assertThat(code).isEqualTo(TOKEN_INVALID));
        fixture.assertAccepted(Tokens.user(OLD, fixture.clock, "email", "during@example.com"));
        assertThat(fixture.fetches()).isEqualTo(before + 1);
        fixture.clock.advance(Duration.ofSeconds(29));
        fixture.assertRefused(Tokens.user(NEW, fixture.clock), TOKEN_INVALID);
        assertThat(fixture.fetches()).isEqualTo(before + 1);
        fixture.clock.advance(Duration.ofSeconds(1));
        fixture.assertRefused(Tokens.user(NEW, fixture.clock), TOKEN_INVALID);
        assertThat(fixture.fetches()).isEqualTo(before + 2);
    }

    @Test
    void coldRequestsShareOneFetch() throws Exception {
        fixture.issuer.serve(OLD);
        CountDownLatch open = new CountDownLatch(1);
        fixture.issuer.holdUntil(open);
        Future<?> opener;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            opener = threads.submit(() -> {
                Eventually.within(PATIENCE, "a fetch", () -> fixture.fetches() > 0);
                open.countDown();
            });
            String token = Tokens.user(OLD, fixture.clock);
            inParallel(64, i -> fixture.accept(token).id())
                    .forEach(id -> assertThat(id).isEqualTo(Tokens.USER));
        }
        opener.get();
        assertThat(fixture.fetches()).isEqualTo(1);
    }

    @Test
    void emptySetIsAnAnswerNotAnOutage() {
        fixture.issuer.serve();
        fixture.assertRefused(Tokens.user(OLD, fixture.clock), TOKEN_INVALID);
        assertThat(fixture.authenticator.ready()).isTrue();
        IntStream.range(0, 20).forEach(i -> fixture.assertRefused(Tokens.user(OLD, fixture.clock), TOKEN_INVALID));
        assertThat(fixture.fetches()).isLessThanOrEqualTo(2);
    }

    @Test
    void purgeForgetsARevokedKeyAtOnce() {
        fixture.issuer.serve(OLD, NEW);
        String token = Tokens.user(OLD, fixture.clock);
        fixture.assertAccepted(token);
        fixture.issuer.serve(NEW);
        fixture.assertAccepted(token);
        fixture.authenticator.purge();
        fixture.assertRefused(token, TOKEN_INVALID);
        fixture.assertAccepted(Tokens.user(NEW, fixture.clock));
    }

    @Test
    void purgeDiscardsAnAnswerThatWasUnderWay() throws Exception {
        fixture.issuer.serve(OLD);
        fixture.assertAccepted(Tokens.user(OLD, fixture.clock));
        CountDownLatch open = new CountDownLatch(1);
        fixture.issuer.holdUntil(open);
        fixture.clock.advance(Fixture.TTL);
        Future<?> stale = fixture.authenticator.keys().tick();
        Eventually.within(PATIENCE, "a refresh", () -> fixture.fetches() == 2);
        fixture.authenticator.purge();
        fixture.issuer.holdUntil(new CountDownLatch(0));
        fixture.issuer.serve(DOWN);
        open.countDown();
        stale.get();
        fixture.assertRefused(Tokens.user(OLD, fixture.clock), IDENTITY_UNAVAILABLE);
    }

    private ProblemCode refusal(String token) {
        return fixture.refusal(List.of("Bearer " + token)).code();
    }

    private interface Numbered<T> {
        T call(int number);
    }

    private static <T> List<T> inParallel(int count, Numbered<T> task) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<T>> tasks = IntStream.range(0, count)
                    .<Callable<T>>mapToObj(i -> () -> task.call(i))
                    .toList();
            return threads.invokeAll(tasks).stream().map(Future::resultNow).toList();
        }
    }
}
