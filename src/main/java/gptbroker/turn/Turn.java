package gptbroker.turn;

import gptbroker.admission.Admission;
import gptbroker.admission.Allowance;
import gptbroker.admission.Decision.Admitted;
import gptbroker.admission.Reservation;
import gptbroker.archive.Entry;
import gptbroker.archive.EntryCodec;
import gptbroker.http.Exchange;
import gptbroker.identity.Caller;
import gptbroker.upstream.Usage;
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

    private final Admission admission;
    private final InstantSource clock;
    private final CheckpointPolicy checkpoints;
    private final LimitHeaders limits;
    private final Exchange exchange;
    private final Reservation reservation;
    private final Allowance allowance;
    private final byte[] openRecord;
    private final StringBuilder answer = new StringBuilder();

    private Optional<Usage> usage = Optional.empty();
    private Optional<String> finishReason = Optional.empty();
    private Optional<String> upstreamId = Optional.empty();
    private @Nullable Long firstTokenMillis;
    private long lastCheckpointNanos;
    private int lastCheckpointLength;
    private boolean settled;
    private boolean hasContent;
    private boolean refunded;

    Turn(
            Admission admission,
            InstantSource clock,
            CheckpointPolicy checkpoints,
            LimitHeaders limits,
            Exchange exchange,
            Admitted admitted,
            byte[] openRecord) {
        this.admission = admission;
        this.clock = clock;
        this.checkpoints = checkpoints;
        this.limits = limits;
        this.exchange = exchange;
        this.reservation = admitted.reservation();
        this.allowance = admitted.allowance();
        this.openRecord = openRecord;
        this.lastCheckpointNanos = System.nanoTime();
    }

    /** Whose call it is. */
    public Caller caller() {
        return reservation.caller();
    }

    /** Tells the caller what is left, with this call's unit back in its day if it was refunded. */
    public void tellLimits() {
        limits.write(exchange, refunded ? allowance.refunded(reservation.units()) : allowance);
    }

    /** Notes content of which no text is kept, such as a tool's arguments. */
    public void passed() {
        if (firstTokenMillis == null) {
            firstTokenMillis = elapsedMillis();
            exchange.trace().firstTokenMillis(firstTokenMillis);
        }
        hasContent = true;
    }

    /** Notes text that the client is about to get, and from time to time puts the text so far into the outbox. */
    public void answered(String text) {
        passed();
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
        usage.ifPresent(counted ->
                exchange.trace().promptTokens(counted.promptTokens()).completionTokens(counted.completionTokens()));
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
        refunded = units == 0;
        // A deadline's or drain's interrupt has done its work: neither settling nor the answer's end is cut short by
        // it.
        exchange.lastWords();
        var closed = new Entry.Closed(
                reservation.id(),
                clock.instant(),
                ending.status(),
                Optional.of(answer.toString()),
                units,
                usage,
                finishReason,
                upstreamId,
                elapsedMillis(),
                Optional.ofNullable(firstTokenMillis),
                errorCode);
        exchange.trace().outcome(ending.status().label()).units(units);
        admission.settle(reservation, units, openRecord, CODEC.encode(closed));
    }

    private long elapsedMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - exchange.startNanos());
    }
}
