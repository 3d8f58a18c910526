package gptbroker.dev;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.regex.Pattern;

/** GoTrue's {@code /admin/users}, for service_role alone. */
final class AdminRoutes implements HttpService {
    private static final ObjectMapper mapper = new ObjectMapper();
    private static final int PAGE = 50;
    private static final Pattern GO_DURATION = Pattern.compile("(?:(\\d+(?:\\.\\d+)?)h)?(?:(\\d+)m)?(?:(\\d+)s)?");

    private final Accounts accounts;
    private final AuthTokens tokens;

    AdminRoutes(Accounts accounts, AuthTokens tokens) {
        this.accounts = accounts;
        this.tokens = tokens;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/users", this::list)
                .post("/users", this::create)
                .get(
                        "/users/{id}",
                        (req, res) -> AuthRoutes.send(res, account(req).toJson()))
                .put("/users/{id}", this::update)
                .delete("/users/{id}", this::delete);
    }

    private void list(ServerRequest req, ServerResponse res) {
        tokens.admin(req);
        int page = number(req, "page", 1);
        int size = number(req, "per_page", PAGE);
        int total = accounts.count();
        int lastPage = Math.max(1, (total + size - 1) / size);
        var path = "</admin/users?page=%d&per_page=" + size + ">; rel=\"%s\"";
        var links = page < lastPage ? path.formatted(page + 1, "next") + ", " : "";
        var body = mapper.createObjectNode().put("aud", "authenticated");
        accounts.page(page, size).forEach(body.withArray("users")::add);
        res.header(HeaderNames.create("X-Total-Count"), Integer.toString(total))
                .header(HeaderNames.LINK, links + path.formatted(lastPage, "last"));
        AuthRoutes.send(res, body);
    }

    private static int number(ServerRequest req, String name, int absent) {
        try {
            var value = req.query().first(name).orElse("");
            int number = value.isEmpty() ? absent : Integer.parseInt(value);
            if (number > 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Refused below, as numbers below 1 are.
        }
        throw new AuthError(400, "validation_failed", "Bad Pagination Parameters: " + name);
    }

    private void create(ServerRequest req, ServerResponse res) throws IOException {
        tokens.admin(req);
        var body = AuthRoutes.body(req);
        var email = body.path("email").asText("");
        if (email.isEmpty()) {
            throw new AuthError(400, "validation_failed", "Cannot create a user without either an email or phone");
        }
        var account = accounts.create(email, body.path("password").asText(""), "email_exists", user -> {
            AuthRoutes.merge(user.userMetadata, body.path("user_metadata"));
            privileges(user, body);
        });
        AuthRoutes.send(res, account.toJson());
    }

    private void update(ServerRequest req, ServerResponse res) throws IOException {
        var account = account(req);
        var body = AuthRoutes.body(req);
        AuthRoutes.change(accounts, account, body, "user_metadata");
        AuthRoutes.send(res, accounts.update(account, user -> privileges(user, body)));
    }

    private void privileges(Account user, JsonNode body) {
        AuthRoutes.merge(user.appMetadata, body.path("app_metadata"));
        user.role = body.path("role").asText(user.role);
        if (body.path("email_confirm").asBoolean()) {
            user.confirmedAt = accounts.now().toString();
        }
        if (body.has("ban_duration")) {
            ban(user, body.path("ban_duration").asText());
        }
    }

    private void ban(Account user, String duration) {
        if (duration.equals("none")) {
            user.bannedUntil = null;
            return;
        }
        var parts = GO_DURATION.matcher(duration);
        if (duration.isEmpty() || !parts.matches()) {
            throw new AuthError(400, "validation_failed", "invalid format for ban duration: " + duration);
        }
        double hours = parts.group(1) == null ? 0 : Double.parseDouble(parts.group(1));
        long seconds = Math.round(hours * Duration.ofHours(1).toSeconds());
        seconds += parts.group(2) == null
                ? 0
                : Long.parseLong(parts.group(2)) * Duration.ofMinutes(1).toSeconds();
        seconds += parts.group(3) == null ? 0 : Long.parseLong(parts.group(3));
        user.bannedUntil = accounts.now().plusSeconds(seconds).toString();
    }

    private void delete(ServerRequest req, ServerResponse res) throws IOException {
        var account = account(req);
        var softly = AuthRoutes.body(req).path("should_soft_delete").asBoolean();
        accounts.delete(account, softly);
        ObjectNode none = mapper.createObjectNode();
        AuthRoutes.send(res, none);
    }

    private Account account(ServerRequest req) {
        tokens.admin(req);
        var id = req.path().pathParameters().get("id");
        if (!AuthTokens.isUuid(id)) {
            throw new AuthError(404, "validation_failed", "user_id must be an UUID");
        }
        return accounts.byId(id).orElseThrow(() -> new AuthError(404, "user_not_found", "User not found"));
    }
}
