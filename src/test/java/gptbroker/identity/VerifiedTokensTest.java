package gptbroker.identity;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.identity.TokenVerifier.Verified;
import gptbroker.ops.Meters;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How long a conclusion about a token is kept. */
class VerifiedTokensTest {
    private static final TestKey KEY = TestKey.es256("key");
    private static final TestKey OTHER = TestKey.es256("other");

    private final TestClock clock = new TestClock();
    private final FakeIssuer issuer = new FakeIssuer();
    private final IssuerClient client = new IssuerClient();
    private final JwksKeys keys = new JwksKeys(
            new JwksSource(client, issuer.jwksUrl(), Optional.empty()),
            Fixture.TTL,
            Fixture.MAX_STALE,
            clock,
            new Meters());
    private final TokenVerifier verifier = new TokenVerifier(
            keys, Optional.empty(), false, new ClaimRules(Fixture.Options.PLAIN.config(issuer), clock));
    private final VerifiedTokens tokens = new VerifiedTokens(verifier, Fixture.TTL, clock, clock);

    @AfterEach
    void stop() {
        keys.close();
        client.close();
        issuer.close();
    }

    @Test
    void untilTheTokenExpires() {
        String token = Tokens.user(KEY, clock, "exp", clock.epochSecond() + 60);
        TokenHash hash = remember(token);
        clock.advance(Duration.ofSeconds(59));
        assertThat(tokens.find(hash)).isPresent();
        clock.advance(Duration.ofSeconds(1));
        assertThat(tokens.find(hash)).isEmpty();
    }

    @Test
    void forOneLifeOfTheKeySet() {
        TokenHash hash = remember(Tokens.user(KEY, clock));
        clock.advance(Fixture.TTL.minusSeconds(1));
        keys.tick().join();
        assertThat(tokens.find(hash)).isPresent();
        clock.advance(Duration.ofSeconds(1));
        assertThat(tokens.find(hash)).isEmpty();
    }

    @Test
    void asLongAsTheKeyIsInTheSet() {
        TokenHash hash = remember(Tokens.user(KEY, clock));
        issuer.serve(OTHER);
        clock.advance(Duration.ofMinutes(9));
        assertThat(tokens.find(hash)).isPresent();
        keys.tick().join();
        assertThat(tokens.find(hash)).isEmpty();
    }

    @Test
    void untilTheyAreForgotten() {
        TokenHash hash = remember(Tokens.user(KEY, clock));
        tokens.clear();
        assertThat(tokens.find(hash)).isEmpty();
    }

    @Test
    void notAtAllWhenOnlyTheIssuerCanTell() {
        Verified verified = new Verified(verified(Tokens.user(KEY, clock)).caller(), Optional.empty());
        TokenHash hash = TokenHash.of(TokenHash.sha256("token"));
        tokens.add(hash, verified);
        assertThat(tokens.find(hash)).isEmpty();
    }

    private TokenHash remember(String token) {
        TokenHash hash = TokenHash.of(TokenHash.sha256(token));
        tokens.add(hash, verified(token));
        return hash;
    }

    private Verified verified(String token) {
        issuer.serve(KEY);
        return verifier.verify(token);
    }
}
