package gptbroker.faults;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/** When something was broken on purpose, and what clients may see of it. Thread-safe. */
final class Outages {
    /** What notices late that something is back: pools, back-offs, a retry that was under way. */
    private static final long GRACE_NANOS = Duration.ofSeconds(5).toNanos();

    private final Queue<Window> windows = new ConcurrentLinkedQueue<>();
    private final Queue<Long> deaths = new ConcurrentLinkedQueue<>();

    /** What is broken. */
    enum What {
        /** The broker does not run, or runs down: connections end. */
        BROKER(Set.of("draining", "identity_unavailable", "quota_unavailable"), true),
        /** Nobody can be admitted. */
        REDIS(Set.of("quota_unavailable"), false),
        /** Clients must not notice. */
        POSTGRES(Set.of(), false),
        /** The whole machine stood still, this process included: nobody's fault. */
        MACHINE(Set.of("quota_unavailable"), false);

        private final Set<String> codes;
        private final boolean cutsConnections;

        What(Set<String> codes, boolean cutsConnections) {
            this.codes = codes;
            this.cutsConnections = cutsConnections;
        }
    }

    private record Window(What what, long from, long to) {}

    /** Breaks and mends something. */
    @FunctionalInterface
    interface Break {
        void run() throws Exception;
    }

    /** Notes the time that this takes. */
    void during(What what, Break fault) throws Exception {
        long from = System.nanoTime();
        try {
            fault.run();
        } finally {
            windows.add(new Window(what, from, System.nanoTime()));
        }
    }

    /** The machine stood still from then until now. */
    void stalled(long from) {
        windows.add(new Window(What.MACHINE, from, System.nanoTime()));
    }

    /** How often the machine stood still. */
    long stalls() {
        return windows.stream().filter(window -> window.what == What.MACHINE).count();
    }

    /**
     * The broker is killed now, without a last word: all that it could write it has written. When its process is seen to
     * have gone may be much later on a busy machine.
     */
    void dies() {
        deaths.add(System.nanoTime());
    }

    /** How often something was done to the broker: at most that many processes have started. */
    long starts() {
        return windows.stream().filter(window -> window.what == What.BROKER).count();
    }

    List<Long> deaths() {
        return List.copyOf(deaths);
    }

    /** Whether a fault explains a server's error. */
    boolean explains(Seen seen, String code) {
        return windows.stream().anyMatch(window -> overlap(window, seen) && window.what.codes.contains(code));
    }

    /** Whether a fault explains that a connection ended early, or that nobody answered. */
    boolean explainsEnd(Seen seen) {
        return windows.stream().anyMatch(window -> overlap(window, seen) && window.what.cutsConnections);
    }

    /** Whether this was broken at some time between these two. */
    boolean broken(What what, long from, long to) {
        return windows.stream()
                .anyMatch(window -> window.what == what && window.from - to <= 0 && from - window.to <= GRACE_NANOS);
    }

    private static boolean overlap(Window window, Seen seen) {
        return window.from - seen.ended <= 0 && seen.begun - window.to <= GRACE_NANOS;
    }
}
