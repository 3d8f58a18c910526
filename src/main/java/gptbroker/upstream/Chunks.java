package gptbroker.upstream;

/** The chunked framing (RFC 9112 §7.1). Extensions and trailers are passed over. For one thread. */
final class Chunks implements Framing {
    private static final int LONGEST_LINE = 256;
    private static final int LONGEST_TRAILER = 16 * 1024;
    private static final long LARGEST = Integer.MAX_VALUE;

    private enum At {
        SIZE,
        EXTENSION,
        SIZE_END,
        CONTENT,
        CONTENT_RETURN,
        CONTENT_END,
        TRAILER,
        OVER
    }

    private At at = At.SIZE;
    private long size;
    private int lineLength;
    private int trailerLength;

    @Override
    public int take(byte[] bytes, int from, int to, Sink sink) {
        int i = from;
        while (i < to && at != At.OVER) {
            if (at == At.CONTENT) {
                int end = (int) Math.min(to, i + size);
                size -= end - i;
                at = size == 0 ? At.CONTENT_RETURN : At.CONTENT;
                sink.bytes(bytes, i, end);
                i = end;
            } else {
                at = after(bytes[i++]);
            }
        }
        return i;
    }

    @Override
    public boolean isOver() {
        return at == At.OVER;
    }

    @Override
    public boolean endsWithConnection() {
        return false;
    }

    private At after(byte b) {
        return switch (at) {
            case SIZE -> size(b);
            case EXTENSION -> extension(b);
            case SIZE_END -> sizeEnd(b);
            case CONTENT_RETURN -> expect(b, '\r', At.CONTENT_END);
            case CONTENT_END -> expect(b, '\n', At.SIZE);
            case TRAILER -> trailer(b);
            case CONTENT, OVER -> throw new IllegalStateException("no framing here");
        };
    }

    private At size(byte b) {
        int digit = Character.digit(b, 16);
        if (digit >= 0) {
            size = size * 16 + digit;
            lineLength++;
            if (size > LARGEST || lineLength > LONGEST_LINE) {
                throw broken();
            }
            return At.SIZE;
        }
        if (lineLength == 0) {
            throw broken();
        }
        return extension(b);
    }

    private At extension(byte b) {
        if (b == '\r') {
            return At.SIZE_END;
        }
        if (b == '\n' || ++lineLength > LONGEST_LINE) {
            throw broken();
        }
        return At.EXTENSION;
    }

    private At sizeEnd(byte b) {
        lineLength = 0;
        return expect(b, '\n', size == 0 ? At.TRAILER : At.CONTENT);
    }

    /** Lines until an empty one. */
    private At trailer(byte b) {
        if (++trailerLength > LONGEST_TRAILER) {
            throw broken();
        }
        if (b == '\n') {
            boolean empty = lineLength == 0;
            lineLength = 0;
            return empty ? At.OVER : At.TRAILER;
        }
        lineLength += b == '\r' ? 0 : 1;
        return At.TRAILER;
    }

    private static At expect(byte b, char wanted, At next) {
        if (b != wanted) {
            throw broken();
        }
        return next;
    }

    private static RuntimeException broken() {
        return Faults.malformed("broken chunks");
    }
}
