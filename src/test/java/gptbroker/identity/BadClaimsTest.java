package gptbroker.identity;

import static gptbroker.problem.ProblemCode.NOT_SIGNED_IN;
import static gptbroker.problem.ProblemCode.TOKEN_INVALID;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens with a good signature and bad claims (reliability sheet, D 108-111). */
class BadClaimsTest {
    private static final TestKey EC = TestKey.es256("ec-key");
    private static final TestKey STRANGER = TestKey.es256("ec-key");

    private static Fixture fixture;

    @BeforeAll
    static void start() {
        fixture = new Fixture(Fixture.Options.PLAIN);
        fixture.issuer.serve(EC);
        fixture.assertAccepted(Tokens.user(EC, fixture.clock));
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"1900000000\"", "1e400", "1.9e9", "1900000000.5", "null", "true", "[]", "-1", "0"})
    void d108_109_times(String value) {
        for (String claim : List.of("exp", "iat")) {
            refuse(Tokens.signed(EC, replaced(claim, value)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"99999999999999999999", "9223372036854775807", "-9223372036854775808"})
    void d108_absurdTimes(String value) {
        for (String claim : List.of("exp", "iat")) {
            refuse(Tokens.signed(EC, replaced(claim, value)));
        }
    }

    @Test
    void d108_109_leewayIsThirtySeconds() {
        long now = fixture.clock.epochSecond();
        refuse(Tokens.without(EC, fixture.clock, "exp"));
        refuse(Tokens.without(EC, fixture.clock, "iat"));
        refuse(Tokens.user(EC, fixture.clock, "exp", now + 3600.5));
        refuse(Tokens.user(EC, fixture.clock, "iat", now - 0.5));
        refuse(Tokens.user(EC, fixture.clock, "exp", now - 31));
        refuse(Tokens.user(EC, fixture.clock, "exp", now - 30));
        fixture.assertAccepted(Tokens.user(EC, fixture.clock, "exp", now - 29));
        refuse(Tokens.user(EC, fixture.clock, "iat", now + 31));
        fixture.assertAccepted(Tokens.user(EC, fixture.clock, "iat", now + 30));
        refuse(Tokens.user(EC, fixture.clock, "nbf", now + 31));
        refuse(Tokens.user(EC, fixture.clock, "nbf", "soon"));
        fixture.assertAccepted(Tokens.user(EC, fixture.clock, "nbf", now + 30));
        long day = Duration.ofDays(1).toSeconds();
        refuse(Tokens.user(EC, fixture.clock, "exp", now + day + 31));
        fixture.assertAccepted(Tokens.user(EC, fixture.clock, "exp", now + day + 30));
    }

    @Test
    void d110_projectKeysSignedByTheProject() {
        for (String role : List.of("anon", "service_role")) {
            long now = fixture.clock.epochSecond();
            String claims = "{\"role\":\"%s\",\"iss\":\"supabase\",\"iat\":%d,\"exp\":%d}"
                    .formatted(role, now, now + Duration.ofDays(1825).toSeconds());
            fixture.assertRefused(Tokens.signed(EC, claims), NOT_SIGNED_IN);
            fixture.assertRefused(Tokens.user(EC, fixture.clock, "role", role), NOT_SIGNED_IN);
            refuse(Tokens.of(Tokens.header(EC), claims, STRANGER::sign));
        }
        for (String key : List.of("sb_publishable_abc", "sb_secret_abc", "sb_")) {
            fixture.assertRefused(key, NOT_SIGNED_IN);
        }
    }

    @Test
    void d110_otherTokensOfTheProjectAndOfOthers() {
        Map<String, Object> idToken = Tokens.claims(fixture.clock);
        idToken.put("aud", "8c1e2f30-0000-4000-8000-000000000000");
        idToken.put("nonce", "n");
        idToken.remove("role");
        idToken.remove("session_id");
        refuse(Tokens.signed(EC, Tokens.json(idToken)));
        refuse(Tokens.without(EC, fixture.clock, "session_id"));
        refuse(Tokens.without(EC, fixture.clock, "role"));
        refuse(Tokens.user(EC, fixture.clock, "role", "admin"));
        refuse(Tokens.user(EC, fixture.clock, "aud", List.of("other")));
        refuse(Tokens.user(EC, fixture.clock, "aud", List.of("authenticated", 7)));
        refuse(Tokens.user(EC, fixture.clock, "aud", Map.of("x", "authenticated")));
        fixture.assertAccepted(Tokens.user(EC, fixture.clock, "aud", List.of("x", "authenticated")));
        refuse(Tokens.without(EC, fixture.clock, "iss"));
        refuse(Tokens.user(EC, fixture.clock, "iss", Tokens.ISSUER + "/"));
        refuse(Tokens.user(EC, fixture.clock, "iss", "https://other.supabase.co/auth/v1"));
        refuse(Tokens.user(STRANGER, fixture.clock));
    }

    @Test
    void d111_subjects() {
        refuse(Tokens.without(EC, fixture.clock, "sub"));
        for (Object sub : List.of(
                "",
                "user",
                7,
                Tokens.USER + " ",
                Tokens.USER + "\n",
                Tokens.USER + "\0",
                "{" + Tokens.USER + "}",
                "1-1-1-1-1",
                Tokens.USER.replace("-", ""))) {
            refuse(Tokens.user(EC, fixture.clock, "sub", sub));
            refuse(Tokens.user(EC, fixture.clock, "session_id", sub));
        }
        // One user is one user, however the id is spelled.
        fixture.assertAccepted(Tokens.user(EC, fixture.clock, "sub", Tokens.USER.toUpperCase(Locale.ROOT)));
    }

    /** The claims with one value replaced by raw JSON. */
    private static String replaced(String claim, String json) {
        Map<String, Object> claims = Tokens.claims(fixture.clock);
        claims.remove(claim);
        return "{\"" + claim + "\":" + json + "," + Tokens.json(claims).substring(1);
    }

    private static void refuse(String token) {
        assertThat(fixture.refusal(List.of("Bearer " + token)).code()).isEqualTo(TOKEN_INVALID);
    }
}
