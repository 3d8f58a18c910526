package gptbroker.http;

import gptbroker.problem.ProblemCode;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a handler found out about its request, for the access log and the metrics; no content, no secrets. Written and
 * read by the request's thread alone.
 */
public final class Trace {
    static final long UNKNOWN = -1;

    @Nullable
    String callerId;

    @Nullable
    String model;

    @Nullable
    String outcome;

    @Nullable
    String cache;

    @Nullable
    ProblemCode problem;

    @Nullable
    String reason;

    long upstreamNanos = UNKNOWN;
    long firstTokenMillis = UNKNOWN;
    long promptTokens = UNKNOWN;
    long completionTokens = UNKNOWN;
    long units = UNKNOWN;
    long nanoUsd = UNKNOWN;

    Trace() {}

    /** The caller's stable id, once known. */
    public Trace callerId(String id) {
        callerId = id;
        return this;
    }

    /** The caller's stable id, if it is known. */
    public Optional<String> callerId() {
        return Optional.ofNullable(callerId);
    }

    /** What went wrong, if anything did. */
    public Optional<ProblemCode> problem() {
        return Optional.ofNullable(problem);
    }

    /** The public model name: one of a closed set, since it becomes a metric label. */
    public Trace model(String name) {
        model = name;
        return this;
    }

    /** How it ended, one of a closed set: an archive status label, for example. */
    public Trace outcome(String label) {
        outcome = label;
        return this;
    }

    /** {@code hit}, {@code miss} or {@code bypass}. */
    public Trace cache(String label) {
        cache = label;
        return this;
    }

    /**
     * Adds a time spent waiting for the model, from then until now; the rest of the duration is the broker's own.
     *
     * @param nanos {@link System#nanoTime} when the wait began
     */
    public Trace upstreamSince(long nanos) {
        return upstream(System.nanoTime() - nanos);
    }

    Trace upstream(long nanos) {
        upstreamNanos = nanos + Math.max(0, upstreamNanos);
        return this;
    }

    /** From the start of the request to the model's first content. */
    public Trace firstTokenMillis(long millis) {
        firstTokenMillis = millis;
        return this;
    }

    /** Tokens of the input, as the model counted them, or else the broker. */
    public Trace promptTokens(long tokens) {
        promptTokens = tokens;
        return this;
    }

    /** Tokens of the answer, as the model counted them, or else the broker. */
    public Trace completionTokens(long tokens) {
        completionTokens = tokens;
        return this;
    }

    /** What the tokens have cost, in billionths of a US dollar. */
    public Trace nanoUsd(long cost) {
        nanoUsd = cost;
        return this;
    }

    /** Quota units charged in the end. */
    public Trace units(long charged) {
        units = charged;
        return this;
    }

    /** Which check a credential has failed, in fixed words: its bearer is told no more than that it is not good. */
    Trace reason(String words) {
        reason = words;
        return this;
    }

    /** What went wrong; the listener sets it for every {@code Problem} that it answers. */
    public Trace problem(ProblemCode code) {
        problem = code;
        return this;
    }
}
