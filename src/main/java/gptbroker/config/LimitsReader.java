package gptbroker.config;

import static gptbroker.config.Variable.ACCESS;
import static gptbroker.config.Variable.ADDRESS_RATE_LIMIT;
import static gptbroker.config.Variable.ANONYMOUS_DAILY_LIMIT;
import static gptbroker.config.Variable.DAILY_LIMIT;
import static gptbroker.config.Variable.ID_WHITE_LIST;
import static gptbroker.config.Variable.ON_REDIS_DOWN;
import static gptbroker.config.Variable.QUOTA_TIMEZONE;
import static gptbroker.config.Variable.RATE_LIMIT;
import static gptbroker.config.Variable.TIER_DAILY_LIMITS;
import static gptbroker.config.Variable.USER_CONCURRENCY;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.config.BrokerConfig.Access;
import gptbroker.config.BrokerConfig.OnRedisDown;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Builds {@link BrokerConfig.Limits} from the settings. */
final class LimitsReader {
    private static final long MOST = 1_000_000_000_000L;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern ID = Pattern.compile("[\\w.@|:-]{1,128}");
    private static final Pattern UUID = Pattern.compile("(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    private static final Pattern UNITS = Pattern.compile("\\d{1,12}");

    private final Settings settings;

    LimitsReader(Settings settings) {
        this.settings = settings;
    }

    BrokerConfig.Limits read() {
        int rate = settings.whole(RATE_LIMIT, 0, 1_000_000);
        return new BrokerConfig.Limits(
                settings.number(DAILY_LIMIT, 0, MOST),
                settings.number(ANONYMOUS_DAILY_LIMIT, 0, MOST),
                tiers(),
                zone(),
                rate,
                settings.isSet(ADDRESS_RATE_LIMIT) ? settings.whole(ADDRESS_RATE_LIMIT, 0, 10_000_000) : 10 * rate,
                settings.whole(USER_CONCURRENCY, 0, 10_000),
                allowlist(),
                settings.choice(ACCESS, Access.class),
                settings.choice(ON_REDIS_DOWN, OnRedisDown.class),
                new SpendingReader(settings).read());
    }

    private Map<String, Long> tiers() {
        var expected = "plan=requests a day, as in pro=500,team=2000";
        var tiers = new LinkedHashMap<String, Long>();
        for (var tier : settings.map(TIER_DAILY_LIMITS, expected).entrySet()) {
            if (!UNITS.matcher(tier.getValue()).matches()) {
                settings.wrong(TIER_DAILY_LIMITS, expected);
                return Map.of();
            }
            tiers.put(tier.getKey(), Long.valueOf(tier.getValue()));
        }
        return tiers;
    }

    private ZoneId zone() {
        try {
            return ZoneId.of(settings.text(QUOTA_TIMEZONE));
        } catch (DateTimeException e) {
            settings.wrong(QUOTA_TIMEZONE, "a time zone like UTC or Europe/Berlin");
            return ZoneId.of(QUOTA_TIMEZONE.fallback());
        }
    }

    private Set<String> allowlist() {
        var ids = new LinkedHashSet<String>();
        for (var id : listed(settings.text(ID_WHITE_LIST)).orElse(List.of(""))) {
            if (!ID.matcher(id).matches()) {
                settings.wrong(ID_WHITE_LIST, "a JSON array of user ids, or ids with commas between");
                return Set.of();
            }
            ids.add(UUID.matcher(id).matches() ? id.toLowerCase(Locale.ROOT) : id);
        }
        return ids;
    }

    /** Empty when it looks like JSON and is no array of strings. */
    private static Optional<List<String>> listed(String text) {
        if (!text.startsWith("[") && !text.startsWith("{") && !text.startsWith("\"")) {
            return Optional.of(Settings.items(text));
        }
        try {
            return Optional.of(List.of(JSON.readValue(text, String[].class)));
        } catch (JacksonException | NullPointerException e) {
            return Optional.empty();
        }
    }
}
