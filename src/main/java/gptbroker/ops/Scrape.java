package gptbroker.ops;

import io.helidon.common.media.type.MediaTypes;
import io.helidon.metrics.api.MeterRegistryFormatter;
import io.helidon.metrics.spi.MeterRegistryFormatterProvider;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * The Prometheus text of one {@link Meters} and of the process itself.
 *
 * <p>Thread-safe.
 */
public final class Scrape {
    /** Prometheus text format 0.0.4. */
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    /** The formatter ends every counter in {@code _total}; dashboards know these two without it (S3.32). */
    private static final Map<String, String> SEED_NAMES = Map.of(
            "gpt_broker_valid_requests_total", "gpt_broker_valid_requests",
            "gpt_broker_failed_requests_total", "gpt_broker_failed_requests");

    private final String instanceLabel;
    private final MeterRegistryFormatter formatter;

    /** What is registered in {@code meters}, whenever it was registered. */
    public Scrape(Meters meters) {
        this.instanceLabel = Meters.INSTANCE + "=\"" + meters.instance() + "\"";
        this.formatter = ServiceLoader.load(MeterRegistryFormatterProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .map(provider -> provider.formatter(
                        MediaTypes.TEXT_PLAIN, null, Meters.registry(), Optional.empty(), List.of(), List.of()))
                .flatMap(Optional::stream)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no Prometheus formatter on the class path"));
    }

    /** The values of this instant. */
    public String text() {
        StringBuilder text = new StringBuilder(16 * 1024);
        StringBuilder head = new StringBuilder();
        for (String line : formatter.format().map(Object::toString).orElse("").split("\n")) {
            if (line.startsWith("#")) {
                head = line.startsWith("# HELP ") ? new StringBuilder() : head;
                head.append(comment(line)).append('\n');
            } else if (line.contains(instanceLabel) && !isMaximum(line)) {
                text.append(head).append(sample(line)).append('\n');
                head.setLength(0);
            }
        }
        ProcessMetrics.append(text);
        return text.toString();
    }

    /** Micrometer adds a decaying maximum to each histogram; it means little to Prometheus. */
    private static boolean isMaximum(String line) {
        return line.startsWith("_seconds_max", line.indexOf('{') - "_seconds_max".length());
    }

    /** {@code # HELP name text} with the seed's names. */
    private static String comment(String line) {
        String[] words = line.split(" ", 4);
        words[2] = SEED_NAMES.getOrDefault(words[2], words[2]);
        return String.join(" ", words);
    }

    /** {@code name{a="b",} 1.0} with the seed's names and without our instance label. */
    private String sample(String line) {
        int open = line.indexOf('{');
        int close = line.lastIndexOf("} ");
        String name = line.substring(0, open);
        String labels = ("," + line.substring(open + 1, close) + ",").replace("," + instanceLabel + ",", ",");
        int first = labels.startsWith(",") ? 1 : 0;
        int last = labels.length();
        while (last > first && labels.charAt(last - 1) == ',') {
            last--;
        }
        String left = labels.substring(first, last);
        return SEED_NAMES.getOrDefault(name, name)
                + (left.isEmpty() ? "" : "{" + left + "}")
                + line.substring(close + 1);
    }
}
