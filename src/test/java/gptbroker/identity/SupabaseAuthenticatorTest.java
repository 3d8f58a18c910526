package gptbroker.identity;

import static gptbroker.problem.ProblemCode.ACCESS_DENIED;
import static gptbroker.problem.ProblemCode.ANONYMOUS_DENIED;
import static gptbroker.problem.ProblemCode.NOT_SIGNED_IN;
import static gptbroker.problem.ProblemCode.TOKEN_INVALID;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who a good credential stands for, policy and HS256. */
class SupabaseAuthenticatorTest {
    private static final TestKey KEY = TestKey.es256("key");
    private static final String SECRET = "a-project-jwt-secret-of-at-least-32-characters";

    @Test
    void userBecomesACaller() {
        try (Fixture fixture = serving(Fixture.Options.PLAIN)) {
            Caller caller = fixture.accept(Tokens.user(KEY, fixture.clock));
            assertThat(caller.id()).isEqualTo(Tokens.USER);
            assertThat(caller.kind()).isEqualTo(Caller.Kind.SUPABASE_USER);
            assertThat(caller.tier()).isEqualTo(Caller.DEFAULT_TIER);
            assertThat(caller.anonymous()).isFalse();
            assertThat(caller.userId()).contains(UUID.fromString(Tokens.USER));
            assertThat(caller.expiresAt()).isEqualTo(Instant.ofEpochSecond(fixture.clock.epochSecond() + 3600));
        }
    }

    @ParameterizedTest
    @CsvSource({"pro,pro", "team_2-x,team_2-x", "Pro,default", "a b,default", "'',default", "'pro\n',default"})
    void planBecomesTheTier(String plan, String tier) {
        try (Fixture fixture = serving(Fixture.Options.PLAIN)) {
            String token = Tokens.user(KEY, fixture.clock, "app_metadata", Map.of("plan", plan));
            assertThat(fixture.accept(token).tier()).isEqualTo(tier);
        }
    }

    @Test
    void planOfAnotherTypeOrTooLongIsTheDefaultTier() {
        try (Fixture fixture = serving(Fixture.Options.PLAIN)) {
            for (Object plan : List.of(7, true, List.of("pro"), Map.of(), "p".repeat(33))) {
                String token = Tokens.user(KEY, fixture.clock, "app_metadata", Map.of("plan", plan));
                assertThat(fixture.accept(token).tier()).isEqualTo(Caller.DEFAULT_TIER);
            }
            assertThat(fixture.accept(Tokens.without(KEY, fixture.clock, "app_metadata"))
                            .tier())
                    .isEqualTo(Caller.DEFAULT_TIER);
        }
    }

    @Test
    void anonymousUsersAreAClassOfTheirOwnOrRefused() {
        try (Fixture open = serving(Fixture.Options.PLAIN);
                Fixture closed = serving(Fixture.Options.PLAIN.withPolicy(false, false))) {
            Caller caller = open.accept(Tokens.user(KEY, open.clock, "is_anonymous", true));
            assertThat(caller.anonymous()).isTrue();
            assertThat(caller.tier()).isEqualTo(Caller.ANONYMOUS_TIER);
            closed.assertRefused(Tokens.user(KEY, closed.clock, "is_anonymous", true), ANONYMOUS_DENIED);
            closed.assertAccepted(Tokens.user(KEY, closed.clock));
            open.assertRefused(Tokens.user(KEY, open.clock, "is_anonymous", "false"), TOKEN_INVALID);
        }
    }

    @Test
    void tokensOfOAuthClientsNeedPermission() {
        try (Fixture closed = serving(Fixture.Options.PLAIN);
                Fixture open = serving(Fixture.Options.PLAIN.withPolicy(true, true))) {
            closed.assertRefused(Tokens.user(KEY, closed.clock, "client_id", Tokens.SESSION), ACCESS_DENIED);
            open.assertAccepted(Tokens.user(KEY, open.clock, "client_id", Tokens.SESSION));
        }
    }

