package gptbroker.e2e;

import static gptbroker.e2e.Talker.ok;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What belongs to others does not exist: list G of the bad inputs. */
class OwnershipE2eTest {
    private static Rig rig;
    private static Talker owner;
    private static Talker stranger;
    private static String chat;
    private static String group;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of("ADDRESS_RATE_LIMIT", "0"));
        owner = new Talker(rig);
        stranger = new Talker(rig);
        chat = owner.chat();
        owner.says(chat, "secret");
        group = owner.ok("/group/create", "name", "team").path("id").textValue();
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    /** Path and body of everything that names a chat or a group. */
    static List<String[]> everything() {
        return List.of(
                new String[] {"/chat/read", "chat", "{}"},
                new String[] {"/chat/update", "chat", "{\"name\":\"mine\"}"},
                new String[] {"/chat/delete", "chat", "{}"},
                new String[] {"/chat/prompt", "chat", "{\"prompt\":\"hello\"}"},
                new String[] {"/chat/prompt", "chat", "{\"prompt\":\"hello\",\"stream\":true}"},
                new String[] {"/chat/prompt", "chat", "{\"prompt\":\"hello\",\"otr\":true}"},
                new String[] {"/chat/user/add", "chat", "{\"user_id\":\"SELF\"}"},
                new String[] {"/chat/user/remove", "chat", "{\"user_id\":\"OWNER\"}"},
                new String[] {"/chat/user/remove", "chat", "{\"user_id\":\"SELF\"}"},
                new String[] {"/group/read", "group", "{}"},
                new String[] {"/group/members", "group", "{}"},
                new String[] {"/group/update", "group", "{\"name\":\"mine\"}"},
                new String[] {"/group/delete", "group", "{}"},
                new String[] {"/group/members/add", "group", "{\"user_ids\":[\"SELF\"]}"},
                new String[] {"/group/members/remove", "group", "{\"user_ids\":[\"OWNER\"]}"},
                new String[] {"/group/members/remove", "group", "{\"user_ids\":[\"SELF\"]}"});
    }

    private static HttpResponse<String> asked(String path, String id, String rest) {
        JsonNode body = Talker.tree(rest.replace("SELF", stranger.id.toString()).replace("OWNER", owner.id.toString()));
        var whole = (ObjectNode) body;
        return stranger.post(path, whole.put("id", id).toString());
    }

    @ParameterizedTest
    @MethodSource("everything")
    void anothersIsLikeOneThatNobodyHas(String path, String kind, String rest) {
        HttpResponse<String> another = asked(path, kind.equals("chat") ? chat : group, rest);
        HttpResponse<String> unknown = asked(path, UUID.randomUUID().toString(), rest);
        assertThat(another.statusCode()).isEqualTo(404);
        assertThat(another.body()).isEqualTo(unknown.body());
        assertThat(another.statusCode()).isEqualTo(unknown.statusCode());
        assertThat(another.headers().firstValue("x-error-code"))
                .isEqualTo(unknown.headers().firstValue("x-error-code"));
        assertThat(stranger.left()).isEqualTo(50);
        assertThat(owner.read(chat).path("messages")).hasSize(1);
        assertThat(owner.read(chat).at("/chat/name").textValue()).isEqualTo("talk");
        assertThat(owner.ok("/group/members", "id", group).path("users")).hasSize(1);
    }

    @Test
    void theIndexesHaveNothingOfOthers() {
        assertThat(stranger.ok("/chat/index", "{}").path("chats")).isEmpty();
        assertThat(ok(stranger.get("/chat/index?before=" + chat)).path("chats")).isEmpty();
        assertThat(Talker.texts(stranger.ok("/group/index", "{}").path("groups"), "name"))
                .containsExactly("Personal");
        assertThat(stranger.get("/me/history?user_id=" + owner.id).body()).doesNotContain("secret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{ID}",
                "ID ",
                " ID",
                "urn:uuid:ID",
                "00000000-0000-0000-0000-000000000000",
                "0",
                "-1",
                "1e9",
                "ID,ID",
                "ID' or '1'='1",
                "*",
                "%",
                "../ID",
                "ID\u0000",
                "ＩＤ"
            })
    void otherSpellingsNameNothing(String spelling) {
        for (String path : List.of("/chat/read", "/chat/delete")) {
            HttpResponse<String> answer = owner.post(path, Talker.json("id", spelling.replace("ID", chat)));
            Talker.refused(answer, 404, "not_found");
        }
        for (String path : List.of("/group/read", "/group/delete")) {
            HttpResponse<String> answer = owner.post(path, Talker.json("id", spelling.replace("ID", group)));
            Talker.refused(answer, 404, "group_not_found");
        }
    }

    @Test
    void aUuidMayHaveCapitals() {
        assertThat(owner.read(chat.toUpperCase(Locale.ROOT)).at("/chat/id").textValue())
                .isEqualTo(chat);
        assertThat(owner.ok("/group/read", "id", group.toUpperCase(Locale.ROOT))
                        .path("id")
                        .textValue())
                .isEqualTo(group);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "true", "{}", "[]", "[\"ID\"]", "[\"ID\",\"ID\"]", "1e400"})
    void anIdIsAText(String value) {
        Talker.refused(
                owner.post("/chat/read", "{\"id\":" + value.replace("ID", chat) + "}"), 400, "parameter_invalid");
        Talker.refused(
                owner.post("/group/read", "{\"id\":" + value.replace("ID", group) + "}"), 400, "parameter_invalid");
    }

    @Test
    void aNoughtForAnIdIsRefusedBeforeAnythingElse() {
        owner.refused(400, "parameter_invalid", "/chat/read", "id", "x".repeat(101));
        Talker.refused(owner.form("/chat/read", "id", chat, "id", chat), 400, "parameter_invalid");
    }
}
