package gptbroker.probe.load;

import java.util.concurrent.locks.LockSupport;

/** Time and waiting, so that tests need neither. */
interface Clock {
    /** Nanoseconds from some fixed point. */
    long nanos();

    /** Returns at {@code nanos} or a little later; at once if that is past or the thread is interrupted. */
    void sleepUntil(long nanos);

    /** The machine's. */
    static Clock system() {
        return new Clock() {
            @Override
            public long nanos() {
                return System.nanoTime();
            }

            @Override
            public void sleepUntil(long nanos) {
                for (long left = nanos - nanos();
                        left > 0 && !Thread.currentThread().isInterrupted();
                        left = nanos - nanos()) {
                    LockSupport.parkNanos(left);
                }
            }
        };
    }
}
