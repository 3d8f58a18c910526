package gptbroker.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import gptbroker.config.BrokerConfig;
import gptbroker.config.Secret;
import gptbroker.ops.Meters;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** An authenticator against a fake issuer, with clocks that stand still; the background does nothing by itself. */
final class Fixture implements AutoCloseable {
    static final Duration TTL = Duration.ofMinutes(10);
    static final Duration MAX_STALE = Duration.ofHours(6);
    static final String ANON_KEY = "sb_publishable_anon";
    static final String ADMIN_KEY = "operator-key";
    private static final Realm EVERYBODY = new Realm(List.of(Place.BEARER), EnumSet.allOf(Caller.Kind.class));

    final TestClock clock = new TestClock();
    final Meters meters = new Meters();
    final FakeIssuer issuer = new FakeIssuer();
    final SupabaseAuthenticator authenticator;
    private final Principals principals;

    Fixture(Options options) {
        BrokerConfig.Identity config = options.config(issuer);
        authenticator = new SupabaseAuthenticator(config, clock, clock, meters);
        principals = new Principals(config, authenticator, KeyLookup.NONE, SessionLookup.NONE, new OwnPages(Set.of()));
    }

    /** What the tests vary. */
    record Options(
            Optional<String> secret,
            Optional<String> anonKey,
            Optional<String> serviceKey,
            boolean strict,
            boolean anonymousAllowed,
            boolean oauthClientsAllowed) {
        static final Options PLAIN =
                new Options(Optional.empty(), Optional.of(ANON_KEY), Optional.empty(), false, true, false);

        Options withSecret(String value) {
            return new Options(Optional.of(value), anonKey, serviceKey, strict, anonymousAllowed, oauthClientsAllowed);
        }

        Options withKeys(String anon, String service) {
            return new Options(
                    secret, Optional.of(anon), Optional.of(service), strict, anonymousAllowed, oauthClientsAllowed);
        }

        Options inStrictMode() {
            return new Options(secret, anonKey, serviceKey, true, anonymousAllowed, oauthClientsAllowed);
        }

        Options withPolicy(boolean anonymous, boolean oauthClients) {
            return new Options(secret, anonKey, serviceKey, strict, anonymous, oauthClients);
        }

        BrokerConfig.Identity config(FakeIssuer issuer) {
            return new BrokerConfig.Identity(
                    issuer.url(),
                    issuer.jwksUrl(),
                    Tokens.ISSUER,
                    Set.of("authenticated"),
                    Set.of("authenticated"),
                    secret.map(Secret::new),
                    anonKey.map(Secret::new),
                    serviceKey.map(Secret::new),
                    Optional.of(new Secret(ADMIN_KEY)),
                    strict,
                    Duration.ofSeconds(30),
                    anonymousAllowed,
                    oauthClientsAllowed,
                    8192,
                    TTL,
                    MAX_STALE,
                    false);
        }
    }

    Caller accept(String token) {
        return accept(List.of("Bearer " + token));
    }

    /** As a route would that lets users and the operator in. */
    Caller accept(List<String> authorization) {
        return principals.authenticate(name -> name.equals("Authorization") ? authorization : List.of(), EVERYBODY);
    }

    void assertAccepted(String token) {
        assertThat(accept(token).id()).isEqualTo(Tokens.USER);
    }

    void assertRefused(String token, ProblemCode code) {
        assertHeaderRefused(List.of("Bearer " + token), code);
    }

    void assertHeaderRefused(List<String> authorization, ProblemCode code) {
        assertThat(refusal(authorization).code()).isEqualTo(code);
    }

    Problem refusal(List<String> authorization) {
        Problem problem = catchThrowableOfType(Problem.class, () -> accept(authorization));
        assertThat(problem).as("refusal").isNotNull();
        return problem;
    }

    /** Moves the clocks and lets the background do what is due. */
    void advance(Duration duration) {
        clock.advance(duration);
        authenticator.keys().tick().join();
    }

    int fetches() {
        return issuer.jwksRequests.size();
    }

    @Override
    public void close() {
        authenticator.close();
        issuer.close();
    }
}
