package gptbroker.admin;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.admission.Allowlist;
import gptbroker.admission.Quotas;
import gptbroker.archive.Erasure;
import gptbroker.archive.History;
import gptbroker.archive.Search;
import gptbroker.http.Access;
import gptbroker.http.ClientGone;
import gptbroker.http.Dialect;
import gptbroker.http.Exchange;
import gptbroker.http.JsonAnswer;
import gptbroker.http.Parameters;
import gptbroker.http.Route;
import gptbroker.me.Account;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /admin/allowlist} and {@code /admin/users}: one caller's affairs. Thread-safe. */
public final class CallerRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(CallerRoutes.class);
    private static final int MAX_DAYS = 366;
    private static final int MAX_PAGE = 200;

    private final Allowlist allowlist;
    private final Quotas quotas;
    private final History history;
    private final Erasure erasure;
    private final InstantSource clock;

    /** The routes over these. */
    public CallerRoutes(Allowlist allowlist, Quotas quotas, History history, Erasure erasure, InstantSource clock) {
        this.allowlist = allowlist;
        this.quotas = quotas;
        this.history = history;
        this.erasure = erasure;
        this.clock = clock;
    }

    /** For both listeners; each wants the admin key. */
    public List<Route> routes() {
        return List.of(
                new Route("GET", "/admin/allowlist", Access.ADMIN, Dialect.BARE, this::list),
                new Route("PUT", "/admin/allowlist/{id}", Access.ADMIN, Dialect.BARE, this::add),
                new Route("DELETE", "/admin/allowlist/{id}", Access.ADMIN, Dialect.BARE, this::remove),
                new Route("GET", "/admin/users/{id}/quota", Access.ADMIN, Dialect.BARE, this::quota),
                new Route("DELETE", "/admin/users/{id}/quota", Access.ADMIN, Dialect.BARE, this::reset),
                new Route("GET", "/admin/users/{id}/usage", Access.ADMIN, Dialect.BARE, this::usage),
                new Route("GET", "/admin/users/{id}/history", Access.ADMIN, Dialect.BARE, this::history),
                new Route("DELETE", "/admin/users/{id}/data", Access.ADMIN, Dialect.BARE, this::erase));
    }

    private void list(Exchange x) throws ClientGone {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        var ids = json.putArray("ids");
        allowlist.list().forEach(ids::add);
        JsonAnswer.send(x, json);
    }

    private void add(Exchange x) throws ClientGone {
        String id = callerId(x);
        listed(x, id, true, allowlist.add(id));
    }

    private void remove(Exchange x) throws ClientGone {
        String id = callerId(x);
        listed(x, id, false, allowlist.remove(id));
    }

    private static void listed(Exchange x, String id, boolean listed, boolean changed) throws ClientGone {
        LOG.info("allowlist: {} is {} listed{}", id, listed ? "now" : "no longer", changed ? "" : ", as before");
        JsonAnswer.send(
                x,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("id", id)
                        .put("listed", listed)
                        .put("changed", changed));
    }

    private void quota(Exchange x) throws ClientGone {
        tell(x, quotas.of(callerId(x)));
    }

    private void reset(Exchange x) throws ClientGone {
        Quotas.Quota quota = quotas.reset(callerId(x));
        LOG.info("quota of {} set back from {} to {}", quota.callerId(), quota.before(), quota.used());
        tell(x, quota);
    }

    private static void tell(Exchange x, Quotas.Quota quota) throws ClientGone {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("id", quota.callerId())
                .put("day", quota.day())
                .put("before", quota.before())
                .put("used", quota.used())
                .put("open", quota.open())
                .put("listed", quota.listed())
                .put("reset_seconds", quota.reset().toSeconds());
        Quotas.Counted tokens = quota.tokens();
        json.putObject("tokens")
                .put("before", tokens.before())
                .put("used", tokens.used())
                .put("open", tokens.open());
        Quotas.Counted cost = quota.nanoUsd();
        json.putObject("cost_usd")
                .put("before", Account.usd(cost.before()))
                .put("used", Account.usd(cost.used()))
                .put("open", Account.usd(cost.open()));
        JsonAnswer.send(x, json);
    }

    private void usage(Exchange x) throws ClientGone {
        UUID user = Parameters.pathId(x, "id");
        int days = Parameters.number(x, "days", 1, MAX_DAYS, 30);
        LocalDate from = history.day(clock.instant()).minusDays(days - 1L);
        JsonAnswer.send(x, Account.of(from, history.usage(user, from)));
    }

    private void history(Exchange x) throws ClientGone {
        UUID user = Parameters.pathId(x, "id");
        int limit = Parameters.number(x, "limit", 1, MAX_PAGE, 50);
        JsonAnswer.send(x, Account.of(history.search(Search.of(user, Parameters.id(x, "before"), limit))));
    }

    private void erase(Exchange x) throws ClientGone {
        UUID user = Parameters.pathId(x, "id");
        long erased = erasure.erase(user);
        LOG.info("erased {} exchanges of user {} for the operator", erased, user);
        JsonAnswer.send(x, JsonNodeFactory.instance.objectNode().put("erased", erased));
    }

    /** Quotas and allowlist go by caller id, which for a user is the lower-case user id. */
    private static String callerId(Exchange x) {
        String id = x.pathParameter("id");
        if (!Quotas.isFit(id)) {
            throw Parameters.invalid("id");
        }
        return id.length() == 36 && id.charAt(8) == '-' ? id.toLowerCase(Locale.ROOT) : id;
    }
}
