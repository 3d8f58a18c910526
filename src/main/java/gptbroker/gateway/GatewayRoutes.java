package gptbroker.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.account.Accounts;
import gptbroker.account.Users;
import gptbroker.chat.Ask;
import gptbroker.chat.Chat;
import gptbroker.chat.ChatModels;
import gptbroker.chat.ChatTurns;
import gptbroker.chat.Chats;
import gptbroker.chat.Message;
import gptbroker.chat.Messages;
import gptbroker.config.Secret;
import gptbroker.http.Access;
import gptbroker.http.ClientGone;
import gptbroker.http.Dialect;
import gptbroker.http.Exchange;
import gptbroker.http.Fields;
import gptbroker.http.JsonAnswer;
import gptbroker.http.Parameters;
import gptbroker.http.Route;
import gptbroker.identity.Caller;
import gptbroker.identity.Realm;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.turn.Turns;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * {@code POST /signup/}, {@code POST /chat/} and {@code GET /chat/{id}/history} (S4.3 to S4.12): an account with an API
 * key, and the same chats as everywhere. Thread-safe.
 */
public final class GatewayRoutes {
    /** The routes that need no identity. */
    public static final Set<String> OPEN = Set.of("POST /signup");

    static final Dialect DIALECT = new Detail();

    private static final String SYSTEM = "You are a helpful assistant.";
    private static final int LONGEST_NAME = 254;
    private static final int LONGEST_ID = 64;
    private static final int ID_BYTES = 16;
    /** As many as there is room for. */
    private static final int PAIRS = 1_000;

    private static final SecureRandom RANDOM = new SecureRandom();

    /** Makes a key for a new account, in its transaction. */
    @FunctionalInterface
    public interface KeyMaker extends Accounts.Dowry<Secret> {}

    /** The one store of chats, the models they may have, and the one way to a next turn. */
    public record Talk(Chats chats, ChatModels models, ChatTurns turns, Messages messages) {}

    private final Turns turns;
    private final Users users;
    private final Accounts accounts;
    private final KeyMaker keys;
    private final Talk talk;
    private final boolean open;

    /**
     * The routes over these.
     *
     * @param open {@code ACCOUNTS}: whether anyone may sign up
     */
    public GatewayRoutes(Turns turns, Users users, Accounts accounts, KeyMaker keys, Talk talk, boolean open) {
        this.turns = turns;
        this.users = users;
        this.accounts = accounts;
        this.keys = keys;
        this.talk = talk;
        this.open = open;
    }

    /** For the public listener. */
    public List<Route> routes() {
        var routes = new ArrayList<Route>();
        if (open) {
            routes.add(new Route("POST", "/signup", Access.OPEN, DIALECT, this::signUp));
        }
        routes.add(new Route("POST", "/chat", Access.CALLER, DIALECT, this::turn));
        routes.add(new Route("GET", "/chat/{id}/history", Access.CALLER, DIALECT, this::history));
        return routes;
    }

    private void signUp(Exchange x) throws ClientGone, InterruptedException {
        Fields fields = Fields.of(x);
        List<String> missing = Stream.of("username", "password")
                .filter(name -> fields.text(name, Integer.MAX_VALUE).isEmpty())
                .toList();
        if (!missing.isEmpty()) {
            throw Detail.missing(missing);
        }
        String username = fields.name("username", LONGEST_NAME).orElseThrow(() -> Fields.invalid("username"));
        String password = accounts.newPassword(fields, "password");
        Secret key = accounts.register(username, password, x.clientNetwork(), keys);
        x.header("Cache-Control", "no-store");
        JsonAnswer.send(
                x,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("message", "User created successfully.")
                        .put("api_key", key.reveal()));
    }

    private void turn(Exchange x) throws ClientGone, InterruptedException {
        Caller caller = turns.who(x, Realm.GATEWAY);
        Fields fields = Fields.of(x);
        List<String> missing = Stream.of("message", "model")
                .filter(name -> fields.text(name, Integer.MAX_VALUE).isEmpty())
                .toList();
        if (!missing.isEmpty()) {
            turns.tellLimits(x, caller);
            throw Detail.missing(missing);
        }
        String message = fields.required("message", Integer.MAX_VALUE);
        String model = fields.required("model", Integer.MAX_VALUE);
        if (!talk.models().offers(x.route().path(), model)) {
            throw Problem.of(ProblemCode.MODEL_UNKNOWN);
        }
        String id = fields.text("chat_id", LONGEST_ID).orElseGet(GatewayRoutes::newId);
        UUID user = users.ensure(caller).id();
        accounts.throttle().turn(caller.id());
        Chat chat = talk.chats().open(user, id, "general", model).asking(model);
        var ask = new Ask(caller, user, chat, x.route().path(), Optional.of(SYSTEM), message, PAIRS);
        Message answered = talk.turns().answer(x, ask);
        JsonAnswer.send(
                x,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("response", answered.reply().orElse(""))
                        .put("chat_id", chat.id()));
    }

    /** 22 characters, as the clients know them; 128 bits, so that none is guessed. */
    private static String newId() {
        byte[] bytes = new byte[ID_BYTES];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private void history(Exchange x) throws ClientGone {
        UUID user = users.ensure(turns.who(x, Realm.GATEWAY)).id();
        boolean objects = Parameters.text(x, "format").filter("objects"::equals).isPresent();
        String id = x.pathParameter("id");
        List<Message> answered = talk.messages().answered(user, id);
        if (answered.isEmpty()) {
            throw Problem.of(ProblemCode.NOT_FOUND, "nothing has been said");
        }
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("chat_id", id);
        ArrayNode history = json.putArray("history");
        for (Message message : answered) {
            add(history, objects, "user", message.prompt());
            add(history, objects, "assistant", message.reply().orElseThrow());
        }
        JsonAnswer.send(x, json);
    }

    /** Strings that hold JSON, unless objects are asked for: what the clients have always parsed (S4.12). */
    private static void add(ArrayNode history, boolean objects, String role, String text) {
        if (objects) {
            history.addObject().put("text", text).put("role", role);
        } else {
            history.add("{\"text\": " + json(text) + ", \"role\": \"" + role + "\"}");
        }
    }

    private static String json(String text) {
        return new String(JsonAnswer.bytes(JsonNodeFactory.instance.textNode(text)), US_ASCII);
    }
}
