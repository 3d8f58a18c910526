package gptbroker.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A TCP proxy on loopback that misbehaves on demand, in front of Redis, Postgres or a model. All switches may be thrown
 * at any time and act on running connections. Thread-safe.
 */
public final class FaultProxy implements AutoCloseable {
    private static final int BUFFER = 16 * 1024;

    /** Which way the bytes go. */
    public enum Way {
        TO_SERVER,
        TO_CLIENT
    }

    private final ServerSocket listener;
    private final InetSocketAddress server;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final boolean[] stalled = new boolean[Way.values().length];
    private final long[] cutAfter = {-1, -1};
    private volatile long delayMillis;
    private volatile int slice = BUFFER;
    private volatile boolean refusing;

    /** Listens on a free port and forwards to a port on loopback. */
    public FaultProxy(int serverPort) {
        try {
            listener = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server = new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort);
        Thread.ofVirtual().name("fault-proxy").start(this::accept);
    }

    /** Where clients connect to. */
    public int port() {
        return listener.getLocalPort();
    }

    /** Holds all bytes of one way back until {@link #resume}; nothing is lost. */
    public void stall(Way way) {
        set(() -> stalled[way.ordinal()] = true);
    }

    /** Lets what is held back go on. */
    public void resume() {
        set(() -> {
            stalled[0] = false;
            stalled[1] = false;
        });
    }

    /** Delays every piece to the client. */
    public void delay(long millis) {
        delayMillis = millis;
    }

    /** Forwards at most so many bytes at a time; 1 shows who trusts packet borders. */
    public void slice(int bytes) {
        slice = bytes;
    }

    /** Cuts the connection (reset) that forwards this many further bytes that way; once. */
    public void cutAfter(Way way, long bytes) {
        set(() -> cutAfter[way.ordinal()] = bytes);
    }

    /** Resets every open connection. */
    public void cut() {
        sockets.forEach(FaultProxy::reset);
    }

    /** Resets new connections at once, or no more. */
    public void refuse(boolean on) {
        refusing = on;
    }

    @Override
    public void close() {
        refusing = true;
        quietly(listener::close);
        resume();
        cut();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                sockets.add(client);
                if (refusing) {
                    reset(client);
                } else {
                    Thread.ofVirtual().start(() -> serve(client));
                }
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        var upstream = new Socket();
        sockets.add(upstream);
        try {
            upstream.connect(server, 5_000);
            client.setTcpNoDelay(true);
            upstream.setTcpNoDelay(true);
            Thread.ofVirtual().start(() -> pump(client, upstream, Way.TO_SERVER));
            pump(upstream, client, Way.TO_CLIENT);
        } catch (IOException e) {
            reset(client);
        }
    }

    private void pump(Socket from, Socket to, Way way) {
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[BUFFER];
            for (int read = in.read(buffer, 0, slice); read >= 0; read = in.read(buffer, 0, slice)) {
                pass(way);
                int allowed = allowed(way, read);
                out.write(buffer, 0, allowed);
                out.flush();
                if (allowed < read) {
                    throw new IOException("cut on demand");
                }
            }
            to.shutdownOutput();
        } catch (IOException | InterruptedException e) {
            reset(from);
            reset(to);
        }
    }

    private void pass(Way way) throws InterruptedException {
        if (way == Way.TO_CLIENT && delayMillis > 0) {
            Thread.sleep(delayMillis);
        }
        lock.lock();
        try {
            while (stalled[way.ordinal()]) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    private int allowed(Way way, int length) {
        lock.lock();
        try {
            long left = cutAfter[way.ordinal()];
            if (left < 0) {
                return length;
            }
            int allowed = (int) Math.min(left, length);
            cutAfter[way.ordinal()] = allowed < length ? -1 : left - allowed;
            return allowed;
        } finally {
            lock.unlock();
        }
    }

    private void set(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private static void reset(Socket socket) {
        quietly(() -> socket.setSoLinger(true, 0));
        quietly(socket::close);
    }

    private interface Closing {
        void run() throws IOException;
    }

    private static void quietly(Closing closing) {
        try {
            closing.run();
        } catch (IOException e) {
            // already gone
        }
    }
}
