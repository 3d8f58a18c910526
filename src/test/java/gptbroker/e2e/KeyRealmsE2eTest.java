package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import gptbroker.testing.FakeProvider;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Where an API key opens the door, and where it does not. */
class KeyRealmsE2eTest {
    private static final String CHAT =
            "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    private static final String V1 = "/v1/chat/completions";

    private static JsonNode project(Rig rig) {
        return new Operator(rig).project("p", "");
    }

    private static String key(Rig rig) {
        return new Operator(rig).key("p").path("key").textValue();
    }

    @Test
    void keysWorkAtV1AndNotAtTheUsersEndpoints() {
        try (Rig rig = Rig.start(Map.of("ADMIN_KEY", Operator.KEY))) {
            keysWorkAtV1AndNotAtTheUsersEndpoints(rig);
        }
    }

    private static void keysWorkAtV1AndNotAtTheUsersEndpoints(Rig rig) {
        JsonNode project = project(rig);
        String key = key(rig);
        String chat = CHAT;
        assertThat(rig.post("/v1/chat/completions", key, chat).statusCode()).isEqualTo(200);
        assertThat(rig.send(rig.request("/v1/chat/completions")
                                .header("X-API-Key", key)
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString(chat)))
                        .statusCode())
                .isEqualTo(200);
        rig.archived(
                "select distinct endpoint from inputs where project_id = '"
                        + project.path("id").textValue() + "'",
                List.of("/v1/chat/completions"));
        HttpResponse<String> strict = rig.post("/gpt-4o", key, chat);
        assertThat(strict.statusCode()).isEqualTo(401);
        assertThat(strict.body()).isEqualTo("{\"error\":\"Invalid or expired token\",\"message\":null}");
        assertThat(rig.get("/me", key).statusCode()).as("no user's").isEqualTo(403);
        assertThat(rig.post("/v1/chat/completions", key + "x", chat).statusCode())
                .isEqualTo(401);
    }

    @Test
    void theUsersEndpointsTakeThemWhereTheTenantSaysSo() {
        try (Rig rig = Rig.start(Map.of("ADMIN_KEY", Operator.KEY, "BROKER_ACCEPT_LOCAL", "true"))) {
            String project = project(rig).path("id").textValue();
            String key = key(rig);
            assertThat(rig.post("/gpt-4o", key, CHAT).statusCode()).isEqualTo(200);
            assertThat(rig.get("/simple-gpt-4o-mini-complete?prompt=x", key).statusCode())
                    .isEqualTo(200);
            assertThat(rig.get("/me", key).statusCode()).as("no user's").isEqualTo(403);
            assertThat(rig.send(rig.request("/simple-gpt-4o-mini-complete?prompt=x")
                                    .header("X-API-Key", key))
                            .statusCode())
                    .as("a bearer alone")
                    .isEqualTo(401);
            rig.archived(
                    "select distinct endpoint from inputs where project_id = '" + project + "' order by 1",
                    List.of("/gpt-4o", "/simple-gpt-4o-mini-complete"));
        }
    }

    @Test
    void v1CanBeForKeysAlone() {
        try (Rig rig = Rig.start(Map.of("ADMIN_KEY", Operator.KEY, "V1_FOR_USERS", "false"))) {
            project(rig);
            assertThat(rig.post(V1, key(rig), CHAT).statusCode()).isEqualTo(200);
            assertThat(rig.post(V1, rig.token(rig.user()), CHAT).statusCode()).isEqualTo(403);
        }
    }

    @Test
    void aKeyBesideAForeignBearerStaysHere() throws Exception {
        try (var provider = new FakeProvider(
                        (request, wire) -> wire.send(FakeProvider.answer(200, "", FakeProvider.completion("hello"))));
                Rig rig = Rig.start(Map.of(
                        "ADMIN_KEY",
                        Operator.KEY,
                        "CACHE_V1",
                        "false",
                        "OPENAI_API_URL",
                        provider.uri().toString()))) {
            project(rig);
            String key = key(rig);
            for (String other : List.of(key, key + "x", "customers-own")) {
                assertThat(rig.send(rig.request(V1)
                                        .header("Authorization", "Bearer sk-foreign")
                                        .header("X-API-Key", other)
                                        .header("Content-Type", "application/json")
                                        .POST(BodyPublishers.ofString(CHAT)))
                                .statusCode())
                        .isEqualTo(200);
            }
            assertThat(provider.requests())
                    .hasSize(3)
                    .allMatch(request -> request.headers().toString().contains("sk-foreign"))
                    .noneMatch(request -> request.headers().toString().contains(key));
            assertThat(provider.requests().getLast().headers().toString()).contains("customers-own");
        }
    }
}
