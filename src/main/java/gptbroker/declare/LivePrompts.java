package gptbroker.declare;

import gptbroker.config.ConfigException;
import gptbroker.ops.Meters;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The prompts in force. A changed file is noticed within seconds; one with mistakes leaves the old prompts in force.
 * Thread-safe.
 */
public final class LivePrompts implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LivePrompts.class);
    private static final Duration EVERY = Duration.ofSeconds(2);
    private static final byte[] UNREADABLE = {};

    private final Path file;
    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("prompts-", 0).factory());
    private byte[] seen;
    private volatile Map<String, Declaration> prompts;
    private volatile boolean refused;

    /**
     * Reads the file; it is watched from {@link #start} on.
     *
     * @throws ConfigException with every mistake and its line
     */
    public LivePrompts(Path file, Meters meters) {
        this.file = file;
        this.seen = PromptsFile.bytes(file);
        this.prompts = PromptsFile.parse(seen);
        meters.gauge(Meters.DEGRADED, Meters.DEGRADED_HELP, () -> refused ? 1 : 0, "what", "prompts");
    }

    /** Begins to watch. */
    public void start() {
        LOG.info("{} prompts declared", prompts.size());
        watch.scheduleWithFixedDelay(() -> look(false), EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The prompt of this name, in whatever case. */
    public Optional<Declaration> find(String name) {
        return Optional.ofNullable(prompts.get(name.toLowerCase(Locale.ROOT)));
    }

    /** Reads the file now, and says what came of it even if it has not changed. */
    public void reload() {
        look(true);
    }

    /** The content itself is compared: times of change are coarse, and mounted configurations are swapped by links. */
    private synchronized void look(boolean asked) {
        byte[] before = seen;
        try {
            seen = UNREADABLE;
            seen = PromptsFile.bytes(file);
            if (asked || !Arrays.equals(before, seen)) {
                prompts = PromptsFile.parse(seen);
                refused = false;
                LOG.info("{} prompts declared", prompts.size());
            }
        } catch (ConfigException wrong) {
            refused = true;
            if (asked || !Arrays.equals(before, seen)) {
                LOG.error("PROMPTS_FILE has changed and is wrong; the old prompts stay in force: {}", wrong.mistakes());
            }
        } catch (RuntimeException defect) {
            refused = true;
            LOG.error(
                    "PROMPTS_FILE cannot be read; the old prompts stay in force: {}",
                    defect.getClass().getName());
        }
    }

    @Override
    public void close() {
        watch.shutdownNow();
    }
}
