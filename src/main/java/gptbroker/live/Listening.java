package gptbroker.live;

import gptbroker.http.ClientGone;
import gptbroker.identity.Caller;
import gptbroker.problem.Problem;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One reader from its first frame to its end: it leaves, may hear no more, or the broker stops. Between frames it wakes
 * every 15 s.
 */
final class Listening {
    private static final Logger LOG = LoggerFactory.getLogger(Listening.class);

    /**
     * How often things are done.
     *
     * @param ping heartbeats
     * @param check asks anew whether the reader may listen
     */
    record Rhythm(Duration ping, Duration check) {
        static final Rhythm USUAL = new Rhythm(Duration.ofSeconds(15), Duration.ofSeconds(30));
    }

    private final Subscription subscription;
    private final Line line;
    private final Supplier<Caller> check;
    private final Rhythm rhythm;
    private final InstantSource clock;
    private Instant expiry;

    /** @param check who still listens; throws {@link Problem} when nobody may */
    Listening(
            Subscription subscription,
            Line line,
            Caller caller,
            Supplier<Caller> check,
            Rhythm rhythm,
            InstantSource clock) {
        this.subscription = subscription;
        this.line = line;
        this.expiry = caller.expiresAt();
        this.check = check;
        this.rhythm = rhythm;
        this.clock = clock;
    }

    /** Listens to the end. */
    void run() throws ClientGone, InterruptedException {
        long nextPing = System.nanoTime() + rhythm.ping().toNanos();
        long nextCheck = System.nanoTime() + untilCheck();
        while (true) {
            long now = System.nanoTime();
            Optional<Heard> heard = subscription.next(Duration.ofNanos(Math.min(nextPing, nextCheck) - now));
            if (heard.isPresent()) {
                line.send(heard.get());
            }
            if (!line.tend()) {
                line.end(Line.End.STOPPING);
                return;
            }
            now = System.nanoTime();
            if (now - nextCheck >= 0) {
                if (!mayStay()) {
                    line.end(Line.End.DENIED);
                    return;
                }
                nextCheck = now + untilCheck();
            }
            if (now - nextPing >= 0) {
                line.ping();
                nextPing = now + rhythm.ping().toNanos();
            }
        }
    }

    /** At the latest when the credential ends. */
    private long untilCheck() {
        Duration left = Duration.between(clock.instant(), expiry);
        return left.compareTo(rhythm.check()) < 0
                ? Math.max(0, left.toNanos())
                : rhythm.check().toNanos();
    }

    private boolean mayStay() {
        if (!clock.instant().isBefore(expiry)) {
            return false;
        }
        try {
            expiry = check.get().expiresAt();
            return true;
        } catch (Problem problem) {
            // Whoever cannot be asked right now may stay until the credential's end.
            LOG.debug("a reader is not allowed any more: {}", problem.code());
            return problem.code().status() >= 500;
        }
    }
}
