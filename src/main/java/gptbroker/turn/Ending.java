package gptbroker.turn;

import gptbroker.archive.Status;
import gptbroker.problem.Problem;
import java.util.Optional;

/**
 * How an admitted call ended, and what that costs: the charge table of the product, in one place.
 *
 * <p>What is refused before admission costs nothing and never gets here; an upstream retry costs nothing extra; a broker
 * that dies leaves its reservation charged, and the reaper closes it as interrupted.
 */
public enum Ending {
    /** Answered in full. */
    DONE(Status.DONE, 1),
    /** Answered from the cache. */
    CACHED(Status.CACHED, 0),
    /** Answered from the cache, where such answers are charged, too. */
    CACHED_CHARGED(Status.CACHED, 1),
    /** Nothing was answered, whoever failed: the unit goes back. */
    FAILED(Status.ERROR, 0),
    /** The provider broke off after content. */
    BROKEN_OFF(Status.PARTIAL_UPSTREAM, 1),
    /** The client left after admission; free aborts would be exploited. */
    CLIENT_LEFT(Status.PARTIAL_CLIENT, 1),
    /** This broker stopped, or the request's time ran out, when part of the answer was out. */
    INTERRUPTED(Status.INTERRUPTED, 1);

    private final Status status;
    private final int share;

    Ending(Status status, int share) {
        this.status = status;
        this.share = share;
    }

    Status status() {
        return status;
    }

    /** What a call costs that ended so and had reserved so much: all of it, or nothing. */
    int units(int reserved) {
        return share * reserved;
    }

    /** The ending that a failure of the provider means. */
    public static Ending failure(boolean contentSeen) {
        return contentSeen ? BROKEN_OFF : FAILED;
    }

    /** The ending that the broker itself brings about. */
    public static Ending interruption(boolean contentSeen) {
        return contentSeen ? INTERRUPTED : FAILED;
    }

    /** The archive's error code of a problem. */
    public static Optional<String> code(Problem problem) {
        return Optional.of(problem.code().code());
    }
}