    @Test
    void hs256OnlyWithTheSecret() {
        try (Fixture without = serving(Fixture.Options.PLAIN);
                Fixture with = serving(Fixture.Options.PLAIN.withSecret(SECRET))) {
            String token = Tokens.hs256(SECRET, Tokens.json(Tokens.claims(with.clock)));
            without.assertRefused(token, TOKEN_INVALID);
            with.assertAccepted(token);
            with.assertAccepted(token);
            with.assertAccepted(Tokens.user(KEY, with.clock));
            with.assertRefused(Tokens.hs256("another secret", Tokens.json(Tokens.claims(with.clock))), TOKEN_INVALID);
            with.assertRefused(
                    Tokens.of(
                            "{\"alg\":\"HS512\"}",
                            Tokens.json(Tokens.claims(with.clock)),
                            input -> TestKey.hmac(TestKey.utf8(SECRET), input)),
                    TOKEN_INVALID);
        }
    }

    @Test
    void hs256NeedsNoKeySet() {
        try (Fixture fixture = new Fixture(Fixture.Options.PLAIN.withSecret(SECRET))) {
            fixture.issuer.serve(FakeIssuer.Reply.of(500, ""));
            assertThat(fixture.authenticator.ready()).isTrue();
            fixture.assertAccepted(Tokens.hs256(SECRET, Tokens.json(Tokens.claims(fixture.clock))));
            assertThat(fixture.fetches()).isZero();
        }
    }

    @Test
    void legacyProjectKeysAreNotSignedIn() {
        String anon = legacyKey("anon");
        String service = legacyKey("service_role");
        try (Fixture signed = serving(Fixture.Options.PLAIN.withSecret(SECRET));
                Fixture configured = serving(Fixture.Options.PLAIN.withKeys(anon, service));
                Fixture neither = serving(Fixture.Options.PLAIN)) {
            for (String key : List.of(anon, service)) {
                signed.assertRefused(key, NOT_SIGNED_IN);
                configured.assertRefused(key, NOT_SIGNED_IN);
                neither.assertRefused(key, TOKEN_INVALID);
            }
        }
    }

    @Test
    void adminKeyIsTheOperator() {
        try (Fixture fixture = serving(Fixture.Options.PLAIN)) {
            Caller caller = fixture.accept(Fixture.ADMIN_KEY);
            assertThat(caller.kind()).isEqualTo(Caller.Kind.ADMIN);
            assertThat(caller.userId()).isEmpty();
            assertThat(caller.expiresAt()).isEqualTo(Instant.MAX);
            fixture.assertRefused(Fixture.ADMIN_KEY + "x", TOKEN_INVALID);
            fixture.assertHeaderRefused(List.of("Basic " + Fixture.ADMIN_KEY), TOKEN_INVALID);
            assertThat(fixture.fetches()).isZero();
        }
    }

    @Test
    void tokenIsGoodUntilItExpires() {
        try (Fixture fixture = serving(Fixture.Options.PLAIN)) {
            String token = Tokens.user(KEY, fixture.clock, "exp", fixture.clock.epochSecond() + 60);
            fixture.assertAccepted(token);
            fixture.clock.advance(Duration.ofSeconds(89));
            fixture.assertAccepted(token);
            fixture.clock.advance(Duration.ofSeconds(1));
            fixture.assertRefused(token, TOKEN_INVALID);
        }
    }

    private static String legacyKey(String role) {
        long now = new TestClock().epochSecond();
        return Tokens.hs256(
                SECRET,
                "{\"iss\":\"supabase\",\"ref\":\"project\",\"role\":\"%s\",\"iat\":%d,\"exp\":%d}"
                        .formatted(role, now, now + 315_360_000L));
    }

    private static Fixture serving(Fixture.Options options) {
        Fixture fixture = new Fixture(options);
        fixture.issuer.serve(KEY);
        return fixture;
    }
}
