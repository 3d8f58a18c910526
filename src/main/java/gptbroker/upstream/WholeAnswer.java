package gptbroker.upstream;

import gptbroker.config.BrokerConfig;
import gptbroker.ops.Patience;
import gptbroker.problem.Problem;
import io.helidon.webclient.api.HttpClientResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
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
    void answered(HttpClientResponse response, Body body) throws IOException {
        byte[] document = readAll(body);
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
                UpstreamId.of(response.headers(), said.id())));
    }

    @Override
    void failed(Problem problem) {
        completion.completeExceptionally(problem);
    }

    private byte[] readAll(Body body) {
        ByteArrayOutputStream whole = new ByteArrayOutputStream(4096);
        Body.Outcome outcome = Body.Outcome.CAME;
        while (outcome == Body.Outcome.CAME) {
            outcome = body.read((bytes, from, to) -> whole.write(bytes, from, to - from));
            if (whole.size() > limits().maxAnswerBytes()) {
                throw Fault.of(Fault.Kind.TOO_LARGE, "the answer is too large").problem();
            }
        }
        // Where the connection's end is the answer's, the JSON shows whether it is whole.
        if (outcome != Body.Outcome.WHOLE) {
            throw Faults.cut();
        }
        return whole.toByteArray();
    }
}
