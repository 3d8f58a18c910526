package gptbroker.http;

import java.io.OutputStream;

/** The output stream that a handler sees: every write is timed, and a client that has left is {@link ClientGone}. */
public final class AnswerStream extends OutputStream {
    private final Exchange exchange;
    private final OutputStream out;
    private long bytes;
    private boolean gone;

    AnswerStream(Exchange exchange, OutputStream out) {
        this.exchange = exchange;
        this.out = out;
    }

    /** Bytes of content written. */
    long bytes() {
        return bytes;
    }

    @Override
    public void write(int value) throws ClientGone {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] buffer) throws ClientGone {
        write(buffer, 0, buffer.length);
    }

    @Override
    public void write(byte[] buffer, int offset, int length) throws ClientGone {
        timed(() -> out.write(buffer, offset, length));
        bytes += length;
    }

    @Override
    public void flush() throws ClientGone {
        timed(out::flush);
    }

    /** Optional: the listener ends the answer when the handler returns. */
    @Override
    public void close() throws ClientGone {
        flush();
    }

    /** For the listener: no answer ends well after a failed write, even if the handler swallowed the failure. */
    void finish() throws ClientGone {
        if (gone) {
            throw new ClientGone(new IllegalStateException("an earlier write failed"));
        }
        timed(out::close);
    }

    private void timed(Exchange.Write step) throws ClientGone {
        try {
            exchange.write(step);
        } catch (ClientGone e) {
            gone = true;
            throw e;
        }
    }
}
