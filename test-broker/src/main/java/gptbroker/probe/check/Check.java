package gptbroker.probe.check;

import java.io.IOException;
import java.time.Duration;

/**
 * One promise and how to see whether it is kept.
 *
 * @param name group and promise, as the table shows them
 * @param who whether the check needs the signed-in user
 */
record Check(String name, Who who, Act act) {
    /** Whether a check needs the signed-in user. */
    enum Who {
        ANYONE,
        USER
    }

    /** Looks at the broker. */
    @FunctionalInterface
    interface Act {
        /**
         * Returns a detail for the table, or throws {@link Mismatch} when the promise is broken and {@link Skipped} when
         * nothing can be said.
         */
        String look(Session session) throws IOException, InterruptedException;
    }

    /** What came of it. */
    enum Outcome {
        PASS,
        FAIL,
        SKIP
    }

    /** A row of the table. */
    record Result(String name, Outcome outcome, Duration took, String detail) {}

    static Check anyone(String name, Act act) {
        return new Check(name, Who.ANYONE, act);
    }

    static Check user(String name, Act act) {
        return new Check(name, Who.USER, act);
    }

    /** Makes the check; whatever the broker does becomes a row. */
    Result make(Session session) throws InterruptedException {
        if (who == Who.USER && !session.signedIn()) {
            return new Result(name, Outcome.SKIP, Duration.ZERO, "nobody is signed in");
        }
        long start = System.nanoTime();
        try {
            return result(Outcome.PASS, start, act.look(session));
        } catch (Mismatch broken) {
            return result(Outcome.FAIL, start, broken.getMessage());
        } catch (Skipped nothing) {
            return result(Outcome.SKIP, start, nothing.getMessage());
        } catch (IOException failed) {
            return result(Outcome.FAIL, start, words(failed));
        }
    }

    /** The client's exceptions often have no message; none of them quotes a header. */
    private static String words(IOException failed) {
        String name = failed.getClass().getSimpleName();
        return failed.getMessage() == null ? name : name + ": " + Mismatch.shortened(failed.getMessage());
    }

    private Result result(Outcome outcome, long start, String detail) {
        return new Result(name, outcome, Duration.ofNanos(System.nanoTime() - start), detail);
    }
}
