package gptbroker.e2e;

import static gptbroker.e2e.Talker.ids;
import static gptbroker.e2e.Talker.json;
import static gptbroker.e2e.Talker.ok;
import static gptbroker.e2e.Talker.texts;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Chats without their turns: S1.30 to S1.37. */
class ChatsE2eTest {
    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of("ADDRESS_RATE_LIMIT", "0"));
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    @Test
    void createFillsInWhatIsNotSaid() {
        var talker = new Talker(rig);
        JsonNode chat = talker.ok("/chat/create", "{}");
        assertThat(chat.path("name").textValue()).isEqualTo("general");
        assertThat(chat.path("model").textValue()).isEqualTo("gpt-3");
        assertThat(chat.path("user_id").textValue()).isEqualTo(talker.id.toString());
        assertThat(chat.path("group_id").textValue())
                .isEqualTo(talker.ok("/group/index", "{}").at("/groups/0/id").textValue());
        assertThat(UUID.fromString(chat.path("id").textValue()).version()).isEqualTo(4);
        assertThat(chat.path("CreatedAt").textValue()).endsWith("Z");
        assertThat(chat.path("DeletedAt").isNull()).isTrue();
        assertThat(chat.has("ID")).isFalse();
        assertThat(ok(talker.form("/chat/create", "name", "a", "model", "gpt-4"))
                        .path("model")
                        .textValue())
                .isEqualTo("gpt-4");
        assertThat(talker.ok("/chat/create", "model", "gpt-9").path("model").textValue())
                .isEqualTo("gpt-3");
    }

    @Test
    void nobodyChoosesWhatIsTheBrokers() {
        var talker = new Talker(rig);
        var other = new Talker(rig);
        JsonNode chat = talker.ok(
                "/chat/create", "id", "mine", "user_id", other.id, "owner_id", other.id, "CreatedAt", "x", "role", 1);
        assertThat(chat.path("user_id").textValue()).isEqualTo(talker.id.toString());
        assertThat(chat.path("id").textValue()).hasSize(36);
        JsonNode changed =
                talker.ok("/chat/update", "id", chat.path("id").textValue(), "name", "b", "user_id", other.id);
        assertThat(changed.path("user_id").textValue()).isEqualTo(talker.id.toString());
        talker.ok("/chat/prompt", "id", chat.path("id").textValue(), "prompt", "x", "user_id", other.id, "reply", "y");
        JsonNode message = talker.read(chat.path("id").textValue()).at("/messages/0");
        assertThat(message.path("user_id").textValue()).isEqualTo(talker.id.toString());
        assertThat(message.path("reply").textValue()).isNotEqualTo("y");
    }

    @Test
    void aGroupsChatIsForItsMembers() {
        var talker = new Talker(rig);
        var other = new Talker(rig);
        String group = talker.ok("/group/create", "name", "team").path("id").textValue();
        assertThat(talker.ok("/chat/create", "group_id", group).path("group_id").textValue())
                .isEqualTo(group);
        other.refused(404, "group_not_found", "/chat/create", "group_id", group);
        other.refused(404, "group_not_found", "/chat/create", "group_id", "1");
    }

    @Test
    void indexHasTheLastUsedFirstAndEachOnce() {
        var talker = new Talker(rig);
        var other = new Talker(rig);
        assertThat(talker.ok("/chat/index", "{}").path("chats")).isEmpty();
        String first = talker.chat();
        String second = talker.chat();
        String joined = other.chat();
        other.ok("/chat/user/add", "chat_id", joined, "user_id", talker.id);
        talker.says(first, "again");
        assertThat(texts(ok(talker.get("/chat/index")).path("chats"), "id")).containsExactly(first, joined, second);
        JsonNode page = ok(talker.get("/chat/index?limit=2"));
        assertThat(texts(page.path("chats"), "id")).containsExactly(first, joined);
        JsonNode rest =
                ok(talker.get("/chat/index?limit=2&before=" + page.path("next").textValue()));
        assertThat(texts(rest.path("chats"), "id")).containsExactly(second);
        assertThat(rest.path("next").isNull()).isTrue();
        Talker.refused(talker.get("/chat/index?limit=0"), 400, "parameter_invalid");
    }

    @Test
    void updateKeepsBothAndAnswersThem() {
        var talker = new Talker(rig);
        String chat = talker.chat();
        JsonNode changed = ok(talker.form("/chat/update", "id", chat, "name", "new", "model", "gpt-4"));
        assertThat(changed.path("name").textValue()).isEqualTo("new");
        assertThat(changed.path("model").textValue()).isEqualTo("gpt-4");
        assertThat(talker.ok("/chat/update", "id", chat, "name", "newer")
                        .path("model")
                        .textValue())
                .isEqualTo("gpt-4");
        assertThat(talker.read(chat).at("/chat/name").textValue()).isEqualTo("newer");
        talker.refused(400, "parameter_invalid", "/chat/update", "id", chat);
        talker.refused(400, "parameter_invalid", "/chat/update", "id", chat, "name", "x".repeat(256));
        talker.refused(400, "parameter_invalid", "/chat/update", "name", "x");
    }

    @Test
    void readIsPagedWithTheOldestFirst() {
        var talker = new Talker(rig);
        String chat = talker.chat();
        for (String prompt : List.of("1", "2", "3")) {
            talker.says(chat, prompt);
        }
        JsonNode whole = ok(talker.form("/chat/read", "chat_id", chat));
        assertThat(texts(whole.path("messages"), "prompt")).containsExactly("1", "2", "3");
        assertThat(whole.path("next").isNull()).isTrue();
        assertThat(texts(whole.path("users"), "id")).containsExactlyElementsOf(ids(talker));
        JsonNode newest = ok(talker.get("/chat/read?limit=2&id=" + chat));
        assertThat(texts(newest.path("messages"), "prompt")).containsExactly("2", "3");
        JsonNode older = ok(talker.get("/chat/read?limit=2&id=" + chat + "&before="
                + newest.path("next").textValue()));
        assertThat(texts(older.path("messages"), "prompt")).containsExactly("1");
        assertThat(older.path("next").isNull()).isTrue();
        // Somebody else's message is a place in no chat of theirs.
        var other = new Talker(rig);
        String theirs = other.chat();
        other.says(theirs, "x");
        String foreign = newest.path("next").textValue();
        assertThat(ok(other.get("/chat/read?id=" + theirs + "&before=" + foreign))
                        .path("messages"))
                .isEmpty();
    }

    @Test
    void aSeatIsGivenTakenAndGivenAgain() {
        var owner = new Talker(rig);
        var other = new Talker(rig);
        String chat = owner.chat();
        other.refused(404, "not_found", "/chat/read", "id", chat);
        assertThat(owner.ok("/chat/user/add", "chat_id", chat, "user_id", other.id))
                .isEmpty();
        owner.ok("/chat/user/add", "chat_id", chat, "user_id", other.id);
        other.says(chat, "hello");
        assertThat(texts(owner.read(chat).path("users"), "id")).containsExactlyElementsOf(ids(owner, other));
        assertThat(ok(owner.form("/chat/user/remove", "chat_id", chat, "user_id", other.id.toString())))
                .isEmpty();
        other.refused(404, "not_found", "/chat/read", "id", chat);
        other.refused(404, "not_found", "/chat/prompt", "id", chat, "prompt", "still here?");
        assertThat(other.ok("/chat/index", "{}").path("chats")).isEmpty();
        JsonNode users = owner.read(chat).path("users");
        assertThat(users.at("/0/DeletedAt").isNull()).isTrue();
        assertThat(users.at("/1/DeletedAt").textValue()).endsWith("Z");
        owner.refused(404, "user_not_found", "/chat/user/remove", "chat_id", chat, "user_id", other.id);
        owner.ok("/chat/user/add", "chat_id", chat, "user_id", other.id);
        assertThat(texts(other.read(chat).path("messages"), "prompt")).containsExactly("hello");
        other.ok("/chat/user/remove", "chat_id", chat, "user_id", other.id);
        other.refused(404, "not_found", "/chat/read", "id", chat);
    }

    @Test
    void onlyPeopleWhoExistGetASeatAndTheOwnerKeepsTheirs() {
        var owner = new Talker(rig);
        String chat = owner.chat();
        owner.refused(404, "user_not_found", "/chat/user/add", "chat_id", chat, "user_id", UUID.randomUUID());
        owner.refused(404, "user_not_found", "/chat/user/add", "chat_id", chat, "user_id", "nobody");
        owner.refused(400, "parameter_invalid", "/chat/user/add", "chat_id", chat);
        owner.refused(400, "owner_stays", "/chat/user/remove", "chat_id", chat, "user_id", owner.id);
    }

    @Test
    void whatOnlyTheOwnerMayIsRefusedToMembers() {
        var owner = new Talker(rig);
        var member = new Talker(rig);
        String chat = owner.chat();
        owner.ok("/chat/user/add", "chat_id", chat, "user_id", member.id);
        member.refused(403, "not_owner", "/chat/update", "id", chat, "name", "mine");
        member.refused(403, "not_owner", "/chat/delete", "id", chat);
        member.refused(403, "not_owner", "/chat/user/add", "chat_id", chat, "user_id", member.id);
        member.refused(403, "not_owner", "/chat/user/remove", "chat_id", chat, "user_id", owner.id);
        assertThat(owner.read(chat).at("/chat/name").textValue()).isEqualTo("talk");
    }

    @Test
    void deleteTakesTheMessagesWithIt() {
        var talker = new Talker(rig);
        String chat = talker.chat();
        talker.says(chat, "x");
        assertThat(ok(talker.form("/chat/delete", "id", chat))).isEmpty();
        talker.refused(404, "not_found", "/chat/read", "id", chat);
        talker.refused(404, "not_found", "/chat/delete", "id", chat);
        assertThat(rig.archive("select count(*) from broker_messages where chat_id = '" + chat + "'"))
                .containsExactly("0");
    }

    @Test
    void bodiesAreReadByTheirFirstLetter() {
        var talker = new Talker(rig);
        String chat = talker.chat();
        var answer = rig.send(rig.request("/chat/read")
                .header("Authorization", "Bearer " + talker.token)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(json("id", chat))));
        assertThat(ok(answer).at("/chat/id").textValue()).isEqualTo(chat);
        Talker.refused(talker.post("/chat/read", "{\"id\":"), 400, "invalid_json");
        assertThat(talker.post("/chat/read", "{\"id\":").body()).isEqualTo("{\"error\":\"Invalid request\"}");
        assertThat(talker.post("/chat/read", "{}").body())
                .isEqualTo("{\"error\":\"Invalid request\",\"fields\":[\"id\"]}");
        assertThat(talker.get("/chat/create").statusCode()).isEqualTo(405);
        assertThat(talker.get("/chat/create").body()).startsWith("{\"error\":");
    }

    @Test
    void aCredentialIsAskedForFirst() {
        for (String path : List.of("/chat/index", "/chat/prompt", "/group/index")) {
            var none = rig.send(rig.request(path).POST(BodyPublishers.ofString("{")));
            assertThat(none.statusCode()).isEqualTo(401);
            assertThat(none.body()).isEqualTo("{\"error\":\"unauthorized\"}");
            assertThat(rig.post(path, "nonsense", "{").body()).isEqualTo("{\"error\":\"Invalid session\"}");
        }
    }
}
