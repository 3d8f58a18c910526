package gptbroker.admin;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.archive.Archive.Backlog;
import gptbroker.archive.DeadLetters;
import gptbroker.archive.History;
import gptbroker.archive.Search;
import gptbroker.archive.Status;
import gptbroker.http.Access;
import gptbroker.http.ClientGone;
import gptbroker.http.Dialect;
import gptbroker.http.Exchange;
import gptbroker.http.JsonAnswer;
import gptbroker.http.Parameters;
import gptbroker.http.Route;
import gptbroker.me.Account;
import gptbroker.problem.Problem;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /admin/archive}, {@code /admin/dead}, {@code /admin/status} and {@code /admin/jwks}. Thread-safe. */
public final class ArchiveRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(ArchiveRoutes.class);
    private static final int MAX_PAGE = 200;

    private final History history;
    private final DeadLetters dead;
    private final Supplier<Backlog> backlog;
    private final LongSupplier spilled;
    private final Runnable purgeKeys;

    /**
     * The routes over these.
     *
     * @param backlog what waits for Postgres
     * @param spilled settlements of this process that wait for Redis
     * @param purgeKeys forgets the issuer's keys
     */
    public ArchiveRoutes(
            History history, DeadLetters dead, Supplier<Backlog> backlog, LongSupplier spilled, Runnable purgeKeys) {
        this.history = history;
        this.dead = dead;
        this.backlog = backlog;
        this.spilled = spilled;
        this.purgeKeys = purgeKeys;
    }

    /** For both listeners; each wants the admin key. */
    public List<Route> routes() {
        return List.of(
                new Route("GET", "/admin/archive", Access.ADMIN, Dialect.BARE, this::search),
                new Route("GET", "/admin/dead", Access.ADMIN, Dialect.BARE, this::dead),
                new Route("GET", "/admin/status", Access.ADMIN, Dialect.BARE, this::status),
                new Route("DELETE", "/admin/jwks", Access.ADMIN, Dialect.BARE, this::purge));
    }

    private void search(Exchange x) throws ClientGone {
        Optional<String> status = Parameters.text(x, "status");
        if (status.isPresent()
                && Stream.of(Status.values()).noneMatch(known -> known.label().equals(status.get()))) {
            throw Parameters.invalid("status");
        }
        var wanted = new Search(
                Parameters.id(x, "user"),
                Parameters.id(x, "project"),
                Parameters.date(x, "day"),
                status,
                Parameters.id(x, "before"),
                Parameters.number(x, "limit", 1, MAX_PAGE, 50));
        JsonAnswer.send(x, Account.of(history.search(wanted)));
    }

    private void dead(Exchange x) throws ClientGone {
        int limit = Parameters.number(x, "limit", 1, MAX_PAGE, 50);
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("count", dead.count());
        var entries = json.putArray("entries");
        for (DeadLetters.Dead entry : dead.latest(limit)) {
            entries.addObject()
                    .put("stream", entry.stream())
                    .put("entry_id", entry.entryId())
                    .put("exchange_id", entry.exchangeId().map(Object::toString).orElse(null))
                    .put("reason", entry.reason())
                    .put("bytes", entry.bytes())
                    .put("parked_at", entry.parkedAt().toString());
        }
        JsonAnswer.send(x, json);
    }

    private void status(Exchange x) throws ClientGone {
        Backlog waiting = backlog.get();
        JsonAnswer.send(
                x,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("spilled", spilled.getAsLong())
                        .put("archive_waiting", waiting.entries())
                        .put("archive_lag_seconds", waiting.seconds())
                        .put("archive_dead", countDead()));
    }

    /** The status is wanted most when something is away. */
    private @Nullable Long countDead() {
        try {
            return dead.count();
        } catch (Problem away) {
            LOG.debug("dead entries not counted: {}", away.code());
            return null;
        }
    }

    private void purge(Exchange x) throws ClientGone {
        purgeKeys.run();
        LOG.info("signing keys forgotten, fetching anew");
        JsonAnswer.send(x, JsonNodeFactory.instance.objectNode().put("purged", true));
    }
}
