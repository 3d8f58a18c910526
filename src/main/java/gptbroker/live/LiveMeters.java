package gptbroker.live;

import gptbroker.ops.Meters;
import io.helidon.metrics.api.Counter;
import java.util.function.Supplier;

/** What the feed counts. */
final class LiveMeters {
    private static final String FRAMES = "gpt_broker_live_frames_total";
    private static final String FRAMES_HELP = "Frames handed to the feed, by what became of them";

    private final Counter published;
    private final Counter lost;
    private final Counter fellBehind;

    LiveMeters(Meters meters, Supplier<Integer> subscribers) {
        published = meters.counter(FRAMES, FRAMES_HELP, "outcome", "published");
        lost = meters.counter(FRAMES, FRAMES_HELP, "outcome", "lost");
        fellBehind = meters.counter("gpt_broker_live_slow_readers_total", "Readers that fell behind their queue");
        meters.gauge("gpt_broker_live_subscribers", "Readers of topics", subscribers);
    }

    void published(int frames) {
        published.increment(frames);
    }

    void lost(int frames) {
        lost.increment(frames);
    }

    void fellBehind() {
        fellBehind.increment();
    }
}
