package gptbroker.admin;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.account.Accounts;
import gptbroker.account.NewPassword;
import gptbroker.account.Roster;
import gptbroker.account.Sessions;
import gptbroker.account.User;
import gptbroker.http.Access;
import gptbroker.http.ClientGone;
import gptbroker.http.Dialect;
import gptbroker.http.Exchange;
import gptbroker.http.Fields;
import gptbroker.http.Handler;
import gptbroker.http.JsonAnswer;
import gptbroker.http.Parameters;
import gptbroker.http.Route;
import gptbroker.project.ApiKey;
import gptbroker.project.ApiKeys;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /admin/accounts}: who has an account of ours. No password and no hash is ever told but a made-up one. */
public final class AccountRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(AccountRoutes.class);
    private static final int MAX_PAGE = 200;

    private final Roster roster;
    private final Accounts accounts;
    private final Sessions sessions;
    private final ApiKeys keys;

    /** The routes over these. */
    public AccountRoutes(Roster roster, Accounts accounts, Sessions sessions, ApiKeys keys) {
        this.roster = roster;
        this.accounts = accounts;
        this.sessions = sessions;
        this.keys = keys;
    }

    /** For both listeners; each wants the admin key. */
    public List<Route> routes() {
        return List.of(
                route("GET", "/admin/accounts", this::list),
                route("POST", "/admin/accounts", this::create),
                route(
                        "GET",
                        "/admin/accounts/{id}",
                        x -> JsonAnswer.send(x, json(roster.find(Parameters.pathId(x, "id"))))),
                route("POST", "/admin/accounts/{id}/password", this::reset),
                route("GET", "/admin/accounts/{id}/sessions", this::sessions),
                route("DELETE", "/admin/accounts/{id}/sessions", this::endSessions),
                route("GET", "/admin/accounts/{id}/keys", this::keys),
                route("POST", "/admin/accounts/{id}/keys", this::makeKey),
                route("DELETE", "/admin/accounts/{id}/keys", this::revokeKeys));
    }

    private static Route route(String method, String path, Handler handler) {
        return new Route(method, path, Access.ADMIN, Dialect.BARE, handler);
    }

    private void list(Exchange x) throws ClientGone {
        Optional<String> username = Parameters.text(x, "username");
        Optional<UUID> before = Parameters.id(x, "before");
        int limit = Parameters.number(x, "limit", 1, MAX_PAGE, 50);
        List<Roster.Entry> found =
                username.isPresent() ? roster.named(username.get()).stream().toList() : roster.list(before, limit);
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        var list = json.putArray("accounts");
        found.forEach(entry -> list.add(json(entry)));
        boolean more = username.isEmpty() && found.size() == limit;
        json.put("next", more ? found.getLast().user().id().toString() : null);
        JsonAnswer.send(x, json);
    }

    private void create(Exchange x) throws ClientGone, InterruptedException {
        Fields fields = Fields.of(x);
        Optional<String> password = password(fields);
        String chosen = password.orElseGet(NewPassword::random);
        UUID id = accounts.create(fields, "username", chosen).user().id();
        LOG.info("account {} made for the operator", id);
        tell(x, password.isEmpty() ? Optional.of(chosen) : Optional.empty(), json(roster.find(id)));
    }

    private void reset(Exchange x) throws ClientGone, InterruptedException {
        UUID id = Parameters.pathId(x, "id");
        Optional<String> password = password(Fields.of(x));
        String chosen = password.orElseGet(NewPassword::random);
        int ended = accounts.reset(id, chosen);
        LOG.info("password of account {} reset for the operator, {} sessions ended", id, ended);
        ObjectNode json = json(roster.find(id)).put("sessions_ended", ended);
        tell(x, password.isEmpty() ? Optional.of(chosen) : Optional.empty(), json);
    }

    private Optional<String> password(Fields fields) {
        return fields.text("password", Integer.MAX_VALUE).map(given -> accounts.newPassword(fields, "password"));
    }

    /** A password that we made up is told this once. */
    private static void tell(Exchange x, Optional<String> password, ObjectNode json) throws ClientGone {
        password.ifPresent(text -> json.put("password", text));
        JsonAnswer.send(x, json);
    }

    private void sessions(Exchange x) throws ClientGone {
        UUID id = account(x);
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        var list = json.putArray("sessions");
        for (Sessions.Listed session : sessions.of(id)) {
            list.addObject()
                    .put("id", session.id().toString())
                    .put("created_at", session.createdAt().toString())
                    .put("expires_at", session.expiresAt().toString());
        }
        JsonAnswer.send(x, json);
    }

    private void endSessions(Exchange x) throws ClientGone {
        UUID id = account(x);
        int ended = sessions.closeAll(id);
        LOG.info("{} sessions of account {} ended for the operator", ended, id);
        JsonAnswer.send(x, JsonNodeFactory.instance.objectNode().put("sessions_ended", ended));
    }

    private void keys(Exchange x) throws ClientGone {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        var list = json.putArray("keys");
        keys.listOf(account(x)).forEach(key -> list.add(key.json()));
        JsonAnswer.send(x, json);
    }

    private void makeKey(Exchange x) throws ClientGone {
        UUID id = account(x);
        ApiKey.Change made = keys.createFor(id, "made by the operator");
        LOG.info("key {} of account {} made for the operator", made.key().id(), id);
        ObjectNode json = made.key().json();
        made.text().ifPresent(text -> json.put("key", text.reveal()));
        JsonAnswer.send(x, json);
    }

    private void revokeKeys(Exchange x) throws ClientGone {
        UUID id = account(x);
        int revoked = keys.revokeOf(id);
        LOG.info("{} keys of account {} revoked for the operator", revoked, id);
        JsonAnswer.send(x, JsonNodeFactory.instance.objectNode().put("keys_revoked", revoked));
    }

    /** The account in the path, which must be there. */
    private UUID account(Exchange x) {
        return roster.find(Parameters.pathId(x, "id")).user().id();
    }

    private static ObjectNode json(Roster.Entry entry) {
        User user = entry.user();
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", user.id().toString())
                .put("username", user.username().orElse(null))
                .put("supabase", user.supabase())
                .put("first_name", user.firstName())
                .put("last_name", user.lastName())
                .put("created_at", user.createdAt().toString())
                .put("updated_at", user.updatedAt().toString())
                .put("sessions", entry.sessions());
    }
}
