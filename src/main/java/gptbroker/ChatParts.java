package gptbroker;

import gptbroker.account.Accounts;
import gptbroker.account.Users;
import gptbroker.chat.ChatRoutes;
import gptbroker.chat.ChatRules;
import gptbroker.chat.ChatTurns;
import gptbroker.chat.Chats;
import gptbroker.chat.Door;
import gptbroker.chat.GroupRoutes;
import gptbroker.chat.Groups;
import gptbroker.chat.Messages;
import gptbroker.gateway.GatewayRoutes;
import gptbroker.http.Route;
import gptbroker.identity.Realm;
import gptbroker.live.Feed;
import gptbroker.project.ApiKeys;
import gptbroker.store.Database;
import gptbroker.turn.Turns;
import gptbroker.upstream.Upstream;
import java.util.List;
import java.util.stream.Stream;

/** Chats and groups, wired. */
final class ChatParts {
    private static final int CONTEXT_TOKENS = 4096;

    private final ChatRoutes chats;
    private final GroupRoutes groups;
    private final GatewayRoutes gateway;

    /** Who signs up for a key, and with what. */
    record SignUp(Accounts accounts, ApiKeys keys, boolean open) {}

    /** @param feed where replies are told while they come */
    ChatParts(Database database, Groups kept, Users users, Turns turns, Upstream upstream, Feed feed, SignUp signUp) {
        var messages = new Messages(database);
        var door = new Door(turns, users, Realm.CHAT);
        var all = new Chats(database);
        var next = new ChatTurns(turns, upstream, messages, feed, CONTEXT_TOKENS);
        chats = new ChatRoutes(all, messages, new ChatRules(database), next, door);
        gateway = new GatewayRoutes(
                turns,
                users,
                signUp.accounts(),
                (connection, user) -> signUp.keys().createFor(connection, user.id(), "sign-up"),
                new GatewayRoutes.Talk(all, next, messages),
                signUp.open());
        groups = new GroupRoutes(kept, door);
    }

    /** For the public listener. */
    List<Route> routes() {
        return Stream.of(chats.routes(), groups.routes(), gateway.routes())
                .flatMap(List::stream)
                .toList();
    }
}
