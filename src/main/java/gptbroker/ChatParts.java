package gptbroker;

import gptbroker.archive.Erasure;
import gptbroker.chat.ChatAdminRoutes;
import gptbroker.chat.ChatAudience;
import gptbroker.chat.ChatModels;
import gptbroker.chat.ChatRoutes;
import gptbroker.chat.ChatRules;
import gptbroker.chat.ChatTurns;
import gptbroker.chat.Chats;
import gptbroker.chat.Door;
import gptbroker.chat.GroupRoutes;
import gptbroker.chat.Messages;
import gptbroker.chat.Orphans;
import gptbroker.chat.Traces;
import gptbroker.event.EventAudience;
import gptbroker.event.EventRoutes;
import gptbroker.event.EventStore;
import gptbroker.event.Events;
import gptbroker.gateway.GatewayRoutes;
import gptbroker.http.Dialect;
import gptbroker.http.Errands;
import gptbroker.http.RequestObserver;
import gptbroker.http.Route;
import gptbroker.identity.Realm;
import gptbroker.models.Models;
import gptbroker.turn.Turns;
import gptbroker.upstream.Upstream;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Chats, groups and the events of both, wired. */
final class ChatParts implements AutoCloseable {
    private final ChatRoutes chats;
    private final GroupRoutes groups;
    private final GatewayRoutes.Talk talk;
    private final ChatAdminRoutes forOperator;
    private final List<Route> stream;
    private final List<Route> eventStream;
    private final EventStore eventStore;
    private final Traces traces;
    private final Events events;
    private final Errands errands;
    private final Orphans orphans;

    /**
     * Joins them.
     *
     * @param registry of models, which chats may have
     * @param live where replies are told while they come, and heard
     * @param archived whether the archive has everything that is older than this
     */
    ChatParts(
            Foundation on,
            CallerParts callers,
            Turns turns,
            Upstream upstream,
            Models registry,
            LiveParts live,
            Predicate<Duration> archived) {
        var database = on.database();
        var users = callers.users();
        var messages = new Messages(database);
        var rules = new ChatRules(database);
        var models = new ChatModels(registry);
        var door = new Door(turns, users, Realm.CHAT);
        var next = new ChatTurns(
                turns,
                upstream,
                models,
                messages,
                live.feed(),
                on.config().chat().contextTokens());
        var all = new Chats(database);
        talk = new GatewayRoutes.Talk(all, models, next, messages);
        chats = new ChatRoutes(all, messages, rules, models, next, door);
        stream = live.live("/chat/stream", Dialect.CHAT, Realm.CHAT, new ChatAudience(users, rules));
        eventStream = live.forOperator("/admin/events/stream", new EventAudience());
        groups = new GroupRoutes(callers.groups(), door);
        forOperator = new ChatAdminRoutes(database);
        errands = new Errands(on.config().listen().requestTimeout(), on.clock());
        orphans = new Orphans(database, live.feed(), next, errands, archived);
        eventStore = new EventStore(database);
        traces = new Traces(database, live.feed());
        events = new Events(eventStore, live.feed(), on.config().chat().eventRetentionDays(), on.meters(), on.clock());
    }

    /** For the public listener. */
    List<Route> routes() {
        return Stream.of(chats.routes(), groups.routes(), stream)
                .flatMap(List::stream)
                .toList();
    }

    /** The same chats for the gateway's dialect. */
    GatewayRoutes.Talk talk() {
        return talk;
    }

    /** For both listeners. */
    List<Route> operatorsRoutes() {
        return Stream.of(forOperator.routes(), new EventRoutes(eventStore).routes(), eventStream)
                .flatMap(List::stream)
                .toList();
    }

    /** What is kept of users, to be erased with their archive. */
    List<Erasure.Elsewhere> erasing() {
        return List.of(traces, (connection, user) -> eventStore.forget(connection, user.toString()));
    }

    /** What users have said, for their export. */
    Traces traces() {
        return traces;
    }

    /** Is told of requests. */
    RequestObserver events() {
        return events;
    }

    /** What goes on beside requests. */
    void start() {
        events.start();
        errands.start();
        orphans.start();
    }

    /** Takes over no turns of other brokers any more: this one is about to stop. */
    void rest() {
        orphans.close();
    }

    /** After the last request, before feed and database. */
    @Override
    public void close() {
        orphans.close();
        errands.close();
        events.close();
    }
}
