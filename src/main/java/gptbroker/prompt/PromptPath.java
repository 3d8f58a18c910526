package gptbroker.prompt;

import gptbroker.cache.Found;
import gptbroker.cache.Kept;
import gptbroker.cache.Key;
import gptbroker.cache.Lead;
import gptbroker.cache.ResponseCache;
import gptbroker.config.BrokerConfig;
import gptbroker.http.ClientGone;
import gptbroker.http.Exchange;
import gptbroker.identity.Caller;
import gptbroker.identity.Realm;
import gptbroker.live.Resumes;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.turn.Ending;
import gptbroker.turn.Question;
import gptbroker.turn.Turn;
import gptbroker.turn.Turns;
import gptbroker.upstream.Completion;
import gptbroker.upstream.Upstream;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The way of one request, from the credential to the last byte.
 *
 * <p>The listener has accepted and framed it; then: who asks, what, may they, known?, ask the model, settle, answer. The archive
 * follows later, from the outbox that {@code admit} and {@code settle} have written. Settling comes before the last byte
 * of the answer, so that nothing that a client has got whole can be missing from the archive.
 *
 * <p>Thread-safe; each request runs on its own virtual thread.
 */
public final class PromptPath {
    private final Turns turns;
    private final Upstream upstream;
    private final Recall recall;
    private final StreamRelay relay;
    private final Realm realm;

    /**
     * Joins the steps.
     *
     * @param realm who may ask
     */
    public PromptPath(
            Turns turns,
            Upstream upstream,
            ResponseCache cache,
            BrokerConfig.Upstream config,
            Resumes resumes,
            Realm realm) {
        this.realm = realm;
        this.turns = turns;
        this.upstream = upstream;
        this.recall = new Recall(cache, Key.provider(config));
        this.relay = new StreamRelay(upstream, resumes);
    }

    void handle(Exchange exchange, Endpoint endpoint) throws ClientGone, InterruptedException {
        handle(exchange, () -> endpoint);
    }

    /**
     * For endpoints that come and go: only who may call is told whether there is one.
     *
     * @param lookup throws {@code not_found}
     */
    void handle(Exchange exchange, Supplier<Endpoint> lookup) throws ClientGone, InterruptedException {
        handle(exchange, realm, caller -> lookup.get());
    }

    /** For endpoints that depend on who asks. */
    void handle(Exchange exchange, Realm realm, Function<Caller, Endpoint> lookup)
            throws ClientGone, InterruptedException {
        Caller caller = turns.who(exchange, realm);
        Endpoint endpoint = lookup.apply(caller);
        Prompt prompt = what(exchange, endpoint, caller);
        OptionalInt most = prompt.maxTokens();
        var question = new Question(
                endpoint.path(),
                prompt.model(),
                prompt.input(),
                endpoint.units(),
                prompt.input(),
                most.isPresent() ? OptionalLong.of(most.getAsInt()) : OptionalLong.empty());
        turns.take(exchange, caller, question, turn -> ask(exchange, caller, endpoint, prompt, turn));
    }

    private Prompt what(Exchange exchange, Endpoint endpoint, Caller caller) {
        try {
            Prompt prompt = endpoint.parser().parse(exchange);
            exchange.trace().model(prompt.model());
            return prompt;
        } catch (Problem invalid) {
            turns.tellLimits(exchange, caller);
            throw invalid;
        }
    }

    private void ask(Exchange exchange, Caller caller, Endpoint endpoint, Prompt prompt, Turn turn)
            throws ClientGone, InterruptedException {
        switch (look(exchange, caller, endpoint, prompt, turn)) {
            case Found.Known(Kept kept) -> {
                turn.known(kept.text(), recall.charges());
                turn.tellLimits();
                switch (endpoint.answer()) {
                    case Answer.Whole whole -> whole.sendKnown(exchange, kept.text());
                    case Answer.Stream stream -> StreamRelay.replay(exchange, stream, kept.text());
                }
            }
            case Found.Unknown(Lead lead) -> {
                try (lead) {
                    switch (endpoint.answer()) {
                        case Answer.Whole whole -> answerWhole(exchange, endpoint, whole, prompt, turn, lead);
                        case Answer.Stream stream -> answerStream(exchange, endpoint, stream, prompt, turn, lead);
                    }
                }
            }
        }
    }

    private Found look(Exchange exchange, Caller caller, Endpoint endpoint, Prompt prompt, Turn turn) {
        try {
            return recall.look(exchange, caller, endpoint, prompt);
        } catch (InterruptedException stopping) {
            Problem why = Problem.of(exchange.interruption().orElse(ProblemCode.DRAINING));
            turn.settle(Ending.FAILED, Ending.code(why));
            turn.tellLimits();
            throw why;
        }
    }

    private void answerWhole(
            Exchange exchange, Endpoint endpoint, Answer.Whole form, Prompt prompt, Turn turn, Lead lead)
            throws ClientGone {
        Completion completion;
        String text;
        try {
            completion = complete(exchange, prompt);
            turn.told(completion.usage(), completion.finishReason(), completion.upstreamId());
            text = form.text(completion.text());
            turn.answered(text);
        } catch (Problem failed) {
            Problem problem = exchange.interruption().map(Problem::of).orElse(failed);
            turn.settle(Ending.FAILED, Ending.code(problem));
            turn.tellLimits();
            throw problem;
        }
        turn.settle(Ending.DONE, Optional.empty());
        recall.keep(lead, endpoint, text, completion.finishReason());
        turn.tellLimits();
        form.send(exchange, text);
    }

    private void answerStream(
            Exchange exchange, Endpoint endpoint, Answer.Stream form, Prompt prompt, Turn turn, Lead lead)
            throws ClientGone, InterruptedException {
        turn.tellLimits();
        try {
            relay.relay(exchange, prompt, form, turn, end -> recall.keep(lead, endpoint, turn.text(), end));
        } catch (Problem notBegun) {
            turn.tellLimits();
            throw notBegun;
        }
    }

    private Completion complete(Exchange exchange, Prompt prompt) {
        long asked = System.nanoTime();
        try {
            return upstream.complete(prompt.call());
        } finally {
            exchange.trace().upstreamSince(asked);
        }
    }
}
