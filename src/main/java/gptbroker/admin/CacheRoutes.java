package gptbroker.admin;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.cache.CacheStats;
import gptbroker.cache.ResponseCache;
import gptbroker.config.BrokerConfig;
import gptbroker.config.Secret;
import gptbroker.http.Access;
import gptbroker.http.ClientGone;
import gptbroker.http.Dialect;
import gptbroker.http.Exchange;
import gptbroker.http.JsonAnswer;
import gptbroker.http.Route;
import gptbroker.ops.GoDuration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code DELETE /cache} and {@code GET /stats}, as the older proxy had them (S2.17, S2.18). Thread-safe. */
public final class CacheRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(CacheRoutes.class);

    private final ResponseCache cache;
    private final BrokerConfig.Limits limits;
    private final BrokerConfig.Upstream upstream;

    /** The routes over this cache; the rest is only told. */
    public CacheRoutes(ResponseCache cache, BrokerConfig.Limits limits, BrokerConfig.Upstream upstream) {
        this.cache = cache;
        this.limits = limits;
        this.upstream = upstream;
    }

    /** For both listeners: the public one shows them to the operator alone. */
    public List<Route> routes() {
        return List.of(
                new Route("DELETE", "/cache", Access.OPERATOR, Dialect.BARE, this::clear),
                new Route("GET", "/stats", Access.OPERATOR, Dialect.BARE, this::stats));
    }

    private void clear(Exchange x) throws ClientGone {
        cache.clear();
        LOG.info("cache cleared by the operator");
        JsonAnswer.send(x, JsonNodeFactory.instance.objectNode().put("message", "Cache cleared successfully"));
    }

    private void stats(Exchange x) throws ClientGone {
        BrokerConfig.Cache config = cache.config();
        CacheStats stats = cache.stats();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putObject("cache")
                .put("item_count", stats.entries())
                .put("ttl", GoDuration.of(config.ttl().toSeconds()))
                .put("store", !config.isOn() ? "off" : config.redisUrl().isPresent() ? "redis" : "memory")
                .put("bytes", stats.bytes())
                .put("max_bytes", config.maxBytes())
                .put("hits", stats.hits())
                .put("misses", stats.misses())
                .put("bypasses", stats.bypasses())
                .put("evictions", stats.evictions());
        json.put("rate_limit", limits.ratePerMinute());
        json.put("proxy_url", upstream.proxyUrl().map(CacheRoutes::masked).orElse(""));
        json.put("openai_url", upstream.baseUrl().toString());
        JsonAnswer.send(x, json);
    }

    /** Without the user and password that it may carry. */
    private static String masked(Secret address) {
        return address.reveal().replaceFirst("//[^/]*@", "//***@");
    }
}
