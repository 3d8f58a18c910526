package gptbroker.admission;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
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
    /** Of one segment and turn: each that waits has cost a question, and all of a partition may have to. */
    private static final int MOST_WAITING = 256;

    private final Path directory;
    private final String instance;
    private final ReentrantReadWriteLock rotation = new ReentrantReadWriteLock();
    /** Records of this process by segment; another broker that shares the directory may replay a segment, too. */
    private final Map<Path, Long> waiting = new ConcurrentHashMap<>();
    /** What need not be asked again of segments that are not done; used under the drain's lock. */
    private final Map<Path, BitSet> partlyDone = new HashMap<>();

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
        byte[] payload = spilled.encode();
        while (!appended(payload)) {
            openActive(); // the replay has just retired the segment, or there was none yet
        }
    }

    private boolean appended(byte[] payload) throws IOException {
        rotation.readLock().lock();
        try {
            SpillSegment segment = active;
            if (segment == null) {
                return false;
            }
            segment.append(payload);
            if (waiting.isEmpty()) {
                oldestNanos = System.nanoTime();
            }
            waiting.merge(segment.path(), 1L, Long::sum);
            return true;
        } finally {
            rotation.readLock().unlock();
        }
    }

    /** Records of this process that wait for their replay. */
    long depth() {
        return waiting.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Seconds since the oldest of them was written; 0 when there is none. */
    double oldestSeconds() {
        return waiting.isEmpty() ? 0 : (System.nanoTime() - oldestNanos) / 1e9;
    }

    /** Takes one record further; false when this one has to wait, throws when all have to. */
    interface Replay {
        boolean apply(SpillRecord spilled) throws Exception;
    }

    /**
     * Replays everything that nobody else is writing or replaying, segment by segment, in order. A segment goes when all
     * of it is done; one of which a part has to wait is replayed again from its start, which is without effect on what
     * was done. What waits holds up nothing behind it, unless very many do.
     *
     * @throws Exception what {@code replay} throws: the rest waits
     */
    synchronized void drain(Replay replay) throws Exception {
        retireActive();
        List<Path> segments;
        try (var files = Files.list(directory)) {
            segments = files.filter(file -> file.toString().endsWith(ENDING))
                    .sorted()
                    .toList();
        }
        var there = new HashSet<>(segments);
        waiting.keySet().removeIf(path -> !there.contains(path) && !isActive(path));
        partlyDone.keySet().retainAll(there);
        for (Path path : segments) {
            SpillSegment segment = isActive(path) ? null : SpillSegment.open(path);
            if (segment != null) {
                try (segment) {
                    drain(segment, replay);
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

    private void drain(SpillSegment segment, Replay replay) throws Exception {
        Path path = segment.path();
        var content = segment.read();
        boolean damaged = content.damaged();
        var done = (BitSet) partlyDone.getOrDefault(path, new BitSet()).clone();
        int waits = 0;
        for (int i = done.nextClearBit(0); i < content.payloads().size(); i = done.nextClearBit(i + 1)) {
            try {
                done.set(i, replay.apply(SpillRecord.decode(content.payloads().get(i))));
                waits += done.get(i) ? 0 : 1;
            } catch (SpillRecord.Unreadable e) {
                damaged = true; // of another version; it must not hold up the rest
            }
            if (waits == MOST_WAITING) {
                break;
            }
        }
        if (waits > 0) {
            partlyDone.put(path, done);
            return;
        }
        partlyDone.remove(path);
        if (damaged) {
            LOG.error(
                    "Spill {} cannot be read in full; {} records found, the file is kept",
                    path,
                    content.payloads().size());
            Files.move(path, path.resolveSibling(path.getFileName() + ".damaged"), StandardCopyOption.ATOMIC_MOVE);
        } else {
            Files.deleteIfExists(path); // another broker may have replayed it between our look and our lock
        }
        if (waiting.remove(path) != null) {
            oldestNanos = System.nanoTime();
        }
    }

    private void openActive() throws IOException {
        rotation.writeLock().lock();
        try {
            if (active == null) {
                active = SpillSegment.open(directory.resolve("%s-%08d%s".formatted(instance, sequence++, ENDING)));
            }
        } finally {
            rotation.writeLock().unlock();
        }
    }

    /** Opening it again, even only to find it locked, would release our lock on it (POSIX). */
    private boolean isActive(Path path) {
        rotation.readLock().lock();
        try {
            return active != null && active.path().equals(path);
        } finally {
            rotation.readLock().unlock();
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
