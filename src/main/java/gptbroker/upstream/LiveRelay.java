package gptbroker.upstream;

import gptbroker.config.BrokerConfig;
import gptbroker.ops.Patience;
import gptbroker.problem.Problem;
import io.helidon.http.ClientResponseHeaders;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.webclient.api.HttpClientResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
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
            Patience streams,
            boolean foreign,
            Predicate<String> secret) {
        super(connections, wire, limits, nanoTime, patience, streams);
        this.foreign = foreign;
        this.secret = secret;
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

    /** Bodies are passed on, not held. */
    @Override
    long mostBytes() {
        return Long.MAX_VALUE;
    }

    @Override
    boolean isGood(int code) {
        if (foreign) {
            return code >= 200;
        }
        return code >= 200 && code < 300 || code >= 400 && code < 500 && !NEVER_PASSED.contains(code);
    }

    @Override
    void answered(HttpClientResponse response, Body body) throws IOException {
        status = response.status().code();
        List<RawHeader> lines = new ArrayList<>();
        for (Header header : response.headers()) {
            header.allValues().forEach(value -> lines.add(new RawHeader(header.name(), value)));
        }
        headers = List.copyOf(lines);
        upstreamId = UpstreamId.of(response.headers(), null);
        if (isRefusalOfOurs()) {
            put(new Piece.Bytes(refusal(body, response.headers())));
            end(new Piece.End());
        }
        headCame(body);
    }

    @Override
    void content(byte[] bytes, int from, int to) {
        put(new Piece.Bytes(Arrays.copyOfRange(bytes, from, to)));
    }

    @Override
    void bodyOver(boolean whole) {
        if (!whole) {
            throw Faults.cut();
        }
        end(new Piece.End());
    }

    private boolean isRefusalOfOurs() {
        return !foreign && status >= 400;
    }

    private byte[] refusal(Body body, ClientResponseHeaders head) throws IOException {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        Body.Outcome outcome = Body.Outcome.CAME;
        while (outcome == Body.Outcome.CAME) {
            outcome = body.read((bytes, from, to) -> whole.write(bytes, from, to - from));
            if (whole.size() > LARGEST_REFUSAL) {
                throw rejected();
            }
        }
        if (outcome != Body.Outcome.WHOLE) {
            throw Faults.cut();
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
