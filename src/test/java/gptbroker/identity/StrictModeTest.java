package gptbroker.identity;

import static gptbroker.problem.ProblemCode.IDENTITY_UNAVAILABLE;
import static gptbroker.problem.ProblemCode.TOKEN_INVALID;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.Headers;
import gptbroker.problem.Problem;
import gptbroker.testing.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code AUTH_STRICT}: the issuer is asked, too. */
class StrictModeTest {
    private static final TestKey KEY = TestKey.es256("key");
    private static final String SERVICE_KEY = "sb_secret_service";
    private static final String KNOWN = "{\"id\":\"" + Tokens.USER + "\",\"role\":\"authenticated\"}";

    private final Fixture fixture = new Fixture(
            Fixture.Options.PLAIN.withKeys(Fixture.ANON_KEY, SERVICE_KEY).inStrictMode());
    private final String token = Tokens.user(KEY, fixture.clock);

    @BeforeEach
    void start() {
        fixture.issuer.serve(KEY);
        fixture.issuer.serveUser(200, KNOWN);
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    @Test
    void asksWithItsOwnHeadersAndKeepsTheAnswerForAWhile() {
        fixture.assertAccepted(token);
        fixture.assertAccepted(token);
        assertThat(fixture.issuer.userRequests).hasSize(1);
        Headers asked = fixture.issuer.userRequests.getFirst();
        assertThat(asked.getFirst("Authorization")).isEqualTo("Bearer " + token);
        assertThat(asked.getFirst("apikey")).isEqualTo(SERVICE_KEY);
        assertThat(asked.getFirst("User-Agent")).isEqualTo("gpt-broker");

        fixture.issuer.serveUser(403, "{\"code\":403,\"error_code\":\"session_not_found\",\"msg\":\"x\"}");
        advanceUntilAskedAgain(token, Duration.ofSeconds(31));
        fixture.assertRefused(token, TOKEN_INVALID);
        fixture.assertRefused(token, TOKEN_INVALID);
        assertThat(fixture.issuer.userRequests).hasSize(2);
    }

    @Test
    void isNotAskedAboutTokensThatFailHere() {
        fixture.assertRefused(Tokens.user(TestKey.es256("key"), fixture.clock), TOKEN_INVALID);
        fixture.assertRefused(Tokens.without(KEY, fixture.clock, "session_id"), TOKEN_INVALID);
        assertThat(fixture.issuer.userRequests).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"id\":\"22222222-2222-4333-8444-abcdefabcdef\"}",
                "{}",
                "{\"id\":\"11111111-2222-4333-8444-abcdefabcdef\",\"deleted_at\":\"2026-01-01T00:00:00Z\"}",
                "{\"id\":\"11111111-2222-4333-8444-abcdefabcdef\",\"banned_until\":\"2026-11-20T12:00:01Z\"}",
                "{\"id\":\"11111111-2222-4333-8444-abcdefabcdef\",\"banned_until\":\"for ever\"}"
            })
    void otherDeletedAndBannedUsersAreRefused(String user) {
        fixture.issuer.serveUser(200, user);
        fixture.assertRefused(token, TOKEN_INVALID);
    }

