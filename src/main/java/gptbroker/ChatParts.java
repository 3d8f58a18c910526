package gptbroker;

import gptbroker.account.Users;
import gptbroker.chat.ChatAudience;
import gptbroker.chat.ChatRoutes;
import gptbroker.chat.ChatRules;
import gptbroker.chat.ChatTurns;
import gptbroker.chat.Chats;
import gptbroker.chat.Door;
import gptbroker.chat.GroupRoutes;
import gptbroker.chat.Groups;
import gptbroker.chat.Messages;
import gptbroker.http.Dialect;
import gptbroker.http.Route;
import gptbroker.identity.Realm;
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
    private final List<Route> stream;

    /** @param live where replies are told while they come, and heard */
    ChatParts(Database database, Groups kept, Users users, Turns turns, Upstream upstream, LiveParts live) {
        var messages = new Messages(database);
        var door = new Door(turns, users, Realm.CHAT);
        var rules = new ChatRules(database);
        chats = new ChatRoutes(
                new Chats(database),
                messages,
                rules,
                new ChatTurns(turns, upstream, messages, live.feed(), CONTEXT_TOKENS),
                door);
        stream = live.live("/chat/stream", Dialect.CHAT, Realm.CHAT, new ChatAudience(users, rules));
        groups = new GroupRoutes(kept, door);
    }

    /** For the public listener. */
    List<Route> routes() {
        return Stream.of(chats.routes(), groups.routes(), stream)
                .flatMap(List::stream)
                .toList();
    }
}
