package gptbroker.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports for processes of their own, which must be told where to listen. They lie below the range out of which the kernel
 * gives a port to every outgoing connection: one of that range, free just now, may be some client's the moment its server
 * starts, or while it is restarted; a client that knocks at the closed port of a killed server may even be connected to
 * itself, and hold it. Thread-safe.
 */
public final class Ports {
    private static final Path KERNELS = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
    private static final int FIRST = 12_000;
    /** Where Linux begins, unless told otherwise. */
    private static final int USUAL_END = 32_768;

    private static final int END = end();
    private static final AtomicInteger NEXT =
            new AtomicInteger(ThreadLocalRandom.current().nextInt(END - FIRST));

    private Ports() {}

    /** A port on which nobody listens, and which this process gives to nobody else for a long time. */
    public static int free() {
        for (int i = FIRST; i < END; i++) {
            int port = FIRST + Math.floorMod(NEXT.getAndIncrement(), END - FIRST);
            if (isFree(port)) {
                return port;
            }
        }
        throw new IllegalStateException("no port is free");
    }

    private static boolean isFree(int port) {
        try (var socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException taken) {
            return false;
        }
    }

    private static int end() {
        try {
            int kernels = Files.exists(KERNELS)
                    ? Integer.parseInt(Files.readString(KERNELS).strip().split("\\s+")[0])
                    : USUAL_END;
            return kernels > FIRST + 1_000 ? kernels : USUAL_END;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
