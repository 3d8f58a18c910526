package gptbroker.account;

import static java.nio.charset.StandardCharsets.UTF_8;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.RedisKeys;
import gptbroker.store.RedisPipe;
import gptbroker.store.RedisReply;
import gptbroker.store.RedisScript;
import gptbroker.store.StoreUnavailable;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How often a password may be guessed and an account be made: counted in Redis, so by all replicas together. What is
 * right is taken back, so that only failures count; what is refused does not count, so that waiting helps. Thread-safe.
 *
 * <p>The narrowest limit is on a name from one address: it is reached before the one on the name alone, so that nobody
 * locks another out from a single place. Without Redis there is no guessing at all: 503.
 */
public final class Throttle {
    private static final Logger LOG = LoggerFactory.getLogger(Throttle.class);
    private static final RedisScript TAKE = RedisScript.resource(Throttle.class, "take");
    private static final RedisScript FORGIVE = RedisScript.resource(Throttle.class, "forgive");
    private static final Duration GUESS_WINDOW = Duration.ofMinutes(15);
    private static final Duration SIGNUP_WINDOW = Duration.ofHours(1);
    private static final Duration TURN_WINDOW = Duration.ofMinutes(1);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);
    private static final int PAIR = 10;
    private static final int NAME = 50;
    private static final int ADDRESS = 100;

    private final RedisPipe redis;
    private final RedisKeys keys;
    private final int signups;
    private final int turns;

    /**
     * Counts in this Redis.
     *
     * @param signups accounts an hour and client address; 0 = no limit
     * @param turns turns of the gateway's chats a minute and caller; 0 = no limit
     */
    Throttle(RedisPipe redis, RedisKeys keys, int signups, int turns) {
        this.redis = redis;
        this.keys = keys;
        this.signups = signups;
        this.turns = turns;
    }

    private record Counter(byte[] key, int limit, Duration window) {}

    /** An attempt that counts until it is forgiven. */
    final class Attempt {
        private final List<Counter> counters;

        private Attempt(List<Counter> counters) {
            this.counters = counters;
        }

        /** It was right. */
        void forgive() {
            try {
                redis.run(FORGIVE, counters.stream().map(Counter::key).toList(), List.of());
            } catch (StoreUnavailable away) {
                // Then it counts for a quarter of an hour, which is no reason to refuse a right password.
            }
        }
    }

    /**
     * Counts a guess of a password.
     *
     * @param name what makes the name unique, whether there is such an account or not
     * @param address the client's network
     * @throws Problem 429 {@code attempts_exceeded}; 503 {@code identity_unavailable} without Redis
     */
    Attempt guess(String name, String address) {
        return take(List.of(
                counter(PAIR, GUESS_WINDOW, "pair", name, address),
                counter(NAME, GUESS_WINDOW, "name", name),
                counter(ADDRESS, GUESS_WINDOW, "address", address)));
    }

    /** Counts a sign-up; as {@link #guess}. */
    Attempt signup(String address) {
        return take(signups == 0 ? List.of() : List.of(counter(signups, SIGNUP_WINDOW, "signup", address)));
    }

    /**
     * Counts a turn at {@code POST /chat/}. While Redis is away it is admission that decides.
     *
     * @throws Problem 429 {@code rate_exceeded}
     */
    public void turn(String callerId) {
        if (turns > 0) {
            try {
                long wait = ask(List.of(counter(turns, TURN_WINDOW, "turn", callerId)));
                if (wait > 0) {
                    throw Problem.of(ProblemCode.RATE_EXCEEDED).retryAfter(Duration.ofMillis(wait));
                }
            } catch (StoreUnavailable away) {
                LOG.debug("turns not counted: {}", away.getMessage());
            }
        }
    }

    private Attempt take(List<Counter> counters) {
        if (counters.isEmpty()) {
            return new Attempt(counters);
        }
        try {
            long wait = ask(counters);
            if (wait > 0) {
                throw Problem.of(ProblemCode.ATTEMPTS_EXCEEDED).retryAfter(Duration.ofMillis(wait));
            }
            return new Attempt(counters);
        } catch (StoreUnavailable away) {
            throw Problem.of(ProblemCode.IDENTITY_UNAVAILABLE, "attempts cannot be counted", away)
                    .retryAfter(RETRY_AFTER);
        }
    }

    /** Milliseconds to wait; 0 when it has been counted. */
    private long ask(List<Counter> counters) {
        var args = new ArrayList<byte[]>();
        for (Counter counter : counters) {
            args.add(Integer.toString(counter.limit()).getBytes(UTF_8));
            args.add(Long.toString(counter.window().toMillis()).getBytes(UTF_8));
        }
        RedisReply reply = redis.run(TAKE, counters.stream().map(Counter::key).toList(), args);
        return reply.number(0);
    }

    /** All in one slot; names and addresses only as hashes. */
    private Counter counter(int limit, Duration window, String kind, String... of) {
        return new Counter(
                keys.key(0, "try:" + kind + ":" + hash(String.join("\0", of))).getBytes(UTF_8), limit, window);
    }

    private static String hash(String text) {
        try {
            byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
            return HexFormat.of().formatHex(Arrays.copyOf(sha256, 16));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
