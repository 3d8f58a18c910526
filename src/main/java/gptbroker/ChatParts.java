package gptbroker;

import gptbroker.account.Users;
import gptbroker.chat.ChatRoutes;
import gptbroker.chat.ChatRules;
import gptbroker.chat.ChatTurns;
import gptbroker.chat.Chats;
import gptbroker.chat.Door;
import gptbroker.chat.GroupRoutes;
import gptbroker.chat.Groups;
import gptbroker.chat.Messages;
import gptbroker.http.Route;
import gptbroker.identity.Realm;
import gptbroker.live.Feed;
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

    /** @param feed where replies are told while they come */
    ChatParts(Database database, Groups kept, Users users, Turns turns, Upstream upstream, Feed feed) {
        var messages = new Messages(database);
        var door = new Door(turns, users, Realm.CHAT);
        chats = new ChatRoutes(
                new Chats(database),
                messages,
                new ChatRules(database),
                new ChatTurns(turns, upstream, messages, feed, CONTEXT_TOKENS),
                door);
        groups = new GroupRoutes(kept, door);
    }

    /** For the public listener. */
    List<Route> routes() {
        return Stream.concat(chats.routes().stream(), groups.routes().stream()).toList();
    }
}
