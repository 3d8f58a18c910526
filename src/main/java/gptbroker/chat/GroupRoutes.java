package gptbroker.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.http.ClientGone;
import gptbroker.http.Exchange;
import gptbroker.http.Fields;
import gptbroker.http.JsonAnswer;
import gptbroker.http.Route;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** {@code /group/*} (S1.48 to S1.53). Thread-safe. */
public final class GroupRoutes {
    private static final int LONGEST_NAME = 30;
    private static final int LONGEST_DESCRIPTION = 256;

    private final Groups groups;
    private final Door door;

    /** The routes over these. */
    public GroupRoutes(Groups groups, Door door) {
        this.groups = groups;
        this.door = door;
    }

    /** For the public listener. What only reads is a GET too. */
    public List<Route> routes() {
        return Stream.of(
                        door.write("/group/create", this::create),
                        door.read("/group/read", this::read),
                        door.read("/group/index", this::index),
                        door.write("/group/update", this::update),
                        door.write("/group/delete", this::delete),
                        door.read("/group/members", this::members),
                        door.write("/group/members/add", this::add),
                        door.write("/group/members/remove", this::remove))
                .flatMap(List::stream)
                .toList();
    }

    private void create(Exchange x, Door.Guest guest, Fields fields) throws ClientGone {
        Group group = groups.create(
                guest.user(), name(fields), description(fields), Ids.optionalUsers(fields.list("members")));
        JsonAnswer.send(x, Shapes.group(group));
    }

    private void read(Exchange x, Door.Guest guest, Fields fields) throws ClientGone {
        JsonAnswer.send(x, Shapes.group(groups.read(guest.user(), id(fields))));
    }

    private void index(Exchange x, Door.Guest guest, Fields fields) throws ClientGone {
        ObjectNode json = Shapes.object();
        json.set("groups", Shapes.array(groups.index(guest.user()), Shapes::group));
        JsonAnswer.send(x, json);
    }

    private void update(Exchange x, Door.Guest guest, Fields fields) throws ClientGone {
        Group group = groups.update(guest.user(), id(fields), name(fields), description(fields));
        JsonAnswer.send(x, Shapes.group(group));
    }

    private void delete(Exchange x, Door.Guest guest, Fields fields) throws ClientGone {
        ObjectNode json = Shapes.object();
        json.set("group", Shapes.group(groups.delete(guest.user(), id(fields))));
        JsonAnswer.send(x, json);
    }

    private void members(Exchange x, Door.Guest guest, Fields fields) throws ClientGone {
        ObjectNode json = Shapes.object();
        json.set("users", Shapes.array(groups.members(guest.user(), id(fields)), Shapes::seat));
        JsonAnswer.send(x, json);
    }

    private void add(Exchange x, Door.Guest guest, Fields fields) throws ClientGone {
        groups.add(guest.user(), id(fields), Ids.users(fields.list("user_ids", "user_id")));
        JsonAnswer.send(x, Shapes.object());
    }

    private void remove(Exchange x, Door.Guest guest, Fields fields) throws ClientGone {
        groups.remove(guest.user(), id(fields), Ids.users(fields.list("user_ids", "user_id")));
        JsonAnswer.send(x, Shapes.object());
    }

    private static String name(Fields fields) {
        return fields.name("name", LONGEST_NAME).orElseThrow(() -> Fields.invalid("name"));
    }

    private static String description(Fields fields) {
        return fields.name("description", LONGEST_DESCRIPTION).orElse("");
    }

    /** Under either name: the README of the seed and its code differ (S1.52). */
    private static String id(Fields fields) {
        Optional<String> given = fields.text("group_id", Ids.LONGEST);
        return given.orElseGet(() -> fields.required("id", Ids.LONGEST));
    }
}
