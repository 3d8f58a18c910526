package gptbroker.cache;

import gptbroker.config.BrokerConfig;
import java.util.List;
import java.util.TreeMap;

/**
 * Names an answer.
 *
 * @param digest SHA-256 over everything that the answer depends on, as {@link Digest} makes it
 * @param tags what may make it obsolete before its time ({@link #tag}); dropping one drops every answer that bears it
 */
public record Key(String digest, List<String> tags) {
    public Key {
        tags = List.copyOf(tags);
    }

    /** The tag of everything that belongs to a caller alone. */
    public static String owner(String callerId) {
        return tag("owner", callerId);
    }

    /** What every answer of the provider depends on: which one it is, as whom we ask it, and what it calls its models. */
    public static String provider(BrokerConfig.Upstream config) {
        return tag(
                "provider",
                config.baseUrl() + " " + config.organization() + " " + config.project() + " "
                        + new TreeMap<>(config.models()));
    }

    /** A tag of some sort; the name may be anything, it is not kept. */
    public static String tag(String sort, String name) {
        return new Digest(sort).add(name).hex().substring(0, 32);
    }
}
