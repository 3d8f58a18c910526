package gptbroker.upstream;

import gptbroker.config.BrokerConfig;
import gptbroker.ops.Patience;
import gptbroker.problem.Problem;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.ClientResponseHeaders;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.webclient.api.HttpClientResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An exchange whose answer is handed on as it comes. A refusal to our own key is read first, since it may be about that
 * key; it is handed on only as JSON that says nothing of keys.
 */
final class LiveRelay extends Live<Piece> implements RawAnswer {
    private static final int MOST_WAITING = 64 * 1024;
    private static final int MOST_PENDING = 4 * 1024 * 1024;
    private static final int LARGEST_REFUSAL = 64 * 1024;
    /** What a refusal of these may say is about the key, or is for us to map. */
    private static final Set<Integer> NEVER_PASSED = Set.of(401, 403, 408, 429);

    private final boolean foreign;
    private final Predicate<String> secret;
    private volatile int status;
    private volatile List<RawHeader> headers = List.of();
    private volatile Optional<String> upstreamId = Optional.empty();

    /** @param secret whether a text holds anything that only we and the provider know */
    LiveRelay(
            Connections connections,
            Wire wire,
            BrokerConfig.Upstream limits,
            LongSupplier nanoTime,
            Patience patience,
            boolean foreign,
            Predicate<String> secret) {
        super(connections, wire, limits, nanoTime, patience, MOST_WAITING, LiveRelay::length);
        this.foreign = foreign;
        this.secret = secret;
    }

    private static int length(Piece piece) {
        return piece instanceof Piece.Bytes some ? some.bytes().length : 0;
    }

    /** Sends the request and waits for the head. */
    RawAnswer open() {
        begin();
        return this;
    }

    @Override
    public int status() {
        return status;
    }

    @Override
    public List<RawHeader> headers() {
        return headers;
    }

    @Override
    public Optional<String> upstreamId() {
        return upstreamId;
    }

    @Override
    Piece broken(Problem problem) {
        return new Piece.Broken(problem);
    }

    /** Bodies are passed on, not held; only what the framing makes Helidon hold has a bound. */
    @Override
    long mostBytes() {
        return Long.MAX_VALUE;
    }

    @Override
    long mostPending() {
        return MOST_PENDING;
    }

    @Override
    boolean isGood(int code) {
        if (foreign) {
            return code >= 200;
        }
        return code >= 200 && code < 300 || code >= 400 && code < 500 && !NEVER_PASSED.contains(code);
    }

    @Override
    void answered(HttpClientResponse response) {
        status = response.status().code();
        List<RawHeader> lines = new ArrayList<>();
        for (Header header : response.headers()) {
            header.allValues().forEach(value -> lines.add(new RawHeader(header.name(), value)));
        }
        headers = List.copyOf(lines);
        upstreamId = UpstreamId.of(response.headers(), null);
        if (!isRefusalOfOurs()) {
            headCame();
        }
    }

    @Override
    void receive(InputStream body, ClientResponseHeaders head) throws IOException {
        if (isRefusalOfOurs()) {
            byte[] refusal = refusal(body, head);
            headCame();
            put(new Piece.Bytes(refusal));
        } else if (status != 204 && status != 304) {
            pass(body, head);
        }
        end(new Piece.End());
    }

    private boolean isRefusalOfOurs() {
        return !foreign && status >= 400;
    }

    private void pass(InputStream body, ClientResponseHeaders head) throws IOException {
        byte[] buffer = new byte[16 * 1024];
        try {
            for (int count = read(body, buffer); count >= 0; count = read(body, buffer)) {
                if (count > 0) {
                    put(new Piece.Bytes(Arrays.copyOf(buffer, count)));
                }
            }
        } catch (DataReader.InsufficientDataAvailableException e) {
            if (head.contains(HeaderNames.CONTENT_LENGTH) || head.contains(HeaderNames.TRANSFER_ENCODING)) {
                throw e;
            }
            // The connection's end is the answer's end.
        }
    }

    private byte[] refusal(InputStream body, ClientResponseHeaders head) throws IOException {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        byte[] buffer = new byte[4096];
        for (int count = read(body, buffer); count >= 0; count = read(body, buffer)) {
            whole.write(buffer, 0, count);
            if (whole.size() > LARGEST_REFUSAL) {
                throw rejected();
            }
        }
        byte[] bytes = whole.toByteArray();
        if (!isPassable(bytes, Faults.header(head, HeaderNames.CONTENT_TYPE))) {
            throw rejected();
        }
        return bytes;
    }

    private boolean isPassable(byte[] bytes, @Nullable String type) throws IOException {
        String text = new String(bytes, StandardCharsets.UTF_8);
        String lower = text.toLowerCase(Locale.ROOT);
        return type != null
                && type.toLowerCase(Locale.ROOT).startsWith("application/json")
                && ChatJson.read(bytes, 0, bytes.length).error()
                && !lower.contains("api key")
                && !lower.contains("api_key")
                && !secret.test(text);
    }

    private Problem rejected() {
        return Fault.of(Fault.Kind.REJECTED, "status " + status).problem();
    }
}
