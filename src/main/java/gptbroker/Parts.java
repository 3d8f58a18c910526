package gptbroker;

import gptbroker.admin.ArchiveRoutes;
import gptbroker.admin.CacheRoutes;
import gptbroker.admin.CallerRoutes;
import gptbroker.admin.ProjectRoutes;
import gptbroker.admission.AddressBuckets;
import gptbroker.admission.RedisAdmission;
import gptbroker.archive.Archive;
import gptbroker.archive.DeadLetters;
import gptbroker.archive.Erasure;
import gptbroker.archive.History;
import gptbroker.cache.Key;
import gptbroker.cache.ResponseCache;
import gptbroker.config.BrokerConfig;
import gptbroker.declare.LivePrompts;
import gptbroker.http.BrokerServer;
import gptbroker.http.DocsRoutes;
import gptbroker.http.OpsRoutes;
import gptbroker.http.PlaygroundRoutes;
import gptbroker.http.Route;
import gptbroker.identity.AdminKey;
import gptbroker.identity.Realm;
import gptbroker.me.Export;
import gptbroker.me.InputRoutes;
import gptbroker.me.MeRoutes;
import gptbroker.models.Models;
import gptbroker.openai.OpenAiRoutes;
import gptbroker.ops.Health;
import gptbroker.ops.Scrape;
import gptbroker.prompt.DeclaredEndpoints;
import gptbroker.prompt.FixedEndpoints;
import gptbroker.prompt.ProjectEndpoint;
import gptbroker.prompt.PromptPath;
import gptbroker.store.Database;
import gptbroker.turn.Billing;
import gptbroker.turn.Turns;
import gptbroker.upstream.Upstreams;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A whole broker, built from its configuration: the only place that wires. Built top-down, started and stopped in the
 * order that the comments give.
 */
public final class Parts implements Serving {
    private static final Logger LOG = LoggerFactory.getLogger(Parts.class);

    private final Database database;
    private final Early<Boolean> migrated;
    private final Archive archive;
    private final RedisAdmission admission;
    private final LiveParts live;
    private final Upstreams upstream;
    private final ResponseCache cache;
    private final CallerParts callers;
    private final Health health;
    private final Optional<LivePrompts> prompts;
    private final ChatParts chats;
    private final BrokerServer server;

    /**
     * Builds everything, and begins to fetch the signing keys and to bring the schema to this version; serves nothing
     * yet.
     *
     * @param config with the addresses of Redis and Postgres filled in
     * @throws gptbroker.config.ConfigException when the file of the prompts, or that of the models, has mistakes
     */
    public Parts(BrokerConfig config) {
        var on = Foundation.of(config);
        var clock = on.clock();
        var meters = on.meters();
        prompts = config.promptsFile().map(file -> new LivePrompts(file, meters));
        database = on.database();
        migrated = Early.begin(() -> migrate(on.database()));
        Models models = Models.read(config.limits().spending().modelsFile())
                .withAliases(config.upstream().models());
        BrokerConfig.Upstream provider = config.upstream().withModels(models.providerNames());
        Early<Upstreams> opening = Early.begin(() -> Upstreams.open(provider, meters));
        archive = new Archive(
                config.archive(), config.redis(), on.redis(), database, meters, Instance.name(config), clock);
        admission = new RedisAdmission(config, on.redis(), new ArchiveFigures(archive.charges(), clock), meters, clock);
        callers = new CallerParts(on);
        var billing = new Billing(models, config.limits().spending(), meters);
        var turns = new Turns(callers.principals(), admission, billing, config.archive(), clock);
        cache = ResponseCache.open(config.cache(), config.redis().prefix(), meters, clock);
        live = new LiveParts(on, callers.principals(), admission);
        Realm realm = config.identity().acceptLocal() ? Realm.USERS_AND_LOCAL : Realm.USERS;
        upstream = opening.get();
        var path = new PromptPath(turns, upstream, cache, provider, live.resumes(), realm);
        var v1 = new OpenAiRoutes(turns, upstream, cache, models.names(), config.v1(), provider, live.eventOutlets());
        chats = new ChatParts(on, callers, turns, upstream, models, live, archive::hasAllOlderThan);
        health = new Health(
                Map.of("redis", admission::ready, "identity", callers.supabase()::ready),
                Map.of("postgres", database::ready),
                clock);
        var history = new History(database, config.limits().zone());
        var erasure = new Erasure(database, clock, erasing());
        List<Route> ops = Stream.of(
                        operatorsRoutes(config, new Scrape(meters), history, erasure, clock),
                        callers.operatorsRoutes(),
                        chats.operatorsRoutes())
                .flatMap(List::stream)
                .toList();
        var me = Stream.of(
                        new MeRoutes(callers.principals(), admission, history, export(history), erasure, clock)
                                .routes(),
                        new InputRoutes(callers.principals(), admission, history, clock).routes())
                .flatMap(List::stream)
                .toList();
        server = new BrokerServer(
                config.listen(),
                BrokerServer.Audience.BROWSERS,
                Stream.of(
                                routes(path, config.live(), me, ops),
                                v1.routes(),
                                chats.routes(),
                                live.streams(),
                                callers.routes(),
                                callers.gateway(turns, chats.talk()),
                                playground(config))
                        .flatMap(List::stream)
                        .toList(),
                ops,
                new AdminKey(config.identity().adminKey())::matches,
                new AddressBuckets(config.limits().addressRatePerMinute())::tryTake,
                meters,
                health,
                chats.events());
    }

