package gptbroker.admission;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One append-only file of frames: length, CRC-32C, payload. Locked while it is written or replayed, so that several
 * brokers can share a directory.
 */
final class SpillSegment implements AutoCloseable {
    private static final int HEADER = 8;
    private static final int MAX_PAYLOAD = 64 << 20;

    private final Path path;
    private final RandomAccessFile file;
    private final FileLock lock;
    private final Object writing = new Object();
    private final Object syncing = new Object();
    private volatile long written;
    private long synced;

    private SpillSegment(Path path, RandomAccessFile file, FileLock lock) {
        this.path = path;
        this.file = file;
        this.lock = lock;
    }

    /** Opens and locks a file, creating it; null when another process or part has it. */
    static @Nullable SpillSegment open(Path path) throws IOException {
        // Not a FileChannel: an interrupt of the request thread would close it under everybody.
        var file = new RandomAccessFile(path.toFile(), "rw");
        try {
            FileLock lock = file.getChannel().tryLock();
            if (lock != null) {
                return new SpillSegment(path, file, lock);
            }
        } catch (OverlappingFileLockException e) {
            // another part of this process
        }
        file.close();
        return null;
    }

    Path path() {
        return path;
    }

    /** Appends a frame; it is on the disk when this returns. Calls that wait together share one sync. */
    void append(byte[] payload) throws IOException {
        var frame = ByteBuffer.allocate(HEADER + payload.length);
        frame.putInt(payload.length).putInt(checksum(payload)).put(payload);
        long end;
        synchronized (writing) {
            long start = written;
            try {
                file.seek(start);
                file.write(frame.array());
            } catch (IOException e) {
                file.setLength(start); // half a frame would hide those behind it
                throw e;
            }
            written = start + frame.capacity();
            end = written;
        }
        synchronized (syncing) {
            if (synced < end) {
                long upTo = written;
                file.getFD().sync();
                synced = upTo;
            }
        }
    }

    /** What the file holds, up to the first frame that is not whole. */
    Content read() throws IOException {
        List<byte[]> payloads = new ArrayList<>();
        file.seek(0);
        // Not closed, nor opened anew: closing any descriptor of a file gives up the process' lock on it (POSIX).
        var in = new DataInputStream(new BufferedInputStream(new FileInputStream(file.getFD())));
        try {
            while (true) {
                int length = in.readInt();
                int checksum = in.readInt();
                if (length < 0 || length > MAX_PAYLOAD) {
                    return new Content(payloads, true);
                }
                byte[] payload = new byte[length];
                in.readFully(payload);
                if (checksum(payload) != checksum) {
                    return new Content(payloads, true);
                }
                payloads.add(payload);
            }
        } catch (EOFException e) {
            return new Content(payloads, false); // the end, or a frame whose write was never acknowledged
        }
    }

    /** @param damaged whether bytes were found that are no torn end */
    record Content(List<byte[]> payloads, boolean damaged) {}

    @Override
    public void close() throws IOException {
        lock.release();
        file.close();
    }

    private static int checksum(byte[] payload) {
        var crc = new CRC32C();
        crc.update(payload, 0, payload.length);
        return (int) crc.getValue();
    }
}
