package gptbroker.upstream;

import gptbroker.ops.Meters;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/** Lets so many calls at once through, and refuses the rest at once. */
final class Bounded implements Upstream {
    private static final Duration COME_BACK = Duration.ofSeconds(1);

    private final Upstream next;
    private final int most;
    private final Semaphore permits;

    Bounded(Upstream next, int most, Meters meters) {
        this.next = next;
        this.most = most;
        this.permits = new Semaphore(most);
        meters.gauge("gpt_broker_upstream_in_flight", "Calls at the provider", this::inFlight);
    }

    @Override
    public Completion complete(Call call) {
        enter();
        try {
            return next.complete(call);
        } finally {
            permits.release();
        }
    }

    @Override
    public DeltaStream stream(Call call) {
        return held(watcher -> Watched.deltas(next.stream(call), watcher));
    }

    @Override
    public RawAnswer relay(RawCall call) {
        return held(watcher -> Watched.raw(next.relay(call), watcher));
    }

    private <T> T held(Function<Watched.Watcher, T> opening) {
        enter();
        boolean open = false;
        try {
            T stream = opening.apply(new Watched.Watcher() {
                @Override
                public void closed() {
                    permits.release();
                }
            });
            open = true;
            return stream;
        } finally {
            if (!open) {
                permits.release();
            }
        }
    }

    /** Calls that hold a permit now. */
    int inFlight() {
        return most - permits.availablePermits();
    }

    private void enter() {
        if (!permits.tryAcquire()) {
            throw Fault.of(Fault.Kind.UNAVAILABLE, most + " calls are under way")
                    .problem()
                    .retryAfter(COME_BACK);
        }
    }
}
