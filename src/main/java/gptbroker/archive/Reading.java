package gptbroker.archive;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.Database;
import gptbroker.store.SqlErrors;
import java.sql.SQLException;
import java.time.Duration;

/** Runs what a request wants of the archive, and words a failure as the client's problem. */
final class Reading {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

    private Reading() {}

    /**
     * One short transaction.
     *
     * @throws Problem 503 {@code archive_unavailable} when Postgres does not answer within its limits
     */
    static <T> T of(Database database, Database.Work<T> work) {
        try {
            database.migrate();
            return database.transaction(work);
        } catch (SQLException e) {
            throw Problem.of(ProblemCode.ARCHIVE_UNAVAILABLE, SqlErrors.describe(e), e)
                    .retryAfter(RETRY_AFTER);
        }
    }
}
