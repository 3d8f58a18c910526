package gptbroker.event;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.http.Access;
import gptbroker.http.ClientGone;
import gptbroker.http.Dialect;
import gptbroker.http.Exchange;
import gptbroker.http.JsonAnswer;
import gptbroker.http.Parameters;
import gptbroker.http.Route;
import java.util.List;

/** {@code /admin/events}: what the operator sees of them. Thread-safe. */
public final class EventRoutes {
    private static final int MAX_PAGE = 200;

    private final EventStore store;

    /** The routes over these events. */
    public EventRoutes(EventStore store) {
        this.store = store;
    }

    /** For both listeners; it wants the admin key. */
    public List<Route> routes() {
        return List.of(new Route("GET", "/admin/events", Access.ADMIN, Dialect.BARE, this::page));
    }

    private void page(Exchange x) throws ClientGone {
        int limit = Parameters.number(x, "limit", 1, MAX_PAGE, 50);
        List<Event> page = store.page(Parameters.text(x, "caller"), Parameters.id(x, "before"), limit);
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        var events = json.putArray("events");
        page.forEach(event -> events.add(event.json()));
        json.put("next", page.size() == limit ? page.getLast().id().toString() : null);
        JsonAnswer.send(x, json);
    }
}
