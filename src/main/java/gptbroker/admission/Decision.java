package gptbroker.admission;

import gptbroker.problem.ProblemCode;
import java.time.Duration;

/** What {@code admit} answers. Redis being away is not a decision: see {@link Admission#admit}. */
public sealed interface Decision {
    /** What the caller may still do after this decision. */
    Allowance allowance();

    /** The call may go upstream; it must be settled on every path. */
    record Admitted(Reservation reservation, Allowance allowance) implements Decision {}

    /**
     * The call may not go upstream and has cost nothing.
     *
     * @param reason {@code quota_exceeded}, {@code token_quota_exceeded}, {@code cost_quota_exceeded}, {@code rate_exceeded}, {@code concurrency_exceeded} (429) or
     *     {@code access_denied} (403)
     * @param retryAfter when a retry may be admitted; zero when never
     */
    record Denied(ProblemCode reason, Duration retryAfter, Allowance allowance) implements Decision {}
}
