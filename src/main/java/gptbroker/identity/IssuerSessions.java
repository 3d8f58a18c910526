package gptbroker.identity;

import static gptbroker.problem.ProblemCode.IDENTITY_UNAVAILABLE;
import static gptbroker.problem.ProblemCode.TOKEN_INVALID;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import gptbroker.config.Secret;
import gptbroker.problem.Problem;
import java.io.IOException;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code AUTH_STRICT}: asks the issuer's {@code /auth/v1/user} whether the session still stands, which alone sees
 * sign-out, ban and deletion. Answers, good and bad, are kept per token for {@code AUTH_STRICT_TTL}; callers with the
 * same token share one question. Thread-safe.
 */
final class IssuerSessions {
    private static final int MAX_ANSWERS = 100_000;
    /** Anyone can make up tokens whose signature only the issuer can check, and each would be a question to it. */
    static final int UNPROVEN_AT_ONCE = 4;

    private static final Duration UNPROVEN_WAIT = Duration.ofSeconds(2);
    private static final Duration PROVEN_FOR = Duration.ofHours(1);
    private static final int OK = 200;
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(IssuerSessions.class);

    /** What the issuer says of a session. */
    private enum Standing {
        STANDS,
        ENDED,
        UNKNOWN
    }

    private final IssuerClient issuer;
    private final URI url;
    private final Optional<Secret> apiKey;
    private final InstantSource clock;
    private final AsyncCache<TokenHash, Standing> answers;
    /** Tokens that the issuer has vouched for: no flood of made-up ones is in their way. */
    private final Cache<TokenHash, Boolean> proven;

    private final Semaphore unproven = new Semaphore(UNPROVEN_AT_ONCE);
    private volatile boolean failing;

    /**
     * Builds the check.
     *
     * @param url the issuer's user resource
     * @param apiKey what the issuer's gateway wants to see: service or anon key
     * @param ttl how long an answer holds
     */
    IssuerSessions(
            IssuerClient issuer,
            URI url,
            Optional<Secret> apiKey,
            Duration ttl,
            InstantSource clock,
            LongSupplier nanoTime) {
        this.issuer = issuer;
        this.url = url;
        this.apiKey = apiKey;
        this.clock = clock;
        answers = Caffeine.newBuilder()
                .maximumSize(MAX_ANSWERS)
                .expireAfter(Expiry.creating((TokenHash hash, Standing standing) -> lifeOf(standing, ttl)))
                .ticker(nanoTime::getAsLong)
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .buildAsync();
        proven = Caffeine.newBuilder()
                .maximumSize(MAX_ANSWERS)
                .expireAfterAccess(PROVEN_FOR)
                .ticker(nanoTime::getAsLong)
                .build();
    }

    /**
     * Returns if the session stands.
     *
     * @param signed whether the token's signature has been checked here; of others only a few are asked about at once
     * @throws Problem 401 {@code token_invalid} when it does not, 503 {@code identity_unavailable} when the issuer does
     *     not say
     */
    void require(TokenHash hash, String token, Caller caller, boolean signed) {
        switch (answers.get(hash, key -> signed ? ask(token, caller) : askInTurn(key, token, caller))
                .join()) {
            case STANDS -> {}
            case ENDED -> throw Problem.of(TOKEN_INVALID, "the issuer no longer knows this session");
            case UNKNOWN ->
                throw Problem.of(IDENTITY_UNAVAILABLE, "the issuer does not answer for sessions")
                        .retryAfter(RETRY_AFTER);
        }
    }

    /** Forgets all answers. */
    void clear() {
        answers.synchronous().invalidateAll();
        proven.invalidateAll();
    }

    /** An outage is asked about again after a second, by one of those who wait. */
    private static Duration lifeOf(Standing standing, Duration ttl) {
        return standing == Standing.UNKNOWN ? RETRY_AFTER : ttl;
    }

    private Standing askInTurn(TokenHash hash, String token, Caller caller) {
        if (proven.getIfPresent(hash) != null) {
            return ask(token, caller);
        }
        try {
            if (!unproven.tryAcquire(UNPROVEN_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
                return Standing.UNKNOWN;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Standing.UNKNOWN;
        }
        try {
            Standing standing = ask(token, caller);
            if (standing == Standing.STANDS) {
                proven.put(hash, true);
            }
            return standing;
        } finally {
            unproven.release();
        }
    }

    private Standing ask(String token, Caller caller) {
        try {
            IssuerClient.Answer answer = issuer.get(url, headers(token));
            return switch (answer.status()) {
                case OK -> standing(answer.body(), caller);
                case UNAUTHORIZED, FORBIDDEN -> refused(answer.body());
                default -> unknown("status " + answer.status());
            };
        } catch (IOException e) {
            return unknown(e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return unknown("interrupted");
        }
    }

    private Standing unknown(String reason) {
        if (!failing) {
            LOG.warn("Sessions cannot be checked with the issuer: {}", reason);
        }
        failing = true;
        return Standing.UNKNOWN;
    }

    /** A gateway in front of the issuer that refuses our {@code apikey} says nothing about the token. */
    private Standing refused(byte[] body) {
        boolean ours = StrictJson.object(body)
                .filter(fields -> fields.path("message").asText().contains("API key"))
                .isPresent();
        return ours ? unknown("the gateway refuses our API key") : Standing.ENDED;
    }

    /** Never the caller's own headers: a secret {@code apikey} beside a browser's User-Agent is refused. */
    private Map<String, String> headers(String token) {
        Map<String, String> headers = new HashMap<>();
        headers.put("Authorization", "Bearer " + token);
        apiKey.ifPresent(key -> headers.put("apikey", key.reveal()));
        return headers;
    }

    private Standing standing(byte[] body, Caller caller) {
        Optional<ObjectNode> user = StrictJson.object(body);
        if (user.isEmpty()) {
            return unknown("not a JSON object");
        }
        if (failing) {
            failing = false;
            LOG.info("Sessions can be checked with the issuer again");
        }
        return user.filter(fields -> isActive(fields, caller)).isPresent() ? Standing.STANDS : Standing.ENDED;
    }

    private boolean isActive(ObjectNode user, Caller caller) {
        return caller.id().equalsIgnoreCase(user.path("id").asText())
                && !user.hasNonNull("deleted_at")
                && !isBanned(user.path("banned_until"));
    }

    private boolean isBanned(JsonNode until) {
        if (until.isMissingNode() || until.isNull()) {
            return false;
        }
        try {
            Instant end = OffsetDateTime.parse(until.asText()).toInstant();
            return clock.instant().isBefore(end);
        } catch (DateTimeException e) {
            return true; // a ban whose end we cannot read has not ended
        }
    }
}
