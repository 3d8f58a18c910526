package gptbroker.faults;

import gptbroker.testing.Scratch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps the disk at writing, so that an fsync takes its time. While its last one is under way, Redis with
 * {@code appendfsync everysec} keeps what it has acknowledged in its own memory, up to two seconds.
 */
final class BusyDisk implements AutoCloseable {
    private static final int MEGABYTES = 64;

    private final Path folder = Scratch.folder("busy-disk");
    private final Thread thread = Thread.ofPlatform().name("busy-disk").start(this::write);
    private volatile boolean closed;

    private void write() {
        ByteBuffer megabyte = ByteBuffer.allocateDirect(1 << 20);
        while (!closed) {
            try (var file =
                    FileChannel.open(folder.resolve("waste"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                for (int i = 0; i < MEGABYTES && !closed; i++) {
                    file.write(megabyte.rewind());
                }
                file.force(true);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Scratch.remove(folder);
    }
}
