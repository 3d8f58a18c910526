package gptbroker.turn;

import gptbroker.admission.Admission;
import gptbroker.admission.Allowance;
import gptbroker.admission.Charge;
import gptbroker.admission.Decision.Admitted;
import gptbroker.admission.Reservation;
import gptbroker.archive.Entry;
import gptbroker.archive.EntryCodec;
import gptbroker.http.Occasion;
import gptbroker.http.Trace;
import gptbroker.identity.Caller;
import gptbroker.upstream.Usage;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One admitted call between {@code admit} and {@code settle}: what has been answered so far, and the single place that
 * settles. Belongs to the request's thread.
 */
public final class Turn {
    private static final EntryCodec CODEC = new EntryCodec();
    private static final Optional<Usage> NO_TOKENS = Optional.of(new Usage(0, 0));

    private final Admission admission;
    private final InstantSource clock;
    private final CheckpointPolicy checkpoints;
    private final LimitHeaders limits;
    private final Occasion occasion;
    private final Reservation reservation;
    private final Allowance allowance;
    private final byte[] openRecord;
    private final Billing billing;
    private final Billing.Quote quote;
    private final StringBuilder answer = new StringBuilder();

    private Optional<Usage> usage = Optional.empty();
    private Optional<String> finishReason = Optional.empty();
    private Optional<String> upstreamId = Optional.empty();
    private @Nullable Long firstTokenMillis;
    private long lastCheckpointNanos;
    private int lastCheckpointLength;
    private boolean settled;
    private boolean hasContent;
    private long silentPieces;
    private byte @Nullable [] asked;
    private @Nullable Charge cost;

    Turn(
            Admission admission,
            InstantSource clock,
            CheckpointPolicy checkpoints,
            LimitHeaders limits,
            Occasion occasion,
            Admitted admitted,
            byte[] openRecord,
            Billing billing,
            Billing.Quote quote) {
        this.admission = admission;
        this.clock = clock;
        this.checkpoints = checkpoints;
        this.limits = limits;
        this.occasion = occasion;
        this.reservation = admitted.reservation();
        this.allowance = admitted.allowance();
        this.openRecord = openRecord;
        this.billing = billing;
        this.quote = quote;
        this.lastCheckpointNanos = System.nanoTime();
    }

    /** Whose call it is. */
    public Caller caller() {
        return reservation.caller();
    }

    /** Tells the caller what is left; once it is settled, with what this call has really cost. */
    public void tellLimits() {
        limits.write(occasion, cost == null ? allowance : allowance.settled(reservation.held(), cost));
    }

    /** Notes what the model is really asked, where that is more than the question says: a chat with what it remembers. */
    public void asks(byte[] messages) {
        asked = messages;
    }

    /** Notes content of which no text is kept, such as a tool's arguments. */
    public void passed() {
        silentPieces++;
        content();
    }

    private void content() {
        if (firstTokenMillis == null) {
            firstTokenMillis = elapsedMillis();
            occasion.trace().firstTokenMillis(firstTokenMillis);
        }
        hasContent = true;
    }

    /** Notes text that the client is about to get, and from time to time puts the text so far into the outbox. */
    public void answered(String text) {
        content();
        answer.append(text);
        long now = System.nanoTime();
        if (checkpoints.due(now - lastCheckpointNanos, answer.length() - lastCheckpointLength)) {
            lastCheckpointNanos = now;
            lastCheckpointLength = answer.length();
            var partial = new Entry.Checkpoint(reservation.id(), clock.instant(), answer.toString());
            admission.checkpoint(reservation, CODEC.encode(partial));
        }
    }

    /** Notes what the provider told at the end. */
    public void told(Optional<Usage> usage, Optional<String> finishReason, Optional<String> upstreamId) {
        this.usage = usage;
        this.finishReason = finishReason;
        this.upstreamId = upstreamId;
    }

    /** Settles a call whose answer is known already: no token of the provider's is spent on it. */
    public void known(String text, boolean charged) {
        hasContent = true;
        answer.append(text);
        told(NO_TOKENS, Optional.empty(), Optional.empty());
        settle(charged ? Ending.CACHED_CHARGED : Ending.CACHED, Optional.empty());
    }

    /** The text noted so far. */
    public String text() {
        return answer.toString();
    }

    /** Whether the client may have got something worth a unit. */
    public boolean hasContent() {
        return hasContent;
    }

    /** What the call costs of the day, unless it goes back. */
    int units() {
        return reservation.units();
    }

    /** Charges or refunds, once; durable in Redis or in the local spill when this returns. */
    public void settle(Ending ending, Optional<String> errorCode) {
        if (settled) {
            return;
        }
        settled = true;
        int units = ending.units(reservation.units());
        // A deadline's or drain's interrupt has done its work: neither settling nor the answer's end is cut short by
        // it.
        occasion.lastWords();
        Bill bill = billing.bill(quote, usage, prompt(), answer, silentPieces, ending == Ending.FAILED);
        Charge charge = quote.settled(units, bill);
        cost = charge;
        trace(ending, units, bill);
        admission.settle(reservation, charge, openRecord, CODEC.encode(closed(ending, units, bill, errorCode)));
    }

    private String prompt() {
        return asked == null ? quote.question().input() : new String(asked, StandardCharsets.UTF_8);
    }

    private Entry.Closed closed(Ending ending, int units, Bill bill, Optional<String> errorCode) {
        return new Entry.Closed(
                reservation.id(),
                clock.instant(),
                ending.status(),
                Optional.of(answer.toString()),
                units,
                bill.usage(),
                finishReason,
                upstreamId,
                elapsedMillis(),
                Optional.ofNullable(firstTokenMillis),
                errorCode,
                bill.spent());
    }

    private void trace(Ending ending, int units, Bill bill) {
        Trace trace = occasion.trace().outcome(ending.status().label()).units(units);
        bill.usage()
                .ifPresent(counted ->
                        trace.promptTokens(counted.promptTokens()).completionTokens(counted.completionTokens()));
        bill.spent().ifPresent(spent -> spent.nanoUsd().ifPresent(trace::nanoUsd));
    }

    private long elapsedMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - occasion.startNanos());
    }
}