    private List<Route> routes(PromptPath path, BrokerConfig.Live live, List<Route> me, List<Route> ops) {
        return Stream.of(
                        FixedEndpoints.routes(path, live.drainStream()),
                        ProjectEndpoint.routes(
                                path,
                                callers.projects()::projectOf,
                                Optional.of(cache.config())
                                        .filter(BrokerConfig.Cache::query)
                                        .map(BrokerConfig.Cache::ttl),
                                InstantSource.system()),
                        prompts.map(declared -> DeclaredEndpoints.routes(path, declared::find))
                                .orElse(List.of()),
                        me,
                        ops)
                .flatMap(List::stream)
                .toList();
    }

    /** Only where it is switched on; the configuration has seen to the key. */
    private static List<Route> playground(BrokerConfig config) {
        return config.identity()
                .anonKey()
                .filter(key -> config.dev().playground())
                .map(key -> new PlaygroundRoutes(config.identity().supabaseUrl(), key).routes())
                .orElse(List.of());
    }

    private List<Route> operatorsRoutes(
            BrokerConfig config, Scrape scrape, History history, Erasure erasure, InstantSource clock) {
        var quotas = new CallerRoutes(admission.allowlist(), admission.quotas(), history, erasure, clock);
        var stored = new ArchiveRoutes(
                history, new DeadLetters(database), archive::backlog, admission::spilled, callers.supabase()::purge);
        return Stream.of(
                        new OpsRoutes(scrape, health).routes(),
                        new DocsRoutes().routes(),
                        quotas.routes(),
                        stored.routes(),
                        new CacheRoutes(cache, config.limits(), config.upstream()).routes(),
                        new ProjectRoutes(
                                        callers.projects().projects(),
                                        callers.projects().keys(),
                                        history,
                                        clock)
                                .routes())
                .flatMap(List::stream)
                .toList();
    }

    /** What users are told of themselves. */
    private Export export(History history) {
        return new Export(List.of(
                new Export.Part("exchange", history::page), new Export.Part("message", chats.traces()::saidBy)));
    }

    /** What is kept of users beside the archive. */
    private List<Erasure.Elsewhere> erasing() {
        Erasure.Elsewhere answers = (connection, user) -> {
            cache.drop(Key.owner(user.toString()));
            return false;
        };
        Erasure.Elsewhere streams = (connection, user) -> {
            live.resumes().erase(user.toString());
            return false;
        };
        return Stream.concat(Stream.of(answers, streams), chats.erasing().stream())
                .toList();
    }

    /**
     * First what keeps and counts, then what lets in. Postgres may be away: the archive follows when it is back.
     *
     * @throws gptbroker.store.SchemaException when the database is there but cannot hold the archive
     */
    @Override
    public void start() {
        if (!migrated.get()) {
            LOG.warn("Postgres does not answer yet, the archive waits for it");
        }
        archive.start();
        admission.start();
        callers.start();
        chats.start();
        prompts.ifPresent(LivePrompts::start);
        server.start();
    }

    /** False when Postgres is away. */
    private static boolean migrate(Database database) {
        try {
            database.migrate();
            return true;
        } catch (SQLException away) {
            return false;
        }
    }

    /** The tenant's own prompts, when a file declares them. */
    Optional<LivePrompts> prompts() {
        return prompts;
    }

    /** Whether a load balancer should send anyone here. */
    boolean ready() throws InterruptedException {
        return health.readiness().ready();
    }

    /** The bound port of the public listener. */
    @Override
    public int publicPort() {
        return server.publicPort();
    }

    /** The bound port of the internal listener. */
    @Override
    public int internalPort() {
        return server.internalPort();
    }

    /** Lets running requests end, as {@link BrokerServer#drain} says; {@link #close} must follow. */
    @Override
    public void drain() throws InterruptedException {
        chats.rest();
        server.drain();
    }

    /** In reverse: no more requests, every settle down in Redis or the spill, the batch in Postgres, connections. */
    @Override
    public void close() {
        List<Runnable> steps = Stream.of(
                        List.<Runnable>of(
                                server::close,
                                () -> prompts.ifPresent(LivePrompts::close),
                                chats::close,
                                upstream::close,
                                cache::close),
                        callers.closing(),
                        List.<Runnable>of(live::close, admission::close, archive::close, database::close))
                .flatMap(List::stream)
                .toList();
        for (Runnable step : steps) {
            try {
                step.run();
            } catch (RuntimeException e) {
                // One part that cannot end must not keep the next from saving what it holds.
                LOG.error("a part did not close: {}", e.getClass().getName());
            }
        }
    }
}
