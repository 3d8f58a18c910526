package gptbroker.probe.load;

import java.io.IOException;
import java.io.InputStream;

/** Reads HTTP/1.1 responses from one connection: by length, by chunks, or to the end. Not thread-safe. */
final class ResponseReader {
    private static final int BUFFER = 8 * 1024;
    private static final int MAX_LINE = 16 * 1024;
    private static final int MAX_DIGITS = 15;
    private static final int STATUS_START = 9;
    private static final int STATUS_END = 12;
    private static final int MAX_CHUNK_DIGITS = 8;
    private static final int HEX = 16;
    private static final long UNTIL_END = -1;
    private static final long CHUNKED = -2;

    private static final ResponseReader NONE = new ResponseReader(InputStream.nullInputStream());

    private final InputStream in;
    private final byte[] buffer;
    private final StringBuilder line = new StringBuilder();
    private int position;
    private int limit;
    private boolean keepAlive;

    ResponseReader(InputStream in) {
        this.in = in;
        this.buffer = new byte[BUFFER];
    }

    /** A reader of nothing, before there is a connection. */
    static ResponseReader none() {
        return NONE;
    }

    /** Whether the connection can take another request after the last answer. */
    boolean reusable() {
        return keepAlive && position == limit;
    }

    /**
     * Reads one whole response (interim ones are passed over) and returns its status.
     *
     * @throws Failure {@code closed} before the first byte, {@code truncated} after it, {@code malformed}
     */
    int read(BodySink sink) throws IOException {
        keepAlive = true;
        for (boolean first = true; ; first = false) {
            int status = status(line(first ? "closed" : "truncated"));
            long length = headers();
            boolean bodiless = status == 204 || status == 304;
            if (status >= 200) {
                body(bodiless ? 0 : length, sink);
                return status;
            }
        }
    }

    private static int status(String line) throws Failure {
        // No regular expression: this runs for each response of a benchmark.
        if (!line.startsWith("HTTP/1.1 ") || line.length() < STATUS_END) {
            throw new Failure("malformed");
        }
        return Math.toIntExact(number(line.substring(STATUS_START, STATUS_END)));
    }

    private long headers() throws IOException {
        long length = UNTIL_END;
        for (String header = line("truncated"); !header.isEmpty(); header = line("truncated")) {
            int colon = header.indexOf(':');
            if (named(header, colon, "content-length")) {
                length = length == CHUNKED
                        ? CHUNKED
                        : number(header.substring(colon + 1).strip());
            } else if (named(header, colon, "transfer-encoding")) {
                length = CHUNKED;
            } else if (named(header, colon, "connection")) {
                keepAlive &= !header.substring(colon + 1).strip().equalsIgnoreCase("close");
            }
        }
        return length;
    }

    private static boolean named(String header, int colon, String name) {
        return colon == name.length() && header.regionMatches(true, 0, name, 0, colon);
    }

    private static long number(String digits) throws Failure {
        if (digits.isEmpty() || digits.length() > MAX_DIGITS || !digits.chars().allMatch(Character::isDigit)) {
            throw new Failure("malformed");
        }
        return Long.parseLong(digits);
    }

    private void body(long length, BodySink sink) throws IOException {
        if (length == CHUNKED) {
            chunks(sink);
        } else if (length == UNTIL_END) {
            keepAlive = false;
            while (position < limit || fill()) {
                sink.piece(buffer, position, limit - position);
                position = limit;
            }
        } else {
            bytes(length, sink);
        }
    }

    private void chunks(BodySink sink) throws IOException {
        for (long size = chunkSize(); size > 0; size = chunkSize()) {
            bytes(size, sink);
            if (!line("truncated").isEmpty()) {
                throw new Failure("malformed");
            }
        }
        while (!line("truncated").isEmpty()) {
            // Trailers tell a load generator nothing.
        }
    }

    private long chunkSize() throws IOException {
        String text = line("truncated");
        int digits = 0;
        while (digits < text.length() && Character.digit(text.charAt(digits), HEX) >= 0) {
            digits++;
        }
        if (digits == 0 || digits > MAX_CHUNK_DIGITS) {
            throw new Failure("malformed");
        }
        return Long.parseLong(text, 0, digits, HEX);
    }

    private void bytes(long count, BodySink sink) throws IOException {
        for (long left = count; left > 0; ) {
            if (position == limit && !fill()) {
                throw new Failure("truncated");
            }
            int piece = (int) Math.min(left, limit - position);
            sink.piece(buffer, position, piece);
            position += piece;
            left -= piece;
        }
    }

    /** One line without its end; {@code ifNone} names the failure when not even its first byte comes. */
    private String line(String ifNone) throws IOException {
        line.setLength(0);
        for (boolean any = false; ; any = true) {
            if (position == limit && !fill()) {
                throw new Failure(any ? "truncated" : ifNone);
            }
            byte next = buffer[position++];
            if (next == '\n') {
                break;
            }
            if (line.length() == MAX_LINE) {
                throw new Failure("malformed");
            }
            line.append((char) (next & 0xff));
        }
        int end = line.length();
        return end > 0 && line.charAt(end - 1) == '\r' ? line.substring(0, end - 1) : line.toString();
    }

    private boolean fill() throws IOException {
        position = 0;
        limit = Math.max(0, in.read(buffer));
        return limit > 0;
    }
}
