package gptbroker.prompt;

import gptbroker.admission.Admission;
import gptbroker.admission.Allowance;
import gptbroker.admission.Decision.Admitted;
import gptbroker.admission.Decision.Denied;
import gptbroker.archive.Entry;
import gptbroker.archive.EntryCodec;
import gptbroker.config.BrokerConfig;
import gptbroker.http.ClientGone;
import gptbroker.http.Exchange;
import gptbroker.identity.Authenticator;
import gptbroker.identity.Caller;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.upstream.Completion;
import gptbroker.upstream.Upstream;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of one request, from the credential to the last byte.
 *
 * <p>The listener has accepted and framed it; then: who asks, what, may they, ask the model, settle, answer. The archive
 * follows later, from the outbox that {@code admit} and {@code settle} have written. Settling comes before the last byte
 * of the answer, so that nothing that a client has got whole can be missing from the archive.
 *
 * <p>Thread-safe; each request runs on its own virtual thread.
 */
public final class PromptPath {
    private static final Logger LOG = LoggerFactory.getLogger(PromptPath.class);
    private static final EntryCodec CODEC = new EntryCodec();

    private final Authenticator authenticator;
    private final Admission admission;
    private final Upstream upstream;
    private final InstantSource clock;
    private final CheckpointPolicy checkpoints;
    private final LimitHeaders limits;
    private final StreamRelay relay;

    /** Joins the steps. */
    public PromptPath(
            Authenticator authenticator,
            Admission admission,
            Upstream upstream,
            BrokerConfig.Archive archive,
            InstantSource clock) {
        this.authenticator = authenticator;
        this.admission = admission;
        this.upstream = upstream;
        this.clock = clock;
        this.checkpoints = new CheckpointPolicy(archive.checkpointEvery(), archive.checkpointBytes());
        this.limits = new LimitHeaders(clock);
        this.relay = new StreamRelay(upstream);
    }

    void handle(Exchange exchange, Endpoint endpoint) throws ClientGone, InterruptedException {
        Caller caller = who(exchange);
        Prompt prompt = what(exchange, endpoint, caller);
        byte[] openRecord = CODEC.encode(opened(exchange, endpoint, caller, prompt));
        switch (admission.admit(caller, exchange.id(), openRecord)) {
            case Denied denied -> throw refusal(exchange, denied);
            case Admitted admitted -> {
                var turn = new Turn(admission, clock, checkpoints, exchange, admitted.reservation(), openRecord);
                ask(exchange, endpoint, prompt, turn, admitted.allowance());
            }
        }
    }

    private Caller who(Exchange exchange) {
        Caller caller = authenticator.authenticate(exchange.headers("Authorization"));
        exchange.trace().callerId(caller.id());
        if (caller.kind() == Caller.Kind.ADMIN) {
            // It opens the operator's routes; spent here it would be a call without a user, a day or an end.
            throw Problem.of(ProblemCode.ACCESS_DENIED, "the admin key is no user's");
        }
        return caller;
    }

    private Prompt what(Exchange exchange, Endpoint endpoint, Caller caller) {
        try {
            Prompt prompt = endpoint.parser().parse(exchange);
            exchange.trace().model(prompt.model());
            return prompt;
        } catch (Problem invalid) {
            tellLimits(exchange, caller);
            throw invalid;
        }
    }

    /** A bad request stays a bad request while Redis is away; it is just not told what is left. */
    private void tellLimits(Exchange exchange, Caller caller) {
        try {
            limits.write(exchange, admission.allowance(caller));
        } catch (Problem away) {
            LOG.debug("limits not told: {}", away.code());
        }
    }

    private Entry.Opened opened(Exchange exchange, Endpoint endpoint, Caller caller, Prompt prompt) {
        return new Entry.Opened(
                exchange.id(),
                clock.instant(),
                caller.kind().name().toLowerCase(Locale.ROOT),
                caller.id(),
                caller.userId(),
                endpoint.path(),
                prompt.model(),
                prompt.input());
    }

    private Problem refusal(Exchange exchange, Denied denied) {
        Problem problem = Problem.of(denied.reason());
        if (denied.reason() == ProblemCode.ACCESS_DENIED) {
            return problem;
        }
        limits.write(exchange, denied.allowance());
        if (denied.reason() == ProblemCode.QUOTA_EXCEEDED) {
            // OpenAI's SDKs would otherwise repeat a call that cannot succeed today.
            exchange.header("x-should-retry", "false");
        }
        return denied.retryAfter().isZero() ? problem : problem.retryAfter(denied.retryAfter());
    }

    private void ask(Exchange exchange, Endpoint endpoint, Prompt prompt, Turn turn, Allowance allowance)
            throws ClientGone, InterruptedException {
        try {
            switch (endpoint.answer()) {
                case Answer.Whole whole -> answerWhole(exchange, whole, prompt, turn, allowance);
                case Answer.Stream ignored -> answerStream(exchange, prompt, turn, allowance);
            }
        } finally {
            // Whatever was thrown on the way: no reservation is left behind, and our own defects cost nobody anything.
            turn.settle(Ending.interruption(turn.hasContent()), Optional.of(ProblemCode.INTERNAL.code()));
        }
    }

    private void answerWhole(Exchange exchange, Answer.Whole form, Prompt prompt, Turn turn, Allowance allowance)
            throws ClientGone {
        String text;
        try {
            Completion completion = complete(exchange, prompt);
            text = form.text(completion.text());
            turn.told(completion.usage(), completion.finishReason(), completion.upstreamId());
            turn.answered(text);
        } catch (Problem failed) {
            Problem problem = exchange.interruption().map(Problem::of).orElse(failed);
            turn.settle(Ending.FAILED, Ending.code(problem));
            limits.write(exchange, allowance.refunded());
            throw problem;
        }
        turn.settle(Ending.DONE, Optional.empty());
        limits.write(exchange, allowance);
        form.send(exchange, text);
    }

    private void answerStream(Exchange exchange, Prompt prompt, Turn turn, Allowance allowance)
            throws ClientGone, InterruptedException {
        limits.write(exchange, allowance);
        try {
            relay.relay(exchange, prompt, turn);
        } catch (Problem notBegun) {
            limits.write(exchange, allowance.refunded());
            throw notBegun;
        }
    }

    private Completion complete(Exchange exchange, Prompt prompt) {
        long asked = System.nanoTime();
        try {
            return upstream.complete(prompt.call());
        } finally {
            exchange.trace().upstreamMillis(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - asked));
        }
    }
}
