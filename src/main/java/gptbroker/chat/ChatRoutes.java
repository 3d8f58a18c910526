package gptbroker.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.http.ClientGone;
import gptbroker.http.Exchange;
import gptbroker.http.Fields;
import gptbroker.http.JsonAnswer;
import gptbroker.http.Route;
import gptbroker.problem.ProblemCode;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/** {@code /chat/*} (S1.30 to S1.44). Thread-safe. */
public final class ChatRoutes {
    private static final int LONGEST_NAME = 255;
    private static final int LONGEST_MODEL = 128;
    private static final int MOST_MESSAGES = 1000;
    private static final int MOST_CHATS = 1000;
    static final String PROMPT = "/chat/prompt";

    private final Chats chats;
    private final Messages messages;
    private final ChatRules rules;
    private final ChatModels models;
    private final ChatTurns turns;
    private final Door door;

    /** The routes over these. */
    public ChatRoutes(Chats chats, Messages messages, ChatRules rules, ChatModels models, ChatTurns turns, Door door) {
        this.chats = chats;
        this.messages = messages;
        this.rules = rules;
        this.models = models;
        this.turns = turns;
        this.door = door;
    }

    /** For the public listener. What only reads is a GET too. */
    public List<Route> routes() {
        return Stream.of(
                        door.write("/chat/create", this::create),
                        door.read("/chat/read", this::read),
                        door.read("/chat/index", this::index),
                        door.write("/chat/update", this::update),
                        door.write("/chat/delete", this::delete),
                        door.write("/chat/user/add", this::add),
                        door.write("/chat/user/remove", this::remove),
                        door.write(PROMPT, this::prompt))
                .flatMap(List::stream)
                .toList();
    }

    private void create(Exchange x, Door.Guest guest, Fields fields) throws ClientGone {
        Chat chat = chats.create(
                guest.user(),
                fields.name("name", LONGEST_NAME).orElse("general"),
                model(fields).orElseGet(() -> models.kept(ChatModels.USUAL)),
                fields.text("group_id", Ids.LONGEST));
        JsonAnswer.send(x, Shapes.chat(chat));
    }

    private void read(Exchange x, Door.Guest guest, Fields fields) throws ClientGone {
        Optional<UUID> before =
                fields.text("before", Ids.LONGEST).map(id -> Ids.uuid(id, ProblemCode.PARAMETER_INVALID));
        Messages.Page page = messages.page(guest.user(), id(fields), before, limit(fields, MOST_MESSAGES));
        ObjectNode json = Shapes.object();
        json.set("chat", Shapes.chat(page.chat()));
        json.set("messages", Shapes.array(page.messages(), Shapes::message));
        json.set("users", Shapes.array(page.seats(), Shapes::seat));
        JsonAnswer.send(x, json.put("next", page.next().map(UUID::toString).orElse(null)));
    }

    private void index(Exchange x, Door.Guest guest, Fields fields) throws ClientGone {
        int limit = limit(fields, MOST_CHATS);
        List<Chat> index = chats.index(guest.user(), fields.text("before", Ids.LONGEST), limit);
        ObjectNode json = Shapes.object();
        json.set("chats", Shapes.array(index, Shapes::chat));
        JsonAnswer.send(
                x, json.put("next", index.size() == limit ? index.getLast().id() : null));
    }

    private void update(Exchange x, Door.Guest guest, Fields fields) throws ClientGone {
        Optional<String> name = fields.name("name", LONGEST_NAME);
        Optional<String> model = model(fields);
        if (name.isEmpty() && model.isEmpty()) {
            throw Fields.invalid("name");
        }
        JsonAnswer.send(x, Shapes.chat(chats.update(guest.user(), id(fields), name, model)));
    }

    private void delete(Exchange x, Door.Guest guest, Fields fields) throws ClientGone {
        chats.delete(guest.user(), id(fields));
        JsonAnswer.send(x, Shapes.object());
    }

    private void add(Exchange x, Door.Guest guest, Fields fields) throws ClientGone {
        chats.add(guest.user(), id(fields), other(fields));
        JsonAnswer.send(x, Shapes.object());
    }

    private void remove(Exchange x, Door.Guest guest, Fields fields) throws ClientGone {
        chats.remove(guest.user(), id(fields), other(fields));
        JsonAnswer.send(x, Shapes.object());
    }

    private void prompt(Exchange x, Door.Guest guest, Fields fields) throws ClientGone, InterruptedException {
        String prompt = fields.required("prompt", Integer.MAX_VALUE);
        int pairs = pairs(fields);
        boolean stream = fields.flag("stream");
        boolean otr = fields.flag("otr");
        Chat chat = rules.require(guest.user(), id(fields));
        var ask = new Ask(guest.caller(), guest.user(), chat, PROMPT, Optional.empty(), prompt, pairs);
        if (otr) {
            JsonAnswer.send(x, ChatTurns.answer(turns.note(x, ask)));
        } else if (stream) {
            turns.stream(x, ask);
        } else {
            JsonAnswer.send(x, ChatTurns.answer(turns.answer(x, ask)));
        }
    }

    /** What is not from 1 to 10 is 10, in a form as in JSON (S1.39). */
    private static int pairs(Fields fields) {
        int wanted = fields.number("context").orElse(Context.MOST_PAIRS);
        return wanted <= 0 || wanted > Context.MOST_PAIRS ? Context.MOST_PAIRS : wanted;
    }

    private static int limit(Fields fields, int most) {
        int limit = fields.number("limit").orElse(most);
        if (limit < 1 || limit > most) {
            throw Fields.invalid("limit");
        }
        return limit;
    }

    /** Under either name: the README of the seed and its code differ (S1.34). */
    static String id(Fields fields) {
        return fields.text("chat_id", Ids.LONGEST).orElseGet(() -> fields.required("id", Ids.LONGEST));
    }

    private static UUID other(Fields fields) {
        return Ids.uuid(fields.required("user_id", Ids.LONGEST), ProblemCode.USER_NOT_FOUND);
    }

    private Optional<String> model(Fields fields) {
        return fields.text("model", LONGEST_MODEL).map(models::kept);
    }
}
