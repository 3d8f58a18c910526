package gptbroker.chat;

import gptbroker.account.Users;
import gptbroker.http.Access;
import gptbroker.http.ClientGone;
import gptbroker.http.Dialect;
import gptbroker.http.Exchange;
import gptbroker.http.Fields;
import gptbroker.http.Route;
import gptbroker.identity.Caller;
import gptbroker.identity.Realm;
import gptbroker.turn.Turns;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** What all routes of chats and groups begin with: who asks, and with which words. Thread-safe. */
public final class Door {
    private final Turns turns;
    private final Users users;
    private final Realm realm;

    /** Lets in who has an account; a Supabase user gets one at the first request. */
    public Door(Turns turns, Users users, Realm realm) {
        this.turns = turns;
        this.users = users;
        this.realm = realm;
    }

    /**
     * Who has come in.
     *
     * @param user the account's id
     */
    record Guest(Caller caller, UUID user) {}

    /** Answers one request of a guest. */
    @FunctionalInterface
    interface Step {
        void answer(Exchange x, Guest guest, Fields fields) throws ClientGone, InterruptedException;
    }

    /** A route that changes something. */
    List<Route> write(String path, Step step) {
        return List.of(route("POST", path, step));
    }

    /** A route that only reads: GET too. */
    List<Route> read(String path, Step step) {
        return Stream.of("GET", "POST").map(method -> route(method, path, step)).toList();
    }

    private Route route(String method, String path, Step step) {
        return new Route(method, path, Access.CALLER, Dialect.CHAT, x -> {
            Caller caller = turns.who(x, realm);
            Fields fields = Fields.of(x);
            step.answer(x, new Guest(caller, users.ensure(caller).id()), fields);
        });
    }
}