    @Test
    void banThatIsOverDoesNoHarm() {
        fixture.issuer.serveUser(
                200, KNOWN.replace("}", ",\"banned_until\":\"2026-11-20T11:59:59.123Z\",\"deleted_at\":null}"));
        fixture.assertAccepted(token);
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 502, 503, 404, 400, 302})
    void outageIs503AndSoonAskedAgain(int status) {
        fixture.issuer.serveUser(status, "{}");
        fixture.assertRefused(token, IDENTITY_UNAVAILABLE);
        fixture.assertRefused(token, IDENTITY_UNAVAILABLE);
        assertThat(fixture.issuer.userRequests).hasSize(1);
        fixture.issuer.serveUser(200, KNOWN);
        advanceUntilAskedAgain(token, Duration.ofMillis(1001));
        fixture.assertAccepted(token);
    }

    @Test
    void answerThatIsNoUserIsAnOutage() {
        fixture.issuer.serveUser(200, "<html>");
        fixture.assertRefused(token, IDENTITY_UNAVAILABLE);
    }

    @Test
    void gatewayThatRefusesOurApiKeyIsNotTheTokensFault() {
        fixture.issuer.serveUser(401, "{\"message\":\"Invalid API key\"}");
        fixture.assertRefused(token, IDENTITY_UNAVAILABLE);
    }

    @Test
    void parallelRequestsShareOneQuestion() throws Exception {
        fixture.authenticator.keys().tick().join();
        CountDownLatch open = new CountDownLatch(1);
        fixture.issuer.holdUntil(open);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<Caller> task = () -> fixture.accept(token);
            List<Future<Caller>> callers =
                    Stream.generate(() -> task).limit(50).map(threads::submit).toList();
            Eventually.within(Duration.ofSeconds(60), "a question", () -> !fixture.issuer.userRequests.isEmpty());
            open.countDown();
            for (Future<Caller> caller : callers) {
                assertThat(caller.get().id()).isEqualTo(Tokens.USER);
            }
        }
        assertThat(fixture.issuer.userRequests).hasSize(1);
    }

    @Test
    void keyThatCannotBeSentIsNotQuoted() {
        try (Fixture misconfigured = new Fixture(
                Fixture.Options.PLAIN.withKeys(Fixture.ANON_KEY, "canary\nkey").inStrictMode())) {
            misconfigured.issuer.serve(KEY);
            Problem problem = misconfigured.refusal(List.of("Bearer " + Tokens.user(KEY, misconfigured.clock)));
            assertThat(problem.code()).isEqualTo(IDENTITY_UNAVAILABLE);
            assertThat(problem).hasNoCause().hasMessageNotContaining("canary");
        }
    }

    @Test
    void purgeForgetsAnswers() {
        fixture.assertAccepted(token);
        fixture.issuer.serveUser(403, "{}");
        fixture.authenticator.purge();
        fixture.assertRefused(token, TOKEN_INVALID);
    }

    @Test
    void hs256WithoutASecretIsForTheIssuerToJudgeAndTheRulesStillHold() {
        String legacy = Tokens.hs256("whatever", Tokens.json(Tokens.claims(fixture.clock)));
        fixture.assertAccepted(legacy);
        assertThat(fixture.issuer.userRequests).hasSize(1);
        String idToken = Tokens.hs256(
                "whatever", Tokens.json(Tokens.claims(fixture.clock)).replace(Tokens.SESSION, ""));
        fixture.assertRefused(idToken, TOKEN_INVALID);
        fixture.issuer.serveUser(403, "{\"error_code\":\"bad_jwt\"}");
        advanceUntilAskedAgain(legacy, Duration.ofSeconds(31));
        fixture.assertRefused(legacy, TOKEN_INVALID);
    }

    /** A made-up token is a question to the issuer: few are asked at once, and nobody known to it waits behind them. */
    @Test
    void floodOfMadeUpTokensReachesTheIssuerInSmallDoses() throws Exception {
        String known = legacy("known");
        fixture.assertAccepted(known);
        CountDownLatch open = new CountDownLatch(1);
        fixture.issuer.holdUntil(open);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 40; i++) {
                String madeUp = legacy("made up " + i);
                threads.submit(() -> fixture.refusal(List.of("Bearer " + madeUp)));
            }
            int before = 1;
            Eventually.within(
                    Duration.ofSeconds(60),
                    "as many questions as may be asked at once",
                    () -> fixture.issuer.userRequests.size() == before + IssuerSessions.UNPROVEN_AT_ONCE);
            fixture.clock.advance(Duration.ofSeconds(31));
            threads.submit(() -> fixture.accept(known));
            Eventually.within(
                    Duration.ofSeconds(60),
                    "a question about the known token",
                    () -> fixture.issuer.userRequests.stream()
                            .skip(1)
                            .anyMatch(asked -> asked.getFirst("Authorization").equals("Bearer " + known)));
            fixture.issuer.serveUser(403, "{\"error_code\":\"bad_jwt\"}");
            open.countDown();
        }
    }

    private String legacy(String secret) {
        return Tokens.hs256(secret, Tokens.json(Tokens.claims(fixture.clock)));
    }

    /** An answer is dated by the thread that asked, maybe a moment after we saw it: one step is not always enough. */
    private void advanceUntilAskedAgain(String asked, Duration step) {
        int before = fixture.issuer.userRequests.size();
        Eventually.within(Duration.ofSeconds(60), "another question", () -> {
            fixture.clock.advance(step);
            try {
                fixture.accept(asked);
            } catch (Problem refused) {
                assertThat(refused.code()).isIn(TOKEN_INVALID, IDENTITY_UNAVAILABLE);
            }
            return fixture.issuer.userRequests.size() > before;
        });
    }
}
