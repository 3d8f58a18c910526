package gptbroker.http;

import java.io.OutputStream;

/** The output stream that a handler sees: every write is timed, and a client that has left is {@link ClientGone}. */
public final class AnswerStream extends OutputStream {
    /** What one timed write may be: a slow client that reads on must not run out of time on a large answer. */
    static final int SLICE = 64 * 1024;

    private final Reply reply;
    private final OutputStream out;
    private long bytes;
    private boolean gone;

    AnswerStream(Reply reply, OutputStream out) {
        this.reply = reply;
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
        for (int written = 0; written < length; written += SLICE) {
            int from = offset + written;
            int slice = Math.min(SLICE, length - written);
            timed(() -> out.write(buffer, from, slice));
            bytes += slice;
        }
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

    private void timed(Reply.Write step) throws ClientGone {
        try {
            reply.write(step);
        } catch (ClientGone e) {
            gone = true;
            throw e;
        }
    }
}
