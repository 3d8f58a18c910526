package gptbroker.account;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.http.Access;
import gptbroker.http.ClientGone;
import gptbroker.http.Dialect;
import gptbroker.http.Exchange;
import gptbroker.http.Fields;
import gptbroker.http.Handler;
import gptbroker.http.JsonAnswer;
import gptbroker.http.Route;
import gptbroker.identity.Authenticator;
import gptbroker.identity.Caller;
import gptbroker.identity.OwnPages;
import gptbroker.identity.Realm;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** {@code /user/*}: signing up, in and out, and a user's own account (S1.23 to S1.29). Thread-safe. */
public final class UserRoutes {
    /** The routes that need no identity. */
    public static final Set<String> OPEN = SignIn.OPEN;

    private static final int LONGEST_NAME = 30;
    private static final int LONGEST_ID = 64;

    private final Authenticator authenticator;
    private final Users users;
    private final Accounts accounts;
    private final SignIn signIn;
    private final boolean open;

    /**
     * The routes over these.
     *
     * @param origins whose pages may use the cookie
     * @param open {@code ACCOUNTS}: whether anyone may sign up
     */
    public UserRoutes(
            Authenticator authenticator,
            Users users,
            Accounts accounts,
            Sessions sessions,
            OwnPages origins,
            boolean open) {
        this.authenticator = authenticator;
        this.users = users;
        this.accounts = accounts;
        this.signIn = new SignIn(accounts, sessions, origins);
        this.open = open;
    }

    /** For the public listener. */
    public List<Route> routes() {
        var routes = new ArrayList<Route>();
        if (open) {
            routes.add(route("POST", "/user/signup", Access.OPEN, signIn::signUp));
        }
        routes.add(route("POST", "/user/login", Access.OPEN, signIn::signIn));
        for (String method : List.of("GET", "POST")) {
            routes.add(route(method, "/user/logout", Access.OPEN, signIn::signOut));
            routes.add(route(method, "/user/read", Access.CALLER, this::read));
            routes.add(route(method, "/user/session", Access.CALLER, x -> tell(x, who(x))));
        }
        routes.add(route("POST", "/user/update", Access.CALLER, this::update));
        routes.add(route("POST", "/user/password/update", Access.CALLER, this::changePassword));
        return routes;
    }

    private static Route route(String method, String path, Access access, Handler handler) {
        return new Route(method, path, access, Dialect.CHAT, handler);
    }

    private User who(Exchange x) {
        return users.ensure(caller(x));
    }

    private Caller caller(Exchange x) {
        Caller caller = authenticator.authenticate(x::headers, Realm.CHAT);
        x.trace().callerId(caller.id());
        return caller;
    }

    private void read(Exchange x) throws ClientGone {
        User user = who(x);
        requireOwn(user, Fields.of(x));
        tell(x, user);
    }

    private void tell(Exchange x, User user) throws ClientGone {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.set("user", UserJson.of(accounts.profile(user)));
        JsonAnswer.send(x, json);
    }

    private void update(Exchange x) throws ClientGone {
        User user = who(x);
        Fields fields = Fields.of(x);
        requireOwn(user, fields);
        Optional<Username> username = Username.of(fields, "username");
        accounts.rename(
                user.id(), username, fields.name("first_name", LONGEST_NAME), fields.name("last_name", LONGEST_NAME));
        JsonAnswer.send(x, JsonNodeFactory.instance.objectNode());
    }

    private void changePassword(Exchange x) throws ClientGone, InterruptedException {
        Caller caller = caller(x);
        User user = users.ensure(caller);
        if (user.supabase()) {
            throw Problem.of(ProblemCode.ACCESS_DENIED, "Supabase keeps this user's password");
        }
        Fields fields = Fields.of(x);
        String old = NewPassword.text(fields, "old_password");
        String fresh = accounts.newPassword(fields, "new_password");
        String session = Realm.CHAT.credential(x::headers).text();
        accounts.changePassword(user.id(), old, fresh, session, x.clientNetwork());
        JsonAnswer.send(x, JsonNodeFactory.instance.objectNode());
    }

    /** Somebody else's account is one that is not there. */
    private static void requireOwn(User user, Fields fields) {
        String id = fields.required("id", LONGEST_ID);
        if (!id.toLowerCase(Locale.ROOT).equals(user.id().toString())) {
            throw Problem.of(ProblemCode.NOT_FOUND);
        }
    }
}
