package gptbroker.archive;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.Database;

/** Runs what a request wants of the archive, and words a failure as the client's problem. */
final class Reading {
    private Reading() {}

    /**
     * One short transaction.
     *
     * @throws Problem 503 {@code archive_unavailable} when Postgres does not answer within its limits
     */
    static <T> T of(Database database, Database.Work<T> work) {
        return database.answer(ProblemCode.ARCHIVE_UNAVAILABLE, work);
    }
}
