package gptbroker.openai;

import gptbroker.config.BrokerConfig;
import gptbroker.http.ClientGone;
import gptbroker.http.Exchange;
import gptbroker.identity.Caller;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.turn.Ending;
import gptbroker.turn.Question;
import gptbroker.turn.Turn;
import gptbroker.turn.Turns;
import gptbroker.upstream.Piece;
import gptbroker.upstream.RawAnswer;
import gptbroker.upstream.RawCall;
import gptbroker.upstream.Upstream;
import java.io.ByteArrayOutputStream;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The way of one request of OpenAI's API: the steps of any prompt, around a request and an answer that pass as they
 * are.
 *
 * <p>Thread-safe; each request runs on its own virtual thread.
 */
final class V1Path {
    private static final int LONGEST_MODEL = 200;

    /** @param body what was read of a metered request; null for every other one */
    private record Asked(
            RawCall raw,
            Question question,
            @Nullable Kind kind,
            @Nullable CallBody body) {}

    private final Turns turns;
    private final Upstream upstream;
    private final Credentials credentials;
    private final Map<String, String> models;
    /** Model names that a metric may show; what clients send is of any number. */
    private final Set<String> labels;

    private final int largestAnswer;
    private final EventOutlets outlets;

    V1Path(Turns turns, Upstream upstream, BrokerConfig.V1 v1, BrokerConfig.Upstream config, EventOutlets outlets) {
        this.outlets = outlets;
        this.turns = turns;
        this.upstream = upstream;
        this.credentials = new Credentials(turns, v1);
        this.models = config.models();
        this.labels = new HashSet<>(models.keySet());
        labels.addAll(List.of("gpt-4o", "gpt-4o-mini"));
        this.largestAnswer = config.maxAnswerBytes();
    }

    void handle(Exchange exchange) throws ClientGone, InterruptedException {
        Optional<Caller> caller = credentials.caller(exchange);
        if (caller.isEmpty()) {
            passForeign(exchange);
            return;
        }
        Asked asked = what(exchange, caller.get());
        turns.take(exchange, caller.get(), asked.question(), turn -> ask(exchange, asked, turn));
    }

    private Asked what(Exchange exchange, Caller caller) {
        String path = exchange.pathParameter("*");
        Optional<Kind> metered = Kind.of(exchange.method(), path);
        if (metered.isEmpty()) {
            var question = new Question(exchange.route().path(), "", "", 1);
            return new Asked(Passage.call(exchange, path, "", exchange.body(), false), question, null, null);
        }
        Kind kind = metered.get();
        try {
            CallBody body = CallBody.read(kind, exchange.body());
            exchange.trace().model(labels.contains(body.model()) ? body.model() : "other");
            byte[] rewritten = body.forProvider(models.getOrDefault(body.model(), body.model()));
            String model = body.model()
                    .substring(0, Math.min(LONGEST_MODEL, body.model().length()));
            return new Asked(
                    Passage.call(exchange, kind.path(), body.model(), rewritten, false),
                    new Question(kind.endpoint(), model, body.input(), 1),
                    kind,
                    body);
        } catch (Problem invalid) {
            turns.tellLimits(exchange, caller);
            throw invalid;
        }
    }

    private void ask(Exchange exchange, Asked asked, Turn turn) throws ClientGone {
        try (RawAnswer answer = Passage.open(exchange, upstream, asked.raw())) {
            if (answer.status() >= 400) {
                refused(exchange, answer, turn);
            } else if (asked.kind() == null || asked.body() == null) {
                passCounted(exchange, answer, turn);
            } else if (isEventStream(answer)) {
                var meter = new Meter(asked.kind(), asked.body().hidesUsage(), largestAnswer, turn);
                new EventRelay(exchange, answer, meter, turn, outlets).relay();
            } else {
                answerWhole(exchange, asked.kind(), answer, turn);
            }
        } catch (Problem failed) {
            Problem problem = exchange.interruption().map(Problem::of).orElse(failed);
            turn.settle(Ending.failure(turn.hasContent()), Ending.code(problem));
            if (!exchange.committed()) {
                turn.tellLimits();
            }
            throw problem;
        } catch (ClientGone gone) {
            turn.settle(Ending.CLIENT_LEFT, Optional.of("client_gone"));
            throw gone;
        } catch (InterruptedException stopping) {
            Problem why = Problem.of(exchange.interruption().orElse(ProblemCode.DRAINING));
            turn.settle(Ending.interruption(turn.hasContent()), Ending.code(why));
            throw why;
        }
    }

