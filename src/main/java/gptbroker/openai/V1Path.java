package gptbroker.openai;

import gptbroker.cache.Found;
import gptbroker.cache.Kept;
import gptbroker.cache.Lead;
import gptbroker.cache.ResponseCache;
import gptbroker.config.BrokerConfig;
import gptbroker.http.ClientGone;
import gptbroker.http.Exchange;
import gptbroker.identity.Caller;
import gptbroker.openai.Caching.Principal;
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
    /** What the provider takes no money for. */
    private static final Set<String> FREE = Set.of("moderations", "files", "uploads");

    /** @param body what was read of a metered request; null for every other one */
    private record Asked(
            RawCall raw,
            Question question,
            @Nullable Kind kind,
            @Nullable CallBody body) {}

    private final Turns turns;
    private final Upstream upstream;
    private final Credentials credentials;
    private final Caching caching;
    private final Map<String, String> models;
    /** Model names that a metric may show; what clients send is of any number. */
    private final Set<String> labels;

    private final int largestAnswer;
    private final EventOutlets outlets;

    V1Path(
            Turns turns,
            Upstream upstream,
            ResponseCache cache,
            Set<String> models,
            BrokerConfig.V1 v1,
            BrokerConfig.Upstream config,
            EventOutlets outlets) {
        this.outlets = outlets;
        this.turns = turns;
        this.upstream = upstream;
        this.credentials = new Credentials(turns, v1);
        this.caching = new Caching(cache, config);
        this.models = config.models();
        this.labels = new HashSet<>(this.models.keySet());
        labels.addAll(models);
        this.largestAnswer = config.maxAnswerBytes();
    }

    void handle(Exchange exchange) throws ClientGone, InterruptedException {
        Optional<Caller> caller = credentials.caller(exchange);
        if (caller.isEmpty()) {
            passForeign(exchange);
            return;
        }
        Asked asked = what(exchange, caller.get());
        var who = Principal.of(caller.get());
        turns.take(exchange, caller.get(), asked.question(), turn -> ask(exchange, who, asked, turn));
    }

    private Asked what(Exchange exchange, Caller caller) {
        String path = exchange.pathParameter("*");
        Optional<Kind> metered = Kind.of(exchange.method(), path);
        if (metered.isEmpty()) {
            if (exchange.method().equals("POST") && !FREE.contains(path)) {
                turns.allowUnpriced(exchange, caller);
            }
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
                    new Question(kind.endpoint(), model, body.input(), 1, body.text(), body.answerTokens()),
                    kind,
                    body);
        } catch (Problem invalid) {
            turns.tellLimits(exchange, caller);
            throw invalid;
        }
    }

    private void ask(Exchange exchange, Principal who, Asked asked, Turn turn) throws ClientGone {
        try {
            switch (caching.look(exchange, who, asked.raw(), Optional.ofNullable(asked.kind()))) {
                case Found.Known(Kept kept) -> {
                    turn.known(kept.text(), caching.charges());
                    turn.tellLimits();
                    Caching.give(exchange, kept, false);
                }
                case Found.Unknown(Lead lead) -> {
                    try (lead) {
                        askProvider(exchange, who, asked, turn, lead);
                    }
                }
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

    private void askProvider(Exchange exchange, Principal who, Asked asked, Turn turn, Lead lead)
            throws ClientGone, InterruptedException {
        try (RawAnswer answer = Passage.open(exchange, upstream, asked.raw())) {
            if (answer.status() >= 400) {
                lead.unfit();
                refused(exchange, answer, turn);
            } else if (asked.kind() == null || asked.body() == null) {
                passCounted(exchange, who, answer, turn, lead);
            } else if (Passage.isEventStream(Passage.type(answer))) {
                var meter = new Meter(asked.kind(), asked.body().hidesUsage(), largestAnswer, turn);
                var copy = new Copy(lead);
                Runnable atEnd = () -> caching.keep(lead, who, answer, copy.whole(), turn.text(), meter.fit());
                new EventRelay(exchange, answer, meter, turn, outlets, copy, atEnd).relay();
            } else {
                answerWhole(exchange, who, asked.kind(), answer, turn, lead);
            }
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

    private void answerWhole(Exchange exchange, Principal who, Kind kind, RawAnswer answer, Turn turn, Lead lead)
            throws ClientGone, InterruptedException {
        byte[] body = whole(exchange, answer);
        Reading said = Reading.of(kind, body, 0, body.length);
        turn.told(said.usage(), said.finishReason(), answer.upstreamId().or(said::id));
        turn.answered(said.text());
        turn.settle(Ending.DONE, Optional.empty());
        caching.keep(lead, who, answer, Optional.of(body), said.text(), Fitness.of(kind, said));
        head(exchange, answer, turn);
        exchange.send(answer.status(), Passage.type(answer), body);
    }

    /** Neither metered nor kept, so it need not be held: an image, a file, a list. */
    private void passCounted(Exchange exchange, Principal who, RawAnswer answer, Turn turn, Lead lead)
            throws ClientGone, InterruptedException {
        var copy = new Copy(lead);
        Passage.pass(exchange, answer, copy, () -> head(exchange, answer, turn), () -> {
            turn.told(Optional.empty(), Optional.empty(), answer.upstreamId());
            turn.passed();
            turn.settle(Ending.DONE, Optional.empty());
            caching.keep(lead, who, answer, copy, Optional.empty());
        });
    }

    /** The caller's own key: nothing is counted, archived or mapped. */
    private void passForeign(Exchange exchange) throws ClientGone, InterruptedException {
        RawCall call = Passage.call(exchange, exchange.pathParameter("*"), "", exchange.body(), true);
        Optional<Kind> kind = Kind.of(call.method(), call.path());
        var who = Principal.foreign(exchange);
        exchange.trace().outcome("passed");
        switch (caching.look(exchange, who, call, kind)) {
            case Found.Known(Kept kept) -> Caching.give(exchange, kept, true);
            case Found.Unknown(Lead lead) -> {
                var copy = new Copy(lead);
                try (lead;
                        RawAnswer answer = Passage.open(exchange, upstream, call)) {
                    Passage.pass(
                            exchange,
                            answer,
                            copy,
                            () -> RelayHeaders.respond(exchange, answer.headers(), true),
                            () -> caching.keep(lead, who, answer, copy, kind));
                }
            }
        }
    }

    private byte[] whole(Exchange exchange, RawAnswer answer) throws InterruptedException {
        var body = new ByteArrayOutputStream();
        while (true) {
            switch (Passage.next(exchange, answer)) {
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
}
