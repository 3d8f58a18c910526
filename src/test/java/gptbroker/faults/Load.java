package gptbroker.faults;

import gptbroker.testing.Eventually;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Many users at once, at a steady rate whatever the broker does, until it is ended; bounded in count. */
final class Load implements AutoCloseable {
    private static final int CLIENTS = 64;
    private static final Duration PATIENCE = Duration.ofSeconds(180);

    private record Kept(Wire wire, int incarnation) {}

    private final Site site;
    private final Random random;
    private final int leaving;
    private final int most;
    private final List<UUID> users = new ArrayList<>();
    private final Queue<Seen> seen = new ConcurrentLinkedQueue<>();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger running = new AtomicInteger();
    private final Semaphore clients = new Semaphore(CLIENTS);
    private final ConcurrentLinkedDeque<Kept> idle = new ConcurrentLinkedDeque<>();
    private volatile boolean held;
    private final ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor();

    /**
     * Starts.
     *
     * @param leaving how many clients of a hundred leave early
     * @param rate requests a second; 0: only those of {@link #one}
     * @param most requests that reach the broker
     */
    Load(Site site, Random random, int userCount, int leaving, int rate, int most) {
        this.site = site;
        this.random = random;
        this.leaving = leaving;
        this.most = most;
        for (int i = 0; i < userCount; i++) {
            users.add(UUID.randomUUID());
            site.token(users.getLast());
        }
        if (rate > 0) {
            pace.scheduleAtFixedRate(this::begin, 0, TimeUnit.SECONDS.toNanos(1) / rate, TimeUnit.NANOSECONDS);
        }
    }

    /** Waits until this many more have been answered, well or not. */
    void awaitMore(int count) {
        int goal = answered.get() + count;
        Eventually.within(PATIENCE, goal + " answers", () -> answered.get() >= goal || begun.get() >= most);
        if (begun.get() >= most && answered.get() < goal) {
            throw new AssertionError("the load of " + most + " requests ended before the faults did");
        }
    }

    /** Begins none while this is done; those that run go on. */
    void hold(Runnable step) {
        held = true;
        try {
            step.run();
        } finally {
            held = false;
        }
    }

    /** Begins one more, of one's own. */
    Seen one(Plan plan) {
        var one = new Seen(plan);
        running.incrementAndGet();
        Thread.startVirtualThread(() -> {
            try {
                perform(one);
            } finally {
                running.decrementAndGet();
            }
        });
        return one;
    }

    /** Begins no more, and waits for the end of all that run. */
    List<Seen> end() {
        pace.shutdownNow();
        Eventually.within(PATIENCE, "all clients have ended", () -> running.get() == 0);
        return List.copyOf(seen);
    }

    /** A user who has not used up the day: the last ones ask little. */
    UUID patientUser() {
        return users.getLast();
    }

    List<UUID> users() {
        return users;
    }

    @Override
    public void close() {
        end();
        idle.forEach(Load::quietlyClose);
    }

    /** Few users ask much, most ask little. */
    private void begin() {
        if (held || begun.get() >= most || !clients.tryAcquire()) {
            return;
        }
        begun.incrementAndGet();
        double skewed = random.nextDouble();
        UUID user = users.get((int) (users.size() * skewed * skewed));
        Plan plan = Plan.draw(random, user, leaving);
        running.incrementAndGet();
        Thread.startVirtualThread(() -> {
            try {
                perform(new Seen(plan));
            } finally {
                clients.release();
                running.decrementAndGet();
            }
        });
    }

    private void perform(Seen one) {
        int incarnation = site.broker.incarnation();
        try {
            Wire wire = connection(incarnation);
            if (new Client(wire, one).perform(site.token(one.plan.user()))) {
                idle.push(new Kept(wire, incarnation));
            } else {
                quietlyClose(new Kept(wire, incarnation));
            }
        } catch (IOException refused) {
            one.over();
            // However long it takes until the broker is back: who met nobody was no load.
            begun.decrementAndGet();
        }
        seen.add(one);
        if (one.status > 0) {
            answered.incrementAndGet();
        }
    }

    private Wire connection(int incarnation) throws IOException {
        for (Kept kept = idle.poll(); kept != null; kept = idle.poll()) {
            if (kept.incarnation == incarnation) {
                return kept.wire;
            }
            quietlyClose(kept);
        }
        return new Wire(site.port);
    }

    private static void quietlyClose(Kept kept) {
        try {
            kept.wire.close();
        } catch (IOException e) {
            // Gone is gone.
        }
    }
}
