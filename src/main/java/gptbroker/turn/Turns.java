package gptbroker.turn;

import gptbroker.admission.Admission;
import gptbroker.admission.Decision.Admitted;
import gptbroker.admission.Decision.Denied;
import gptbroker.archive.Entry;
import gptbroker.archive.EntryCodec;
import gptbroker.config.BrokerConfig;
import gptbroker.http.ClientGone;
import gptbroker.http.Exchange;
import gptbroker.http.Occasion;
import gptbroker.identity.Authenticator;
import gptbroker.identity.Caller;
import gptbroker.identity.Realm;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The steps that all kinds of question share: who asks, may they, and settle on every path. Asking and answering in
 * between are the dialects' own.
 *
 * <p>Thread-safe.
 */
public final class Turns {
    private static final Logger LOG = LoggerFactory.getLogger(Turns.class);
    private static final EntryCodec CODEC = new EntryCodec();

    /** Asks and answers one admitted call; what it leaves unsettled is settled after it. */
    @FunctionalInterface
    public interface Work {
        void answer(Turn turn) throws ClientGone, InterruptedException;
    }

    private final Authenticator authenticator;
    private final Admission admission;
    private final InstantSource clock;
    private final CheckpointPolicy checkpoints;
    private final LimitHeaders limits;
    private final Billing billing;

    /** Joins the steps. */
    public Turns(
            Authenticator authenticator,
            Admission admission,
            Billing billing,
            BrokerConfig.Archive archive,
            InstantSource clock) {
        this.authenticator = authenticator;
        this.admission = admission;
        this.billing = billing;
        this.clock = clock;
        this.checkpoints = new CheckpointPolicy(archive.checkpointEvery(), archive.checkpointBytes());
        this.limits = new LimitHeaders(clock);
    }

    /**
     * Who asks.
     *
     * @throws Problem as {@link Authenticator#authenticate}
     */
    public Caller who(Exchange exchange, Realm realm) {
        Caller caller = authenticator.authenticate(exchange::headers, realm);
        exchange.trace().callerId(caller.id());
        return caller;
    }

    /** A bad request stays a bad request while Redis is away; it is just not told what is left. */
    public void tellLimits(Occasion occasion, Caller caller) {
        try {
            limits.write(occasion, admission.allowance(caller));
        } catch (Problem away) {
            LOG.debug("limits not told: {}", away.code());
        }
    }

    /**
     * Lets pass what nobody can price: no model is named and no tokens are told.
     *
     * @throws Problem {@code model_price_unknown} for callers with a budget in dollars, unless the operator says otherwise
     */
    public void allowUnpriced(Occasion occasion, Caller caller) {
        try {
            billing.allowUnpriced(admission.budget(caller));
        } catch (Problem refused) {
            tellLimits(occasion, caller);
            throw refused;
        }
    }

    private Billing.Quote quote(Occasion occasion, Caller caller, Question question) {
        try {
            return billing.quote(question, admission.budget(caller), clock.instant());
        } catch (Problem refused) {
            tellLimits(occasion, caller);
            throw refused;
        }
    }

    /**
     * Admits a question, has it answered, and settles.
     *
     * @throws Problem when it is not admitted, and what the work throws
     */
    public void take(Occasion occasion, Caller caller, Question question, Work work)
            throws ClientGone, InterruptedException {
        Billing.Quote quote = quote(occasion, caller, question);
        byte[] openRecord = CODEC.encode(opened(occasion, caller, quote));
        switch (admission.admit(caller, occasion.id(), quote.charge(), openRecord)) {
            case Denied denied -> throw refusal(occasion, denied);
            case Admitted admitted -> {
                var turn =
                        new Turn(admission, clock, checkpoints, limits, occasion, admitted, openRecord, billing, quote);
                try {
                    work.answer(turn);
                } finally {
                    // Whatever was thrown on the way: no reservation is left, and our defects cost nobody anything.
                    turn.settle(Ending.interruption(turn.hasContent()), Optional.of(ProblemCode.INTERNAL.code()));
                }
            }
        }
    }

    private Entry.Opened opened(Occasion occasion, Caller caller, Billing.Quote quote) {
        Question question = quote.question();
        return new Entry.Opened(
                occasion.id(),
                clock.instant(),
                caller.kind().name().toLowerCase(Locale.ROOT),
                caller.id(),
                caller.userId(),
                question.endpoint(),
                question.model(),
                question.input(),
                question.units(),
                caller.projectId(),
                quote.held());
    }

    private Problem refusal(Occasion occasion, Denied denied) {
        Problem problem = Problem.of(denied.reason());
        if (denied.reason() == ProblemCode.ACCESS_DENIED) {
            return problem;
        }
        limits.write(occasion, denied.allowance());
        if (denied.reason().isOfTheDay()) {
            // OpenAI's SDKs would otherwise repeat a call that cannot succeed today.
            occasion.header("x-should-retry", "false");
        }
        return denied.retryAfter().isZero() ? problem : problem.retryAfter(denied.retryAfter());
    }
}
