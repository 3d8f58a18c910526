package gptbroker.dev;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Comparator;
import java.util.Set;

/**
 * The folder that holds everything of {@code broker dev}: stores, secrets, keys. One broker at a time owns it, held by
 * a file lock that the kernel frees even after {@code kill -9}. Thread-safe.
 */
public final class DataDir implements AutoCloseable {
    private static final Set<PosixFilePermission> PRIVATE_FILE = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> PRIVATE_FOLDER = PosixFilePermissions.fromString("rwx------");
    private static final int SECRET_BYTES = 24;

    private final Path path;
    private final FileChannel lock;

    private DataDir(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Creates the folder where needed and takes it.
     *
     * @throws DevException when another broker has it, or it cannot be written
     */
    public static DataDir open(Path folder) {
        var path = folder.toAbsolutePath().normalize();
        try {
            if (Files.notExists(path)) {
                Files.createDirectories(path);
                Files.setPosixFilePermissions(path, PRIVATE_FOLDER);
            }
            // The stores compare their working folder with this one, so it must not go through a link.
            path = path.toRealPath();
            return new DataDir(path, lock(path));
        } catch (IOException e) {
            throw new DevException("DATA_DIR " + path + " cannot be used: " + e, e);
        }
    }

    private static FileChannel lock(Path path) throws IOException {
        var channel =
                FileChannel.open(path.resolve("broker.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // Held by this very process: the same answer as for any other.
        }
        channel.close();
        throw new DevException("DATA_DIR " + path + " is in use by another broker; stop it, or choose another folder");
    }

    /** The folder, absolute and without links. */
    public Path path() {
        return path;
    }

    /** A sub-folder that only this user may enter, created where needed. */
    Path folder(String name) {
        try {
            var folder = path.resolve(name);
            if (Files.notExists(folder)) {
                Files.createDirectories(folder);
                Files.setPosixFilePermissions(folder, PRIVATE_FOLDER);
            }
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A random secret, URL-safe, made at first use and the same ever after. */
    String secret(String name) {
        var file = folder("secrets").resolve(name);
        try {
            if (Files.exists(file)) {
                return Files.readString(file).strip();
            }
            var bytes = new byte[SECRET_BYTES];
            new SecureRandom().nextBytes(bytes);
            var secret = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
            writePrivate(file, secret);
            return secret;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The port that this server had last time if it is free, else any free one, which is remembered. */
    int port(String server) {
        var file = path.resolve(server + ".port");
        try {
            if (Files.exists(file)) {
                int last = Integer.parseInt(Files.readString(file).strip());
                if (isFree(last)) {
                    return last;
                }
            }
            int port = freePort();
            writePrivate(file, Integer.toString(port));
            return port;
        } catch (IOException | NumberFormatException e) {
            throw new DevException("Port file " + file + " cannot be used; delete it", e);
        }
    }

    private static boolean isFree(int port) {
        try (var socket = new ServerSocket()) {
            // As the servers themselves do: the last connections of a killed one must not cost us the port.
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Replaces a file whole or not at all, readable by this user alone. */
    static void writePrivate(Path file, String text) throws IOException {
        var next = Files.createTempFile(
                file.toAbsolutePath().getParent(), ".", ".new", PosixFilePermissions.asFileAttribute(PRIVATE_FILE));
        try {
            try (var channel = FileChannel.open(next, StandardOpenOption.WRITE)) {
                var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(next);
        }
    }

    /** Removes a folder with all that is in it; nothing where there is none. */
    static void deleteAll(Path folder) throws IOException {
        if (Files.notExists(folder)) {
            return;
        }
        try (var all = Files.walk(folder)) {
            for (var file : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Gives the folder free for the next broker. */
    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
