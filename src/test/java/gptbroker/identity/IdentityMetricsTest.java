package gptbroker.identity;

import static gptbroker.problem.ProblemCode.NOT_SIGNED_IN;
import static gptbroker.problem.ProblemCode.TOKEN_INVALID;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class IdentityMetricsTest {
    private static final TestKey KEY = TestKey.es256("key");

    private final Fixture fixture = new Fixture(Fixture.Options.PLAIN);

    @AfterEach
    void stop() {
        fixture.close();
    }

    @Test
    void countsCredentialsByWhatBecameOfThem() {
        fixture.issuer.serve(KEY);
        String token = Tokens.user(KEY, fixture.clock);
        fixture.assertAccepted(token);
        fixture.assertAccepted(token);
        fixture.assertAccepted(token);
        fixture.accept(Fixture.ADMIN_KEY);
        fixture.assertRefused("garbage", TOKEN_INVALID);
        fixture.assertRefused(Fixture.ANON_KEY, NOT_SIGNED_IN);
        assertThat(verifications("verified")).isEqualTo(1);
        assertThat(verifications("cached")).isEqualTo(2);
        assertThat(verifications("admin")).isEqualTo(1);
        assertThat(verifications("token_invalid")).isEqualTo(1);
        assertThat(verifications("not_signed_in")).isEqualTo(1);
        assertThat(verifications("identity_unavailable")).isZero();
    }

    @Test
    void countsFetchesAndTellsTheAgeOfTheSet() {
        fixture.issuer.serve(KEY);
        fixture.advance(Duration.ZERO);
        fixture.issuer.serve(FakeIssuer.Reply.of(500, ""));
        fixture.advance(Duration.ofMinutes(9));
        assertThat(fetches("ok")).isEqualTo(1);
        assertThat(fetches("failed")).isEqualTo(1);
        assertThat(fixture.meters
                        .gauge("gpt_broker_jwks_age_seconds", "", () -> -1.0)
                        .value())
                .isEqualTo(540.0);
    }

    private long verifications(String outcome) {
        return fixture.meters
                .counter("gpt_broker_identity_verifications_total", "", "outcome", outcome)
                .count();
    }

    private long fetches(String outcome) {
        return fixture.meters
                .counter("gpt_broker_jwks_fetches_total", "", "outcome", outcome)
                .count();
    }
}
