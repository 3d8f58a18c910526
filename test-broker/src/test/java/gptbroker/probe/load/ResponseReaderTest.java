package gptbroker.probe.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ResponseReaderTest {
    private final StringBuilder body = new StringBuilder();

    /** A peer that hands over {@code step} bytes at a time. */
    private static ResponseReader reader(String wire, int step) {
        byte[] bytes = wire.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8);
        return new ResponseReader(new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] into, int offset, int length) {
                return super.read(into, offset, Math.min(length, step));
            }
        });
    }

    private int read(ResponseReader reader) throws IOException {
        body.setLength(0);
        return reader.read(
                (buffer, from, length) -> body.append(new String(buffer, from, length, StandardCharsets.UTF_8)));
    }

    @Test
    void readsEachFramingHoweverItIsCut() throws IOException {
        String length = "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello";
        String chunked = "HTTP/1.1 201 Created\ntransfer-encoding: chunked\n\n3;x=y\nhel\n2\nlo\n0\nTrailer: 1\n\n";
        String interim = "HTTP/1.1 100 Continue\n\nHTTP/1.1 429 Too Many\nCONTENT-LENGTH: 0\n\n";
        for (int step = 1; step < 30; step++) {
            ResponseReader reader = reader(length + chunked + interim, step);
            assertThat(read(reader)).isEqualTo(200);
            assertThat(body).hasToString("hello");
            assertThat(read(reader)).isEqualTo(201);
            assertThat(body).hasToString("hello");
            assertThat(read(reader)).isEqualTo(429);
            assertThat(body).isEmpty();
            assertThat(reader.reusable()).isTrue();
        }
    }

    @Test
    void readsToTheEndWithoutALength() throws IOException {
        ResponseReader reader = reader("HTTP/1.1 200 OK\n\nhello", 2);
        assertThat(read(reader)).isEqualTo(200);
        assertThat(body).hasToString("hello");
        assertThat(reader.reusable()).isFalse();
    }

    @Test
    void doesNotReuseWhatCloses() throws IOException {
        ResponseReader reader = reader("HTTP/1.1 204 No Content\nConnection: close\n\n", 100);
        assertThat(read(reader)).isEqualTo(204);
        assertThat(reader.reusable()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "'', closed",
                "'HTTP/1.1 2', truncated",
                "'HTTP/1.1 200 OK|Content-Length: 5||hel', truncated",
                "'HTTP/1.1 200 OK|Transfer-Encoding: chunked||3|hel|', truncated",
                "'HTTP/1.1 200 OK|Transfer-Encoding: chunked||zz|', malformed",
                "'HTTP/1.1 200 OK|Content-Length: -5||', malformed",
                "'SSH-2.0-x|', malformed"
            })
    void namesWhatIsWrong(String wire, String kind) {
        assertThatThrownBy(() -> read(reader(wire.replace('|', '\n'), 3)))
                .isInstanceOf(Failure.class)
                .hasMessage(kind);
    }
}
