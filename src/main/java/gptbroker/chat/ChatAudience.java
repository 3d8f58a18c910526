package gptbroker.chat;

import gptbroker.account.Users;
import gptbroker.http.Exchange;
import gptbroker.http.Fields;
import gptbroker.identity.Caller;
import gptbroker.live.Audience;

/** Who may hear a chat: whoever has a seat in it, as long as they have it (S1.45). Thread-safe. */
public final class ChatAudience implements Audience {
    private final Users users;
    private final ChatRules rules;

    /** The audience of chats with these rules. */
    public ChatAudience(Users users, ChatRules rules) {
        this.users = users;
        this.rules = rules;
    }

    @Override
    public String wanted(Exchange exchange) {
        return Ids.chat(ChatRoutes.id(Fields.of(exchange)));
    }

    @Override
    public void require(Caller caller, String topic) {
        rules.require(users.ensure(caller).id(), topic);
    }
}
