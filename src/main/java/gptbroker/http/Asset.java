package gptbroker.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * A file of a page, out of our own jars.
 *
 * @param resource its name on the class path
 * @param type its content type
 */
record Asset(String resource, String type) {
    static final String HTML = "text/html; charset=utf-8";
    static final String SCRIPT = "text/javascript; charset=utf-8";
    static final String STYLE = "text/css; charset=utf-8";

    /** Read anew each time: rarely wanted, and too large to be kept in the heap. */
    void send(Exchange x) throws ClientGone {
        x.header("Cache-Control", "private, max-age=300");
        x.send(200, type, bytes());
    }

    private byte[] bytes() {
        try (InputStream in = Asset.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("missing in the jars: " + resource);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