    /** A refusal that is the caller's to understand: as it came, and free. */
    private void refused(Exchange exchange, RawAnswer answer, Turn turn) throws ClientGone, InterruptedException {
        byte[] body = whole(exchange, answer);
        turn.settle(Ending.FAILED, Optional.of(ProblemCode.UPSTREAM_REJECTED.code()));
        exchange.trace().problem(ProblemCode.UPSTREAM_REJECTED);
        exchange.header("X-Error-Code", ProblemCode.UPSTREAM_REJECTED.code());
        head(exchange, answer, turn);
        exchange.send(answer.status(), Passage.type(answer), body);
    }

    private void answerWhole(Exchange exchange, Kind kind, RawAnswer answer, Turn turn)
            throws ClientGone, InterruptedException {
        byte[] body = whole(exchange, answer);
        Reading said = Reading.of(kind, body, 0, body.length);
        turn.told(said.usage(), said.finishReason(), answer.upstreamId().or(said::id));
        turn.answered(said.text());
        turn.settle(Ending.DONE, Optional.empty());
        head(exchange, answer, turn);
        exchange.send(answer.status(), Passage.type(answer), body);
    }

    /** Neither metered nor kept, so it need not be held: an image, a file, a list. */
    private static void passCounted(Exchange exchange, RawAnswer answer, Turn turn)
            throws ClientGone, InterruptedException {
        Passage.pass(exchange, answer, () -> head(exchange, answer, turn), () -> {
            turn.told(Optional.empty(), Optional.empty(), answer.upstreamId());
            turn.passed();
            turn.settle(Ending.DONE, Optional.empty());
        });
    }

    /** The caller's own key: nothing is counted, archived or mapped. */
    private void passForeign(Exchange exchange) throws ClientGone, InterruptedException {
        RawCall call = Passage.call(exchange, exchange.pathParameter("*"), "", exchange.body(), true);
        exchange.trace().outcome("passed");
        try (RawAnswer answer = Passage.open(exchange, upstream, call)) {
            Passage.pass(exchange, answer, () -> RelayHeaders.respond(exchange, answer.headers(), true), () -> {});
        }
    }

    private byte[] whole(Exchange exchange, RawAnswer answer) throws InterruptedException {
        var body = new ByteArrayOutputStream();
        while (true) {
            switch (Passage.next(exchange, answer, Passage.PATIENCE).orElse(null)) {
                case null -> {
                    // The upstream's own deadlines end it.
                }
                case Piece.Bytes(byte[] bytes) -> {
                    body.writeBytes(bytes);
                    if (body.size() > largestAnswer) {
                        throw Problem.of(ProblemCode.UPSTREAM_FAILED, "the answer is too large");
                    }
                }
                case Piece.Broken(Problem problem) -> throw problem;
                case Piece.End ignored -> {
                    return body.toByteArray();
                }
            }
        }
    }

    private static void head(Exchange exchange, RawAnswer answer, Turn turn) {
        turn.tellLimits();
        RelayHeaders.respond(exchange, answer.headers(), false);
    }

    private static boolean isEventStream(RawAnswer answer) {
        return Passage.type(answer).toLowerCase(Locale.ROOT).startsWith("text/event-stream");
    }
}
