package gptbroker;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns SIGTERM and Ctrl-C into an orderly end of the main thread: the hook asks, waits until the main thread has closed
 * everything, and ends the process with its exit code.
 */
final class Shutdown {
    private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);

    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile Duration patience = Duration.ofSeconds(60);
    private volatile int code;

    /** Installs the hook. */
    void install() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::hook, "shutdown"));
    }

    /** How long the hook waits before it gives up; a stop that hangs is worse than one that is cut. */
    void patience(Duration limit) {
        patience = limit;
    }

    /** Blocks until a signal has come. */
    void await() throws InterruptedException {
        asked.await();
    }

    /** Whether a signal has come. */
    boolean isAsked() {
        return asked.getCount() == 0;
    }

    /** Ends the process; the last call of the main thread. */
    void exit(int exitCode) {
        code = exitCode;
        ended.countDown();
        // During a shutdown this blocks until the hook has halted the process.
        System.exit(exitCode);
    }

    private void hook() {
        asked.countDown();
        try {
            if (ended.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                Runtime.getRuntime().halt(code);
            }
            LOG.error("could not stop within {} s", patience.toSeconds());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
