package gptbroker.identity;

import static gptbroker.problem.ProblemCode.NOT_SIGNED_IN;

import gptbroker.config.BrokerConfig;
import gptbroker.config.Secret;
import gptbroker.identity.TokenVerifier.Verified;
import gptbroker.ops.Meters;
import gptbroker.problem.Problem;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * Believes access tokens of one Supabase project, nothing else. Thread-safe; close it when the last request is through.
 */
public final class SupabaseAuthenticator implements AutoCloseable {
    private static final String API_KEY_PREFIX = "sb_";

    private final List<KeyDigest> projectKeys;
    private final IssuerClient issuer;
    private final JwksKeys keys;
    private final Optional<VerificationKey> secret;
    private final TokenVerifier verifier;
    private final VerifiedTokens verified;
    private final Optional<IssuerSessions> sessions;
    private final Verifications verifications;

    SupabaseAuthenticator(BrokerConfig.Identity config, InstantSource clock, LongSupplier nanoTime, Meters meters) {
        projectKeys = Stream.of(config.anonKey(), config.serviceKey())
                .map(KeyDigest::new)
                .toList();
        issuer = new IssuerClient();
        keys = new JwksKeys(
                new JwksSource(issuer, config.jwksUrl(), config.anonKey()),
                config.jwksTtl(),
                config.jwksMaxStale(),
                nanoTime,
                meters);
        secret = config.jwtSecret().filter(text -> !text.reveal().isEmpty()).map(VerificationKey::hmac);
        Optional<Secret> apiKey = config.serviceKey().or(config::anonKey);
        boolean issuerChecksHs256 = config.strict() && apiKey.isPresent();
        verifier = new TokenVerifier(keys, secret, issuerChecksHs256, new ClaimRules(config, clock));
        verified = new VerifiedTokens(verifier, config.jwksTtl(), clock, nanoTime);
        sessions = config.strict()
                ? Optional.of(new IssuerSessions(issuer, userUrl(config), apiKey, config.strictTtl(), clock, nanoTime))
                : Optional.empty();
        verifications = new Verifications(meters);
    }

    /** Starts with the key set on its way; does not wait for it, see {@link #ready()}. */
    public static SupabaseAuthenticator start(BrokerConfig.Identity config, InstantSource clock, Meters meters) {
        SupabaseAuthenticator authenticator = new SupabaseAuthenticator(config, clock, System::nanoTime, meters);
        authenticator.keys.start();
        return authenticator;
    }

    /**
     * The user of an access token.
     *
     * @param sha256 of the credential's text
     * @throws Problem 401 {@code token_invalid} or {@code not_signed_in}; 403 {@code anonymous_denied}, or
     *     {@code access_denied} for tokens of OAuth clients, unless they are allowed; 503 {@code identity_unavailable}
     */
    Caller authenticate(String credential, byte[] sha256) {
        TokenHash hash = TokenHash.of(sha256);
        Optional<Caller> known = verified.find(hash);
        Caller caller = known.orElseGet(() -> verify(credential, sha256, hash));
        // Only what was signed by a key we know is remembered.
        sessions.ifPresent(check -> check.require(
                hash,
                credential,
                caller,
                known.isPresent() || verified.find(hash).isPresent()));
        verifications.accepted(known.isPresent());
        return caller;
    }

    /** Whether users can be recognised at all: a key set is in force, or HS256 is configured. */
    public boolean ready() {
        return secret.isPresent() || keys.ready();
    }

    /** Forgets keys and everything that was concluded from them: for a key or session that has to go at once. */
    public void purge() {
        keys.purge();
        verified.clear();
        sessions.ifPresent(IssuerSessions::clear);
    }

    @Override
    public void close() {
        keys.close();
        issuer.close();
    }

    /** The counters of what became of credentials. */
    Verifications verifications() {
        return verifications;
    }

    /** The background's work of one second, for tests that move the clock. */
    JwksKeys keys() {
        return keys;
    }

    private Caller verify(String credential, byte[] digest, TokenHash hash) {
        // What supabase-js sends in place of a token when nobody is signed in.
        if (credential.startsWith(API_KEY_PREFIX) || projectKeys.stream().anyMatch(key -> key.matches(digest))) {
            throw Problem.of(NOT_SIGNED_IN);
        }
        Verified fresh = verifier.verify(credential);
        verified.add(hash, fresh);
        return fresh.caller();
    }

    private static URI userUrl(BrokerConfig.Identity config) {
        String base = config.supabaseUrl().toString();
        return URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + "/auth/v1/user");
    }
}
