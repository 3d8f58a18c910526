package gptbroker.event;

import gptbroker.http.Exchange;
import gptbroker.identity.Caller;
import gptbroker.live.Audience;

/** The one topic that all events are told in (S1.47), for the operator alone: the route asks for the admin key. */
public final class EventAudience implements Audience {
    /** The colon keeps it apart from all topics of chats, whose ids people may choose and which have none. */
    static final String TOPIC = "operator:events";

    /** Without state. */
    public EventAudience() {}

    @Override
    public String enter(Caller caller, Exchange exchange) {
        return TOPIC;
    }

    @Override
    public void require(Caller caller, String topic) {
        // Whoever has the key may hear them.
    }
}
