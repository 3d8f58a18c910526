package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.testing.TestPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The operator's API on the internal listener, and who is kept out of it. */
class AdminE2eTest {
    private static final String ASK = "/simple-gpt-4o-mini-complete?prompt=";
    private static final String KEY = "operator-key-of-24-characters";
    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of("ADMIN_KEY", KEY, "DAILY_LIMIT", "2"));
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static HttpResponse<String> internal(String method, String path, String key) {
        return rig.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + rig.internalPort() + path))
                .header("Authorization", "Bearer " + key)
                .method(method, BodyPublishers.noBody()));
    }

    private static JsonNode admin(String method, String path) {
        HttpResponse<String> answer = internal(method, path, KEY);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        try {
            return new ObjectMapper().readTree(answer.body());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static int ask(UUID user, String prompt) {
        return rig.get(ASK + prompt, rig.token(user)).statusCode();
    }

    private static void archived(UUID user, int count) {
        rig.archived(
                "select count(*) from responses where status = 'done' and user_id = '" + user + "'",
                List.of("" + count));
    }

    @Test
    void withoutTheKeyNothingOpens() {
        HttpResponse<String> refused = rig.internal("/admin/status");
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.headers().firstValue("x-error-code")).hasValue("admin_key_required");
        assertThat(refused.body()).isEqualTo("{\"error\":\"The operator's key is required (ADMIN_KEY)\"}");
        assertThat(internal("GET", "/admin/status", KEY + "x").statusCode()).isEqualTo(401);
        assertThat(rig.get("/admin/status", KEY + "x").statusCode()).isEqualTo(404);
        assertThat(rig.get("/admin/status", rig.token(rig.user())).statusCode()).isEqualTo(404);
        assertThat(rig.get("/admin/status", KEY).statusCode()).isEqualTo(200);
        try (Rig keyless = Rig.start(Map.of())) {
            assertThat(keyless.internal("/admin/status").statusCode()).isEqualTo(401);
            assertThat(keyless.internal("/metrics").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void theAllowlistChangesAtOnce() {
        UUID user = rig.user();
        assertThat(ask(user, "1") + ask(user, "2")).isEqualTo(400);
        assertThat(ask(user, "3")).isEqualTo(429);
        String path = "/admin/allowlist/" + user;
        assertThat(admin("PUT", path).path("changed").booleanValue()).isTrue();
        assertThat(admin("PUT", path).path("changed").booleanValue()).isFalse();
        assertThat(admin("GET", "/admin/allowlist").path("ids").toString()).contains(user.toString());
        assertThat(ask(user, "4")).isEqualTo(200);
        assertThat(admin("DELETE", path).path("changed").booleanValue()).isTrue();
        assertThat(admin("DELETE", path).path("changed").booleanValue()).isFalse();
        assertThat(ask(user, "5")).isEqualTo(429);
    }

    @Test
    void aResetGivesTheDayBack() {
        UUID user = rig.user();
        String path = "/admin/users/" + user + "/quota";
        assertThat(admin("GET", path).path("used").intValue()).isZero();
        assertThat(ask(user, "1") + ask(user, "2")).isEqualTo(400);
        assertThat(ask(user, "3")).isEqualTo(429);
        assertThat(admin("GET", path).path("used").intValue()).isEqualTo(2);
        JsonNode reset = admin("DELETE", path);
        assertThat(reset.path("before").intValue()).isEqualTo(2);
        assertThat(reset.path("used").intValue()).isZero();
        assertThat(ask(user, "4")).isEqualTo(200);
        assertThat(admin("GET", path).path("used").intValue()).isEqualTo(1);
    }

    @Test
    void theOperatorSeesAUsersRowsAndErasesThem() {
        UUID user = rig.user();
        UUID other = rig.user();
        ask(user, "one");
        ask(user, "two");
        ask(other, "other");
        archived(user, 2);
        archived(other, 1);
        String path = "/admin/users/" + user;
        assertThat(admin("GET", path + "/usage").at("/days/0/calls").intValue()).isEqualTo(2);
        JsonNode page = admin("GET", path + "/history?limit=1");
        assertThat(page.at("/exchanges/0/input").textValue()).isEqualTo("two");
        assertThat(page.at("/exchanges/0/user_id").textValue()).isEqualTo(user.toString());
        JsonNode rest = admin(
                "GET", path + "/history?limit=1&before=" + page.path("next").textValue());
        assertThat(rest.at("/exchanges/0/input").textValue()).isEqualTo("one");
        assertThat(admin("DELETE", path + "/data").path("erased").intValue()).isEqualTo(2);
        assertThat(admin("GET", path + "/history").path("exchanges")).isEmpty();
        assertThat(admin("GET", "/admin/users/" + other + "/history").path("exchanges"))
                .hasSize(1);
    }

    @Test
    void theArchiveIsSearchedByUserDayAndStatus() {
        UUID user = rig.user();
        ask(user, "found");
        archived(user, 1);
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        String path = "/admin/archive?user=" + user;
        assertThat(admin("GET", path + "&status=done").at("/exchanges/0/input").textValue())
                .isEqualTo("found");
        assertThat(admin("GET", path + "&status=error").path("exchanges")).isEmpty();
        assertThat(admin("GET", path + "&day=" + today.minusDays(2)).path("exchanges"))
                .isEmpty();
        assertThat(admin("GET", "/admin/archive?limit=1").path("exchanges")).hasSize(1);
    }

    @Test
    void statusAndDeadEntriesAreTold() {
        TestPostgres.execute(
                rig.database(),
                "insert into archive_dead values ('s', 'admin-e2e', null, '\\x00', 'undecodable', now())"
                        + " on conflict do nothing");
        JsonNode dead = admin("GET", "/admin/dead");
        assertThat(dead.path("count").longValue()).isPositive();
        assertThat(dead.path("entries").toString()).contains("admin-e2e").contains("undecodable");
        JsonNode status = admin("GET", "/admin/status");
        assertThat(status.path("spilled").longValue()).isZero();
        assertThat(status.path("archive_waiting").isNumber()).isTrue();
        assertThat(status.path("archive_dead").longValue()).isPositive();
    }

    @Test
    void purgedKeysAreFetchedAnew() {
        assertThat(admin("DELETE", "/admin/jwks").path("purged").booleanValue()).isTrue();
        UUID user = rig.user();
        gptbroker.testing.Eventually.within(
                java.time.Duration.ofSeconds(20), "keys are back", () -> ask(user, "x") == 200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/admin/users/x/usage",
                "/admin/users/x/history",
                "/admin/users/%20/quota",
                "/admin/archive?user=1",
                "/admin/archive?day=today",
                "/admin/archive?status=fine",
                "/admin/archive?limit=0",
                "/admin/dead?limit=1000"
            })
    void badParametersAreRefused(String path) {
        HttpResponse<String> refused = internal("GET", path, KEY);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.headers().firstValue("x-error-code")).hasValue("parameter_invalid");
    }
}
