package gptbroker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.e2e.Operator;
import gptbroker.e2e.Rig;
import gptbroker.testing.Eventually;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code broker admin} and {@code broker completion}, run in this process against a whole broker. */
class AdminCommandTest {
    private static Rig rig;
    private static AdminCli cli;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of("ADMIN_KEY", Operator.KEY));
        cli = new AdminCli(rig);
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static UUID asked(String prompt) {
        UUID user = rig.user();
        assertThat(rig.get("/simple-gpt-4o-mini-complete?prompt=" + prompt, rig.token(user))
                        .statusCode())
                .isEqualTo(200);
        rig.archived("select count(*) from responses where status = 'done' and user_id = '" + user + "'", List.of("1"));
        return user;
    }

    @Test
    void allowlistAndQuota() {
        String user = asked("x").toString();
        assertThat(cli.ok("allowlist", "add", user)).contains("changed  true");
        assertThat(cli.ok("allowlist", "list")).contains(user + System.lineSeparator());
        assertThat(cli.ok("quota", "show", user)).containsPattern("used +1\\R").containsPattern("listed +true\\R");
        assertThat(cli.ok("allowlist", "remove", user)).contains("listed   false");
        assertThat(cli.ok("quota", "reset", user))
                .containsPattern("before +1\\R")
                .containsPattern("used +0\\R");
    }

    @Test
    void rowsAreTablesThatCannotSteerTheTerminal() {
        String user = asked("red%1B%5B31m").toString();
        String history = cli.ok("user", "history", user);
        assertThat(history).startsWith("id ").contains("red [31m").doesNotContain("\u001b");
        assertThat(cli.ok("user", "usage", user, "--days", "1")).contains("calls without tokens");
        assertThat(cli.ok("archive", "search", "--user", user, "--status", "done", "--limit", "1"))
                .contains("/simple-gpt-4o-mini-complete");
        assertThat(cli.ok("archive", "dead")).contains("in all");
        assertThat(cli.ok("status")).contains("archive waiting");
        assertThat(cli.ok("jwks", "purge")).contains("purged  true");
        assertThat(cli.ok("cache", "stats"))
                .containsPattern("item count +\\d+\\R")
                .containsPattern("hits +\\d+\\R");
        assertThat(cli.ok("cache", "clear")).contains("Cache cleared successfully");
    }

    @Test
    void chatsAreSeenAndTheirMessagesDeleted() throws IOException {
        var json = new ObjectMapper();
        UUID user = rig.user();
        String token = rig.token(user);
        String chat = json.readTree(
                        rig.post("/chat/create", token, "{\"name\":\"plans\"}").body())
                .path("id")
                .textValue();
        String said = rig.post("/chat/prompt", token, "{\"id\":\"" + chat + "\",\"prompt\":\"one\"}")
                .body();
        String message = json.readTree(said).at("/message/id").textValue();
        rig.post("/chat/prompt", token, "{\"id\":\"" + chat + "\",\"prompt\":\"two\"}");
        assertThat(cli.ok("chat", "show", chat))
                .containsPattern("name +plans\\R")
                .contains(user.toString());
        assertThat(cli.ok("chat", "users", chat)).contains(user.toString()).doesNotContain("password");
        assertThat(cli.ok("chat", "messages", chat)).containsSubsequence("one", "two");
        assertThat(cli.ok("chat", "messages", chat, "--limit", "1"))
                .contains("two")
                .contains("more: --before");
        assertThat(cli.ok("message", "delete", message)).containsPattern("deleted +1\\R");
        assertThat(cli.ok("chat", "messages", chat)).doesNotContain("one");
        rig.post("/chat/prompt", token, "{\"id\":\"" + chat + "\",\"prompt\":\"three\"}");
        assertThat(rig.lastAsked()).contains("two").doesNotContain("one");
        assertThat(cli.admin("message", "delete", message).code()).isEqualTo(1);
        assertThat(cli.admin("chat", "show").code()).isEqualTo(2);
        assertThat(cli.admin("chat", "show", UUID.randomUUID().toString()).err())
                .contains("not_found");
        Eventually.within(
                Duration.ofSeconds(60),
                "events",
                () -> cli.ok("events", "--caller", user.toString()).contains("/chat/prompt"));
    }

    @Test
    void jsonIsTheBrokers() throws IOException {
        String user = asked("whole").toString();
        var page = new ObjectMapper().readTree(cli.ok("user", "history", user, "--json"));
        assertThat(page.at("/exchanges/0/input").textValue()).isEqualTo("whole");
    }

    @Test
    void projectsAndTheirKeys() throws IOException {
        Path prompt = Files.writeString(folder.resolve("prompt"), "Be {{tone}}.");
        String created = cli.ok(
                "project",
                "create",
                "shop",
                "--model",
                "gpt-4o-mini",
                "--temperature",
                "0.2",
                "--system-prompt-file",
                prompt.toString(),
                "--daily-requests",
                "5",
                "--daily-cost",
                "0.50");
        assertThat(created)
                .containsPattern("slug +shop\\R")
                .contains("Be {{tone}}.")
                .contains("\"daily_requests\":5");
        assertThat(cli.ok("project", "list"))
                .startsWith("slug ")
                .contains("shop")
                .contains("gpt-4o-mini");
        assertThat(cli.ok(
                        "project",
                        "change",
                        "shop",
                        "--name",
                        "The shop",
                        "--daily-requests",
                        "tier",
                        "--system-prompt",
                        ""))
                .containsPattern("name +The shop\\R")
                .containsPattern("system prompt +-\\R")
                .doesNotContain("daily_requests");
        var made =
                new ObjectMapper().readTree(cli.ok("key", "create", "shop", "--name", "ci", "--rate", "9", "--json"));
        String id = made.path("id").textValue();
        assertThat(cli.ok("key", "list", "shop"))
                .startsWith("id ")
                .contains(id)
                .doesNotContain(made.path("key").textValue());
        assertThat(cli.ok("key", "rotate", id)).containsPattern("key +gb_[\\w-]{51}\\R");
        assertThat(cli.ok("key", "revoke", id))
                .containsPattern("everywhere +true\\R")
                .doesNotContain("gb_".repeat(2));
        assertThat(cli.ok("project", "usage", "shop", "--days", "2"))
                .startsWith("day ")
                .contains("cost usd");
        assertThat(cli.ok("project", "show", "shop")).containsPattern("slug +shop\\R");
    }

    @Test
    void mistakesWithProjectsHaveTheirExitCodes() {
        assertThat(cli.admin("project", "show", "nobody").code()).isEqualTo(1);
        AdminCli.Run wrong = cli.admin("project", "create", "Wrong Slug", "--model", "m");
        assertThat(wrong.code()).isEqualTo(1);
        assertThat(wrong.err()).contains("/slug").contains("parameter_invalid");
        assertThat(cli.admin("project", "create", "x", "--daily-requests", "many")
                        .code())
                .isEqualTo(2);
        assertThat(cli.admin("project", "create", "x", "--system-prompt-file", "not-there")
                        .code())
                .isEqualTo(2);
        assertThat(cli.admin("project", "change", "nobody").code()).isEqualTo(1);
        assertThat(cli.admin("key", "revoke", "no-id").code()).isEqualTo(2);
        assertThat(cli.admin("key", "revoke", UUID.randomUUID().toString()).code())
                .isEqualTo(1);
        assertThat(AdminCli.run("admin", "key").out()).contains("rotate");
        assertThat(AdminCli.run("completion").out()).contains("--system-prompt-file");
    }

    @Test
    void erasingWantsToBeMeant() {
        String user = asked("gone").toString();
        AdminCli.Run refused = cli.admin("user", "erase", user);
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("--yes");
        assertThat(cli.ok("user", "erase", user, "--yes")).contains("erased  1");
    }

    @Test
    void theKeyMayStandInAFile() throws IOException {
        Path file = Files.writeString(folder.resolve("key"), Operator.KEY + "\n");
        String url = "http://127.0.0.1:" + rig.internalPort();
        assertThat(AdminCli.run("admin", "status", "--url", url, "--key-file", file.toString())
                        .code())
                .isZero();
        assertThat(AdminCli.run("admin", "status", "--url", url, "--key-file", file + ".not")
                        .code())
                .isEqualTo(2);
    }

    @Test
    void failuresHaveTheirExitCodes() {
        String url = "http://127.0.0.1:" + rig.internalPort();
        AdminCli.Run wrongKey = AdminCli.run("admin", "status", "--url", url, "--key", "wrong");
        assertThat(wrongKey.code()).isEqualTo(1);
        assertThat(wrongKey.err()).contains("admin_key_required").doesNotContain("wrong");
        assertThat(AdminCli.run("admin", "status", "--url", "http://127.0.0.1:1", "--key", Operator.KEY)
                        .code())
                .isEqualTo(3);
        assertThat(AdminCli.run("admin", "status", "--url", "not an address", "--key", Operator.KEY)
                        .code())
                .isEqualTo(2);
        assertThat(cli.admin("user", "history", "nobody").code()).isEqualTo(2);
        assertThat(cli.admin("user", "usage", UUID.randomUUID().toString(), "--days", "0")
                        .code())
                .isEqualTo(1);
        assertThat(AdminCli.run("admin", "nonsense").code()).isEqualTo(2);
        AdminCli.Run onThePublicPort =
                AdminCli.run("admin", "status", "--url", "http://127.0.0.1:" + rig.port(), "--key", Operator.KEY + "x");
        assertThat(onThePublicPort.err()).contains("wrong key");
    }

    @Test
    void shellsLearnTheCommands() {
        AdminCli.Run script = AdminCli.run("completion");
        assertThat(script.code()).isZero();
        assertThat(script.out()).contains("allowlist").contains("--key-file").contains("complete -F");
        assertThat(AdminCli.run("admin", "--help").out()).contains("Exit codes");
        assertThat(AdminCli.run("admin", "quota").out()).contains("reset");
    }

    @Test
    void accounts() throws IOException {
        String name = "ops-" + UUID.randomUUID();
        Path file = Files.writeString(folder.resolve("password"), "from-a-file\n");
        String made = cli.ok("user", "create", name, "--password-file", file.toString());
        assertThat(made)
                .containsPattern("username +" + name)
                .doesNotContain("password")
                .doesNotContain("argon2");
        assertThat(login(name, "from-a-file")).isEqualTo(200);
        assertThat(cli.ok("user", "list")).contains(name).doesNotContain("argon2");
        assertThat(cli.ok("user", "show", name.toUpperCase())).containsPattern("sessions +1\\R");
        assertThat(cli.ok("user", "sessions", name)).containsPattern("id +created at +expires at\\R.{36}  ");
        String reset = cli.ok("user", "reset", name);
        assertThat(reset).containsPattern("sessions ended +1\\R");
        String password = reset.replaceAll("(?s).*password +(\\S{20})\\R.*", "$1");
        assertThat(login(name, "from-a-file")).isEqualTo(401);
        assertThat(login(name, password)).isEqualTo(200);
        assertThat(cli.ok("user", "sessions", name, "--end")).containsPattern("sessions ended +1\\R");
        assertThat(cli.admin("user", "create", name).err())
                .contains("User exists")
                .contains("409, username_taken");
        assertThat(cli.admin("user", "create", name, "short").code()).isEqualTo(1);
        assertThat(cli.admin("user", "reset").code()).isEqualTo(2);
        assertThat(cli.admin("user", "reset", name, "x", "--password-file", file.toString())
                        .code())
                .isEqualTo(2);
        String key = cli.ok("user", "keys", name, "--new").replaceAll("(?s).*\\Rkey +(\\S{48})\\R.*", "$1");
        assertThat(rig.get("/user/session", key).statusCode()).isEqualTo(200);
        assertThat(cli.ok("user", "keys", name)).contains(key.substring(0, 9)).doesNotContain(key);
        assertThat(cli.ok("user", "keys", name, "--revoke")).containsPattern("keys revoked +1\\R");
        assertThat(rig.get("/user/session", key).statusCode()).isEqualTo(401);
        assertThat(cli.admin("user", "keys", name, "--new", "--revoke").code()).isEqualTo(2);
        AdminCli.Run unknown = cli.admin("user", "show", "nobody");
        assertThat(unknown.code()).isEqualTo(1);
        assertThat(unknown.err()).contains("no account is called nobody");
        assertThat(cli.admin("user", "show", UUID.randomUUID().toString()).code())
                .isEqualTo(1);
    }

    private static int login(String name, String password) {
        return rig.send(rig.request("/user/login")
                        .POST(BodyPublishers.ofString(
                                "{\"username\":\"" + name + "\",\"password\":\"" + password + "\"}")))
                .statusCode();
    }
}
