package gptbroker.dev;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes a changing state to a file, aside and at most every {@value #PAUSE_MILLIS} ms, however often it changes. */
final class Saver implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Saver.class);
    private static final int PAUSE_MILLIS = 50;

    private final Path file;
    private final Supplier<String> snapshot;
    private final Semaphore changes = new Semaphore(0);
    private final Thread writer;
    private volatile boolean closing;

    Saver(Path file, Supplier<String> snapshot) {
        this.file = file;
        this.snapshot = snapshot;
        this.writer = Thread.ofVirtual().name("saver").start(this::run);
    }

    /** There is something to write. */
    void changed() {
        changes.release();
    }

    private void run() {
        try {
            while (!closing) {
                changes.acquire();
                changes.drainPermits();
                save();
                Wire.pause(PAUSE_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void save() {
        try {
            DataDir.writePrivate(file, snapshot.get());
        } catch (IOException e) {
            log.warn("{} cannot be written: {}", file, e.toString());
        }
    }

    /** Writes the last state. */
    @Override
    public void close() {
        closing = true;
        changes.release();
        try {
            writer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        save();
    }
}
