package gptbroker.e2e;

import static gptbroker.e2e.Talker.ok;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import gptbroker.testing.Eventually;
import gptbroker.testing.TestPostgres;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the operator sees of chats, and what erasing leaves of them: S1.55, S1.56. */
class EventsE2eTest {
    private static final String KEY = "operator-key-of-24-characters";
    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of("ADDRESS_RATE_LIMIT", "0", "ADMIN_KEY", KEY));
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static JsonNode events(String query) {
        return ok(rig.get("/admin/events?" + query, KEY));
    }

    private static void noted(Talker talker, int events) {
        Eventually.within(
                Duration.ofSeconds(60),
                events + " events of " + talker.id,
                () -> events("limit=200&caller=" + talker.id).path("events").size() == events);
    }

    @Test
    void whoCalledWhatIsNotedWithoutWhatWasSaid() {
        var talker = new Talker(rig);
        String chat = talker.chat();
        talker.says(chat, "quiet words");
        HttpResponse<String> refused = talker.post("/chat/read?token=loud", Talker.json("id", "unknown"));
        assertThat(rig.get("/chat/index", "nonsense").statusCode()).isEqualTo(401);
        assertThat(rig.get("/me", talker.token).statusCode()).isEqualTo(200);
        noted(talker, 4);
        JsonNode page = events("limit=3&caller=" + talker.id);
        JsonNode last = page.at("/events/0");
        assertThat(last.path("id").textValue())
                .isEqualTo(refused.headers().firstValue("x-request-id").orElseThrow());
        assertThat(last.path("endpoint").textValue()).isEqualTo("/chat/read");
        assertThat(last.path("method").textValue()).isEqualTo("POST");
        assertThat(last.path("status").intValue()).isEqualTo(404);
        assertThat(last.path("code").textValue()).isEqualTo("not_found");
        assertThat(last.path("client_ip").textValue()).isEqualTo("127.0.0.1");
        assertThat(last.path("duration_us").longValue()).isPositive();
        assertThat(page.at("/events/1/code").isNull()).isTrue();
        assertThat(Talker.texts(page.path("events"), "endpoint"))
                .containsExactly("/chat/read", "/chat/prompt", "/chat/create");
        JsonNode rest = events(
                "limit=3&caller=" + talker.id + "&before=" + page.path("next").textValue());
        assertThat(Talker.texts(rest.path("events"), "endpoint")).containsExactly("/group/index");
        assertThat(rig.archive("select e::text from broker_events e where caller_id = '" + talker.id + "'")
                        .toString())
                .doesNotContain("quiet")
                .doesNotContain("loud")
                .doesNotContain(talker.token);
    }

    @Test
    void oldEventsAreForgotten() {
        TestPostgres.execute(
                rig.database(),
                "insert into broker_events values ('01000000-0000-7000-8000-000000000000', 'old', '', 'GET', '/', 200,"
                        + " null, 1)");
        // A broker cleans as it starts, whichever it is.
        try (var other = Rig.start(Map.of("DATABASE_URL", rig.database().reveal()))) {
            assertThat(other.port()).isPositive();
            Eventually.within(
                    Duration.ofSeconds(60),
                    "forgotten",
                    () -> rig.archive("select count(*) from broker_events where caller_id = 'old'")
                            .equals(List.of("0")));
        }
    }

    @Test
    void onlyTheOperatorSeesThem() {
        var talker = new Talker(rig);
        for (String path :
                List.of("/admin/events", "/admin/chats/x", "/admin/chats/x/messages", "/admin/chats/x/users")) {
            assertThat(talker.get(path).statusCode()).as(path).isEqualTo(404);
            assertThat(rig.internal(path).statusCode()).as(path).isEqualTo(401);
        }
        assertThat(rig.get("/admin/chats/" + UUID.randomUUID(), KEY).statusCode())
                .isEqualTo(404);
    }

    @Test
    void erasingTakesWhatAUserSaidAndNothingOfOthers() {
        var talker = new Talker(rig);
        var other = new Talker(rig);
        String alone = talker.chat();
        String shared = talker.chat();
        talker.ok("/chat/user/add", "chat_id", shared, "user_id", other.id);
        talker.says(alone, "a");
        talker.says(shared, "b");
        talker.ok("/chat/prompt", "id", shared, "prompt", "whisper", "otr", true);
        other.says(shared, "c");
        noted(talker, 7);
        rig.archived(
                "select count(*) from responses where status = 'done' and user_id = '" + talker.id + "'", List.of("3"));
        assertThat(ok(rig.send(rig.request("/me/data")
                                .header("Authorization", "Bearer " + talker.token)
                                .DELETE()))
                        .path("erased")
                        .intValue())
                .isEqualTo(3);
        talker.refused(404, "not_found", "/chat/read", "id", alone);
        assertThat(Talker.texts(other.read(shared).path("messages"), "prompt")).containsExactly("c");
        assertThat(rig.archive("select count(*) from broker_messages where user_id = '" + talker.id + "'"))
                .containsExactly("0");
        assertThat(rig.archive("select string_agg(endpoint, ',') from broker_events where caller_id = '" + talker.id
                        + "' and endpoint <> '/chat/read'"))
                .containsExactly("-");
    }
}
