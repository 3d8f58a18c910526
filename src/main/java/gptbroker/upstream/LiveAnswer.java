package gptbroker.upstream;

import gptbroker.config.BrokerConfig;
import gptbroker.ops.Patience;
import gptbroker.problem.Problem;
import io.helidon.http.ClientResponseHeaders;
import io.helidon.webclient.api.HttpClientResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An exchange whose answer is a stream. Only {@code [DONE]} makes it complete: an end without it is a break, whatever
 * the framing says.
 */
final class LiveAnswer extends Live<Delta> implements DeltaStream {
    private static final int LONGEST_LINE = 1024 * 1024;
    private static final int MOST_BESIDE_TEXT = 4 * LONGEST_LINE;
    /** A token of four letters travels in some 200 to 350 bytes of JSON. */
    private static final int WIRE_BYTES_PER_TEXT_BYTE = 16;

    private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);

    private final SseEvents events = new SseEvents(LONGEST_LINE, this::event);
    private final SseLines lines = new SseLines(LONGEST_LINE, this::line);
    private @Nullable ClientResponseHeaders headers;
    private boolean done;
    private long text;
    private @Nullable Usage usage;
    private @Nullable String finishReason;
    private @Nullable String id;

    LiveAnswer(
            Connections connections,
            Wire wire,
            BrokerConfig.Upstream limits,
            LongSupplier nanoTime,
            Patience patience,
            Patience streams) {
        super(connections, wire, limits, nanoTime, patience, streams);
    }

    /** Sends the request and waits for the head. */
    DeltaStream open() {
        begin();
        return this;
    }

    @Override
    Delta broken(Problem problem) {
        return new Delta.Broken(problem);
    }

    @Override
    long mostBytes() {
        return (long) limits().maxAnswerBytes() * WIRE_BYTES_PER_TEXT_BYTE + MOST_BESIDE_TEXT;
    }

    @Override
    void answered(HttpClientResponse response, Body body) {
        headers = response.headers();
        headCame(body);
    }

    @Override
    void content(byte[] bytes, int from, int to) {
        lines.feed(bytes, from, to);
        if (done) {
            complete();
        }
    }

    @Override
    void bodyOver(boolean whole) {
        if (!done) {
            events.end();
        }
        if (!done) {
            throw Fault.of(Fault.Kind.LOST, "the stream ended without [DONE]").problem();
        }
        complete();
    }

    private void complete() {
        end(new Delta.Done(Optional.ofNullable(usage), Optional.ofNullable(finishReason), UpstreamId.of(headers, id)));
    }

    private void line(byte[] bytes, int from, int to) {
        if (!done) {
            events.line(bytes, from, to);
        }
    }

    private void event(byte[] bytes, int from, int to) {
        if (Arrays.equals(DONE, 0, DONE.length, bytes, from, to)) {
            done = true;
            return;
        }
        take(read(bytes, from, to));
    }

    private static ChatJson.Reading read(byte[] bytes, int from, int to) {
        try {
            return ChatJson.read(bytes, from, to);
        } catch (IOException e) {
            throw Faults.malformed("an event that is no chunk");
        }
    }

    private void take(ChatJson.Reading said) {
        if (said.error()) {
            throw Fault.of(Fault.Kind.SERVER, "an error in the stream").problem();
        }
        usage = said.usage() == null ? usage : said.usage();
        finishReason = said.finishReason() == null ? finishReason : said.finishReason();
        id = said.id() == null || said.id().isEmpty() ? id : said.id();
        String content = said.content();
        if (content == null || content.isEmpty()) {
            return;
        }
        text += content.length();
        if (text > limits().maxAnswerBytes()) {
            throw Fault.of(Fault.Kind.TOO_LARGE, "the answer is too large").problem();
        }
        put(new Delta.Text(content));
    }
}
