package gptbroker.cache;

import static java.util.Objects.requireNonNull;

import gptbroker.upstream.RawHeader;
import java.util.List;

/**
 * What is kept of a complete answer: all that giving it again needs. Immutable; the body is not to be changed.
 *
 * @param status HTTP status
 * @param contentType of the body; empty when only the text is kept
 * @param headers what else the answer's head tells
 * @param body the body as the client got it; empty when only the text is kept
 * @param text the answer's text, for the archive; may be empty
 */
public record Kept(int status, String contentType, List<RawHeader> headers, byte[] body, String text) {
    public Kept {
        requireNonNull(contentType, "contentType");
        requireNonNull(body, "body");
        requireNonNull(text, "text");
        headers = List.copyOf(headers);
    }

    /** An answer that is its text, in whatever form an endpoint gives it. */
    public static Kept ofText(String text) {
        return new Kept(200, "", List.of(), new byte[0], text);
    }

    /** Bytes that it takes up, roughly; text counts as if each character took two. */
    long size() {
        long size = body.length + 2L * text.length() + contentType.length();
        for (RawHeader line : headers) {
            size += 64L + line.name().length() + line.value().length();
        }
        return size;
    }
}
