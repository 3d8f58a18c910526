package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import gptbroker.testing.Curl;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The calls that Proxy GPT's README and its test script show, with ids and tokens filled in (S1). */
class ProxyGptReadmeE2eTest {
    private static final String JSON = "Content-Type: application/json";
    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of("ADDRESS_RATE_LIMIT", "0", "ACCOUNTS", "on"));
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static Curl.Answer curl(String path, String... arguments) throws Exception {
        var all = new ArrayList<String>(List.of("http://127.0.0.1:" + rig.port() + path));
        all.addAll(Arrays.asList(arguments));
        return Curl.run(all.toArray(String[]::new));
    }

    private static JsonNode ok(String path, String... arguments) throws Exception {
        Curl.Answer answer = curl(path, arguments);
        assertThat(answer.status()).as(path + " " + answer.body()).isEqualTo(200);
        return Talker.tree(answer.body());
    }

    private static String cookie(JsonNode signedIn) {
        return "sess=" + signedIn.path("Token").textValue();
    }

    @Test
    void theReadmesCallsRun() throws Exception {
        JsonNode friend = ok("/user/signup", "-d", "username=foo&password=barbaz");
        ok("/user/signup", "-d", "username=asim&password=bazbar");
        JsonNode login = ok("/user/login", "-d", "username=asim&password=bazbar");
        String sess = cookie(login);
        String bearer = "Authorization: Bearer " + login.path("Token").textValue();
        assertThat(curl("/v1/models").status()).isEqualTo(401);
        assertThat(curl("/v1/models", "-H", bearer).status()).isEqualTo(200);

        String chat = ok("/chat/create", "--cookie", sess, "-d", "name=foobar&model=gpt-3")
                .path("id")
                .textValue();
        String friendId = friend.at("/User/id").textValue();
        ok("/chat/user/add", "--cookie", sess, "-d", "chat_id=" + chat + "&user_id=" + friendId);
        JsonNode said =
                ok("/chat/prompt", "--cookie", cookie(friend), "-d", "id=" + chat + "&prompt=tell+me+about+spain");
        assertThat(said.path("reply").textValue()).contains("tell me about spain");
        assertThat(ok("/chat/read", "-H", bearer, "-d", "id=" + chat).path("users"))
                .hasSize(2);

        String group = ok("/group/create", "-H", bearer, "-d", "name=foobar&description=my+awesome+group")
                .path("id")
                .textValue();
        ok("/group/members/add", "-H", bearer, "-d", "group_id=" + group + "&user_ids=" + friendId);
        assertThat(ok("/chat/create", "-H", bearer, "-d", "name=foobar&group_id=" + group)
                        .path("group_id")
                        .textValue())
                .isEqualTo(group);
        assertThat(Talker.texts(ok("/user/session", "-H", bearer).at("/user/groups"), "name"))
                .containsExactly("Personal", "foobar");
        assertThat(curl("/user/logout", "--cookie", sess, "-X", "POST").status())
                .isEqualTo(200);
        assertThat(curl("/chat/index", "--cookie", sess).status()).isEqualTo(401);
    }

    @Test
    void theStreamsCallRuns() throws Exception {
        String sess = cookie(ok("/user/signup", "-d", "username=streamer&password=bazbar"));
        String chat = ok("/chat/create", "--cookie", sess, "-d", "name=foobar&model=gpt-3")
                .path("id")
                .textValue();
        var process = new ProcessBuilder(
                        "curl",
                        "-sN",
                        "--noproxy",
                        "*",
                        "--max-time",
                        "120",
                        "--cookie",
                        sess,
                        "http://127.0.0.1:" + rig.port() + "/chat/stream",
                        "-d",
                        "id=" + chat)
                .start();
        try (var lines = process.inputReader()) {
            // Whatever comes first says that it is open.
            lines.readLine();
            ok("/chat/prompt", "--cookie", sess, "-d", "id=" + chat + "&prompt=hi&stream=true");
            String line = lines.readLine();
            while (line != null && !line.contains("\"partial\":false")) {
                line = lines.readLine();
            }
            assertThat(line).startsWith("data:").contains("\"prompt\":\"hi\"");
        } finally {
            process.destroy();
        }
    }

    @Test
    void theTestScriptsFlowRuns() throws Exception {
        ok(
                "/user/signup",
                "-H",
                JSON,
                "-XPOST",
                "-d",
                "{\"username\": \"test\", \"password\": \"Password1\", \"first_name\": \"john\", \"last_name\": \"smith\"}");
        String token = ok(
                        "/user/login",
                        "-H",
                        JSON,
                        "-XPOST",
                        "-d",
                        "{\"username\": \"test\", \"password\": \"Password1\"}")
                .path("Token")
                .textValue();
        String bearer = "Authorization: Bearer " + token;
        String chat = ok(
                        "/chat/create",
                        "-H",
                        bearer,
                        "-H",
                        JSON,
                        "-XPOST",
                        "-d",
                        "{\"name\": \"Example\", \"model\": \"gpt-3\"}")
                .path("id")
                .textValue();
        ok("/chat/delete", "-H", bearer, "-H", JSON, "-XPOST", "-d", "{\"id\": \"" + chat + "\"}");
        assertThat(curl("/user/logout", "-H", bearer, "-H", JSON, "-XPOST", "-d", "{}")
                        .status())
                .isEqualTo(200);
        assertThat(curl("/chat/index", "-H", bearer).status()).isEqualTo(401);
    }
}
