package gptbroker.probe.load;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * A lean HTTP/1.1 client: one kept-alive connection, one exchange at a time, requests as finished bytes. It costs a
 * fraction of a general client, so that a small machine can hold the generator and the broker. Not thread-safe.
 */
final class Connection implements AutoCloseable {
    private static final int CONNECT_MILLIS = 5_000;

    /** Servers close what has long been idle, and a request sent into that moment would count as their error. */
    private static final long STALE_NANOS = Duration.ofSeconds(4).toNanos();

    private final Target target;
    private final int timeoutMillis;
    private Socket socket = new Socket();
    private ResponseReader reader = ResponseReader.none();
    private boolean open;
    private long lastUsed;

    /** @param timeout for each single read: how long the target may be silent */
    Connection(Target target, Duration timeout) {
        this.target = target;
        this.timeoutMillis = Math.toIntExact(timeout.toMillis());
    }

    /**
     * Sends one request and reads the whole answer; a failed connection is opened anew by the next call.
     *
     * @return the answer's status
     */
    int exchange(byte[] request, BodySink sink) throws Failure {
        boolean done = false;
        try {
            connect();
            socket.getOutputStream().write(request);
            int status = reader.read(sink);
            lastUsed = System.nanoTime();
            done = reader.reusable();
            return status;
        } catch (SocketTimeoutException silent) {
            throw new Failure("timeout");
        } catch (Failure known) {
            throw known;
        } catch (IOException broken) {
            throw new Failure("reset");
        } finally {
            if (!done) {
                close();
            }
        }
    }

    private void connect() throws IOException {
        if (open && System.nanoTime() - lastUsed < STALE_NANOS) {
            return;
        }
        close();
        try {
            socket = plainOrTls();
        } catch (IOException refused) {
            throw new Failure("connect");
        }
        reader = new ResponseReader(socket.getInputStream());
        open = true;
    }

    private Socket plainOrTls() throws IOException {
        Socket plain = new Socket();
        plain.setTcpNoDelay(true);
        plain.setSoTimeout(timeoutMillis);
        try {
            plain.connect(target.address(), CONNECT_MILLIS);
            return target.tls() ? tls(plain) : plain;
        } catch (IOException failed) {
            plain.close();
            throw failed;
        }
    }

    private Socket tls(Socket plain) throws IOException {
        String name = target.host().replaceFirst(":\\d+$", "");
        SSLSocket tls = (SSLSocket) ((SSLSocketFactory) SSLSocketFactory.getDefault())
                .createSocket(plain, name, target.address().getPort(), true);
        SSLParameters parameters = tls.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        tls.setSSLParameters(parameters);
        tls.startHandshake();
        return tls;
    }

    @Override
    public void close() {
        open = false;
        try {
            socket.close();
        } catch (IOException alreadyGone) {
            // Nothing to be saved.
        }
    }
}
