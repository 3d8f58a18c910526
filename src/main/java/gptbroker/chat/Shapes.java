package gptbroker.chat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The JSON of chats, messages, groups and their people, with the names that clients of the seed read (S1.22). */
final class Shapes {
    private Shapes() {}

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static <T> ArrayNode array(List<T> items, Function<T, ObjectNode> shape) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        items.forEach(item -> array.add(shape.apply(item)));
        return array;
    }

    static ObjectNode chat(Chat chat) {
        ObjectNode json = object().put("id", chat.id())
                .put("name", chat.name())
                .put("model", chat.model())
                .put("user_id", chat.owner().toString())
                .put("group_id", chat.group().toString());
        return times(json, chat.createdAt(), chat.updatedAt(), Optional.empty());
    }

    static ObjectNode message(Message message) {
        ObjectNode json = object().put("id", message.id().toString())
                .put("chat_id", message.chat())
                .put("user_id", message.user().toString())
                .put("group_id", message.group().toString())
                .put("prompt", message.prompt())
                .put("reply", message.reply().orElse(""))
                .put("model", message.model())
                .put("otr", message.otr());
        return times(json, message.createdAt(), message.updatedAt(), Optional.empty());
    }

    static ObjectNode group(Group group) {
        ObjectNode json = object().put("id", group.id().toString())
                .put("name", group.name())
                .put("description", group.description())
                .put("owner_id", group.owner().toString());
        return times(json, group.createdAt(), group.updatedAt(), Optional.empty());
    }

    static ObjectNode seat(Seat seat) {
        ObjectNode json = object().put("id", seat.user().toString())
                .put("first_name", seat.firstName())
                .put("last_name", seat.lastName())
                .put("username", seat.username().orElse(null));
        return times(json, seat.createdAt(), seat.updatedAt(), seat.endedAt());
    }

    private static ObjectNode times(ObjectNode json, Instant created, Instant updated, Optional<Instant> deleted) {
        return json.put("CreatedAt", created.toString())
                .put("UpdatedAt", updated.toString())
                .put("DeletedAt", deleted.map(Instant::toString).orElse(null));
    }
}
