package gptbroker.chat;

import gptbroker.account.Users;
import gptbroker.http.Exchange;
import gptbroker.http.Fields;
import gptbroker.identity.Caller;
import gptbroker.live.Audience;

/** Who may hear a chat as it happens: whoever may read it now (S1.45). Thread-safe. */
public final class ChatAudience implements Audience {
    private final Users users;
    private final ChatRules rules;

    /** Asks these. */
    public ChatAudience(Users users, ChatRules rules) {
        this.users = users;
        this.rules = rules;
    }

    @Override
    public String enter(Caller caller, Exchange exchange) {
        String id = ChatRoutes.id(Fields.of(exchange));
        return rules.require(users.ensure(caller).id(), id).id();
    }

    @Override
    public void require(Caller caller, String topic) {
        rules.require(users.ensure(caller).id(), topic);
    }
}
