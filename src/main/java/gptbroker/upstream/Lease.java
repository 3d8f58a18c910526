package gptbroker.upstream;

import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.webclient.api.ClientConnection;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One call's use of a {@link Link}. It ends once, by going back or by closing: a late cancel of this call can then not
 * close the connection under the next one.
 */
final class Lease implements ClientConnection {
    private final Connections home;
    private final Link link;
    private final boolean reused;
    private final AtomicBoolean over = new AtomicBoolean();

    Lease(Connections home, Link link, boolean reused) {
        this.home = home;
        this.link = link;
        this.reused = reused;
    }

    Link link() {
        return link;
    }

    /** Whether another call used this connection before, so that its end may have come in the meantime. */
    boolean isReused() {
        return reused;
    }

    /** Whether the call is done with the connection, and perhaps another one uses it. */
    boolean isOver() {
        return over.get();
    }

    @Override
    public void releaseResource() {
        if (over.compareAndSet(false, true)) {
            home.takeBack(link);
        }
    }

    @Override
    public void closeResource() {
        if (over.compareAndSet(false, true)) {
            link.close();
        }
    }

    @Override
    public DataReader reader() {
        return link.reader();
    }

    @Override
    public DataWriter writer() {
        return link.connection().writer();
    }

    @Override
    public String channelId() {
        return link.connection().channelId();
    }

    @Override
    public HelidonSocket helidonSocket() {
        return link.connection().helidonSocket();
    }

    @Override
    public void readTimeout(Duration readTimeout) {
        link.connection().readTimeout(readTimeout);
    }
}
