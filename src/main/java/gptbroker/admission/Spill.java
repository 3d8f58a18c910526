package gptbroker.admission;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The local journal of what could not be told to Redis: append-only segments, each record on the disk before its call
 * ends, replayed when Redis is back, by this process or the next. Holds content, so only its owner may read it.
 * Thread-safe.
 */
final class Spill implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Spill.class);
    private static final String ENDING = ".spill";

    private final Path directory;
    private final String instance;
    private final ReentrantReadWriteLock rotation = new ReentrantReadWriteLock();
    private final AtomicLong waiting = new AtomicLong();
    private @Nullable SpillSegment active;
    private int sequence;
    private volatile long oldestNanos;

    /** @throws UncheckedIOException when the directory cannot be made */
    Spill(Path directory, String instance) {
        this.directory = directory;
        this.instance = instance;
        try {
            Files.createDirectories(directory);
            if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Keeps a record; it survives {@code kill -9} and power loss when this returns. */
    void append(SpillRecord spilled) throws IOException {
        ensureActive();
        rotation.readLock().lock();
        try {
            SpillSegment segment = active;
            if (segment == null) {
                throw new IOException("the spill is closed");
            }
            segment.append(spilled.encode());
            if (waiting.getAndIncrement() == 0) {
                oldestNanos = System.nanoTime();
            }
        } finally {
            rotation.readLock().unlock();
        }
    }

    /** Records of this process that wait for their replay. */
    long depth() {
        return waiting.get();
    }

    /** Seconds since the oldest of them was written; 0 when there is none. */
    double oldestSeconds() {
        return waiting.get() == 0 ? 0 : (System.nanoTime() - oldestNanos) / 1e9;
    }

    /** Takes one record further; throws to be asked again later. */
    interface Replay {
        void apply(SpillRecord spilled) throws Exception;
    }

    /**
     * Replays everything that nobody else is writing or replaying, segment by segment, in order. A segment goes when all
     * of it is done; one that was cut short is replayed again from its start, which is without effect on what was done.
     *
     * @throws Exception what {@code replay} throws: the rest waits
     */
    void drain(Replay replay) throws Exception {
        retireActive();
        List<Path> segments;
        try (var files = Files.list(directory)) {
            segments = files.filter(file -> file.toString().endsWith(ENDING))
                    .sorted()
                    .toList();
        }
        for (Path path : segments) {
            SpillSegment segment = SpillSegment.open(path);
            if (segment != null) {
                try (segment) {
                    drain(path, replay);
                }
            }
        }
    }

    /** Ends writing; what waits is replayed at the next start. */
    @Override
    public void close() {
        try {
            retireActive();
        } catch (IOException e) {
            LOG.warn("closing the spill: {}", e.toString());
        }
    }

    private void drain(Path path, Replay replay) throws Exception {
        var content = SpillSegment.read(path);
        for (byte[] payload : content.payloads()) {
            replay.apply(SpillRecord.decode(payload));
        }
        if (content.damaged()) {
            LOG.error(
                    "Spill {} is damaged behind {} records; kept aside",
                    path,
                    content.payloads().size());
            Files.move(path, path.resolveSibling(path.getFileName() + ".damaged"), StandardCopyOption.ATOMIC_MOVE);
        } else {
            Files.delete(path);
        }
        if (path.getFileName().toString().startsWith(instance)) {
            waiting.addAndGet(-content.payloads().size());
            oldestNanos = System.nanoTime();
        }
    }

    private void ensureActive() throws IOException {
        rotation.readLock().lock();
        try {
            if (active != null) {
                return;
            }
        } finally {
            rotation.readLock().unlock();
        }
        rotation.writeLock().lock();
        try {
            if (active == null) {
                active = SpillSegment.open(directory.resolve("%s-%08d%s".formatted(instance, sequence++, ENDING)));
            }
        } finally {
            rotation.writeLock().unlock();
        }
    }

    private void retireActive() throws IOException {
        rotation.writeLock().lock();
        try {
            if (active != null) {
                active.close();
            }
            active = null;
        } finally {
            rotation.writeLock().unlock();
        }
    }
}
