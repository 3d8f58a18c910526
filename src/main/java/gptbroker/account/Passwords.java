package gptbroker.account;

import com.password4j.Argon2Function;
import com.password4j.BcryptFunction;
import com.password4j.HashingFunction;
import com.password4j.Password;
import com.password4j.types.Argon2;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.text.Normalizer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Hashes and checks passwords with argon2id (19 MiB, two passes: OWASP's first choice). Few at a time, on threads of
 * their own, so that a flood of sign-ins takes a bounded part of processor and memory from those who ask the model; whom
 * there is no room for is told to come back. Thread-safe.
 */
final class Passwords implements AutoCloseable {
    /** Made with the first password: it holds its 19 MiB for ever, which a broker without sign-ins has no use for. */
    private static final class Argon2id {
        static final Argon2Function FUNCTION = Argon2Function.getInstance(19_456, 2, 1, 32, Argon2.ID);
    }

    private static final int SALT_BYTES = 16;
    private static final int WAITING = 64;
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(3);

    /** What a password is compared with where there is none, so that it takes as long. */
    private static final String NOBODYS =
            "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlzLg$bm8gcGFzc3dvcmQgZXZlciBnaXZlcyB0aGlzIGhhc2g";

    private final ThreadPoolExecutor threads;

    /** @param atOnce how many are computed at a time */
    Passwords(int atOnce) {
        threads = new ThreadPoolExecutor(
                atOnce,
                atOnce,
                1,
                TimeUnit.MINUTES,
                new ArrayBlockingQueue<>(WAITING),
                Thread.ofPlatform().daemon().name("password-", 0).factory());
        threads.allowCoreThreadTimeOut(true);
    }

    /** A quarter of the processors, and one at least. */
    static Passwords ofThisMachine() {
        return new Passwords(Math.max(1, Runtime.getRuntime().availableProcessors() / 4));
    }

    /**
     * The hash of a password, with a salt of its own.
     *
     * @throws Problem 503 {@code overloaded} when too many wait
     */
    String hash(String password) throws InterruptedException {
        return run(() -> compute(password));
    }

    /**
     * Whether this is the password behind the hash; without a hash it takes as long, and is not.
     *
     * @throws Problem 503 {@code overloaded} when too many wait
     */
    boolean matches(String password, Optional<String> hash) throws InterruptedException {
        return run(() -> Password.check(normal(password), hash.orElse(NOBODYS)).with(function(hash.orElse(NOBODYS))))
                && hash.isPresent();
    }

    /** Whether a hash is weaker than what {@link #hash} makes today. */
    static boolean isOutdated(String hash) {
        return !function(hash).equals(Argon2id.FUNCTION);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    private static HashingFunction function(String hash) {
        return hash.startsWith("$argon2")
                ? Argon2Function.getInstanceFromHash(hash)
                : BcryptFunction.getInstanceFromHash(hash);
    }

    private static String compute(String password) {
        return Password.hash(normal(password))
                .addRandomSalt(SALT_BYTES)
                .with(Argon2id.FUNCTION)
                .getResult();
    }

    /** The same letters, however a keyboard composes them (NIST SP 800-63B §5.1.1.2). */
    private static String normal(String password) {
        return Normalizer.normalize(password, Normalizer.Form.NFKC);
    }

    private <T> T run(Callable<T> work) throws InterruptedException {
        Future<T> result;
        try {
            result = threads.submit(work);
        } catch (RejectedExecutionException full) {
            throw Problem.of(ProblemCode.OVERLOADED, "too many passwords wait").retryAfter(RETRY_AFTER);
        }
        try {
            return result.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException slow) {
            throw Problem.of(ProblemCode.OVERLOADED, "passwords take too long").retryAfter(RETRY_AFTER);
        } catch (ExecutionException e) {
            // The library's message could quote what it was given.
            throw new IllegalStateException("cannot compute a password's hash: "
                    + e.getCause().getClass().getName());
        } finally {
            result.cancel(false);
        }
    }
}
