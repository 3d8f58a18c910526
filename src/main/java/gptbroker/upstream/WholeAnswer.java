package gptbroker.upstream;

import gptbroker.config.BrokerConfig;
import gptbroker.ops.Patience;
import gptbroker.problem.Problem;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.ClientResponseHeaders;
import io.helidon.http.HeaderNames;
import io.helidon.webclient.api.HttpClientResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

/** An exchange whose answer is one JSON document. */
final class WholeAnswer extends Exchange {
    private static final int HEAD_BYTES = 64 * 1024;

    private final CompletableFuture<Completion> completion = new CompletableFuture<>();

    WholeAnswer(
            Connections connections,
            Wire wire,
            BrokerConfig.Upstream limits,
            LongSupplier nanoTime,
            Patience patience) {
        super(connections, wire, limits, nanoTime, patience);
    }

    /** Sends the request and waits for the answer. */
    Completion ask() {
        return runFor(completion);
    }

    @Override
    long mostBytes() {
        return (long) limits().maxAnswerBytes() + HEAD_BYTES;
    }

    @Override
    long mostPending() {
        return mostBytes();
    }

    @Override
    void answered(HttpClientResponse response) {}

    @Override
    void receive(InputStream body, ClientResponseHeaders headers) throws IOException {
        byte[] document = readAll(body, headers);
        ChatJson.Reading said = ChatJson.read(document, 0, document.length);
        if (said.error()) {
            throw Fault.of(Fault.Kind.SERVER, "an error in a good answer").problem();
        }
        if (!said.hasChoice()) {
            throw Faults.malformed("an answer without a choice");
        }
        completion.complete(new Completion(
                said.content() == null ? "" : said.content(),
                Optional.ofNullable(said.usage()),
                Optional.ofNullable(said.finishReason()),
                UpstreamId.of(headers, said.id())));
    }

    @Override
    void failed(Problem problem) {
        completion.completeExceptionally(problem);
    }

    private byte[] readAll(InputStream body, ClientResponseHeaders headers) throws IOException {
        ByteArrayOutputStream whole = new ByteArrayOutputStream(4096);
        byte[] buffer = new byte[4096];
        try {
            for (int count = read(body, buffer); count >= 0; count = read(body, buffer)) {
                whole.write(buffer, 0, count);
                if (whole.size() > limits().maxAnswerBytes()) {
                    throw Fault.of(Fault.Kind.TOO_LARGE, "the answer is too large")
                            .problem();
                }
            }
        } catch (DataReader.InsufficientDataAvailableException e) {
            if (headers.contains(HeaderNames.CONTENT_LENGTH) || headers.contains(HeaderNames.TRANSFER_ENCODING)) {
                throw e;
            }
            // The connection's end is the answer's end; whether it is whole, the JSON shows.
        }
        return whole.toByteArray();
    }
}
