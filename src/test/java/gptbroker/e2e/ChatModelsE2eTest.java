package gptbroker.e2e;

import static gptbroker.e2e.Talker.json;
import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.dev.ScriptedModel;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which models chats and the older gateway offer is a matter of {@code MODELS_FILE} and {@code MODEL_MAP} alone. */
class ChatModelsE2eTest {
    @TempDir
    private static Path folder;

    private static ScriptedModel process;
    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        process = ScriptedModel.start(0);
        Path models = Files.writeString(folder.resolve("models.yaml"), """
                models:
                  - {name: gpt-4, prices: [{from: 2020-01-01, input: 1, output: 1}]}
                  - {name: fast, provider: gpt-4o-mini, dialects: [chat, gateway]}
                  - {name: old-only, provider: gpt-4o, dialects: [gateway]}
                  - name: llama-4
                    chat_name: assistant
                    dialects: [chat]
                    prices: [{from: 2020-01-01, input: 1000, output: 1000}]
                  - {name: dear, dialects: [chat], prices: [{from: 2020-01-01, input: 900000, output: 900000}]}
                  - {name: unpriced, dialects: [chat]}
                """);
        rig = Rig.start(Map.of(
                "ACCOUNTS", "on",
                "SIGNUP_LIMIT", "0",
                "CHAT_RATE_LIMIT", "0",
                "ADDRESS_RATE_LIMIT", "0",
                "REDIS_TIMEOUT", "5s",
                "DAILY_COST_LIMIT_USD", "5",
                "BUDGET_ANSWER_TOKENS", "50",
                "MODEL_MAP", "gpt-3.5-turbo=our-deployment,mapped=gpt-4o",
                "MODELS_FILE", models.toString()));
    }

    @AfterAll
    static void stop() {
        rig.close();
        process.close();
    }

    private static String chat(Talker talker, String model) {
        return talker.ok("/chat/create", "name", "x", "model", model).path("id").textValue();
    }

    private static String kept(Talker talker, String chat) {
        return talker.read(chat).at("/chat/model").textValue();
    }

    private static String asked() {
        return Talker.tree(rig.lastAsked()).path("model").textValue();
    }

    private static String key() {
        var signedUp = rig.send(rig.request("/signup/")
                .POST(BodyPublishers.ofString("username=user-" + UUID.randomUUID() + "&password=secret")));
        return Talker.tree(signedUp.body()).path("api_key").textValue();
    }

    private static HttpResponse<String> gateway(String key, String model) {
        return rig.send(rig.request("/chat/")
                .header("Authorization", key)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json("message", "Hello", "model", model))));
    }

    @Test
    void anOwnModelIsOfferedInChats() {
        var talker = new Talker(rig);
        String chat = chat(talker, "fast");
        assertThat(kept(talker, chat)).isEqualTo("fast");
        talker.says(chat, "Hello");
        assertThat(asked()).isEqualTo("gpt-4o-mini");

        talker.ok("/chat/update", "id", chat, "model", "assistant");
        assertThat(kept(talker, chat)).isEqualTo("assistant");
        talker.says(chat, "Hello");
        assertThat(asked()).isEqualTo("llama-4");

        talker.ok("/chat/update", "id", chat, "model", "mapped");
        talker.says(chat, "Hello");
        assertThat(asked()).isEqualTo("gpt-4o");
        rig.archived(
                "select model from inputs where user_id = '" + talker.id + "' order by id",
                List.of("fast", "llama-4", "mapped"));
    }

    @Test
    void whatIsNotOfferedIsGpt3ThereWhateverTheProviderCallsIt() {
        var talker = new Talker(rig);
        // A model is offered by its name in chats alone, and only where its dialects say so.
        for (String model : List.of("gpt-9", "llama-4", "gpt-3.5-turbo", "old-only", "gpt-5")) {
            assertThat(kept(talker, chat(talker, model))).as(model).isEqualTo("gpt-3");
        }
        talker.says(chat(talker, "gpt-9"), "Hello");
        assertThat(asked()).isEqualTo("our-deployment");
        rig.archived("select model from inputs where user_id = '" + talker.id + "'", List.of("gpt-3.5-turbo"));
    }

    @Test
    void theOlderGatewayHasModelsOfItsOwn() {
        String key = key();
        assertThat(gateway(key, "fast").statusCode()).isEqualTo(200);
        assertThat(asked()).isEqualTo("gpt-4o-mini");
        HttpResponse<String> own = gateway(key, "old-only");
        assertThat(own.statusCode()).as(own.body()).isEqualTo(200);
        assertThat(asked()).isEqualTo("gpt-4o");
        // New prices do not open a door: gpt-4 is still a model of chats only.
        for (String model : List.of("gpt-4", "assistant", "llama-4", "gpt-3", "gpt-3.5-turbo")) {
            HttpResponse<String> refused = gateway(key, model);
            assertThat(refused.statusCode()).as(model).isEqualTo(400);
            assertThat(refused.body()).isEqualTo("{\"detail\":\"Unknown model\"}");
        }
        // The same chat at the other door, which does not offer its model.
        String id = Talker.tree(own.body()).path("chat_id").textValue();
        assertThat(rig.post("/chat/prompt", key, json("id", id, "prompt", "More"))
                        .statusCode())
                .isEqualTo(200);
        assertThat(asked()).isEqualTo("our-deployment");
    }

    @Test
    void pricesAndBudgetsHoldForIt() {
        var talker = new Talker(rig);
        talker.says(chat(talker, "assistant"), "Hello");
        rig.archived(
                "select r.cost_usd = (r.prompt_tokens + r.completion_tokens) * 0.001, r.price_date from responses r"
                        + " where r.user_id = '" + talker.id + "'",
                List.of("t|2020-01-01"));
        talker.refused(429, "cost_quota_exceeded", "/chat/prompt", "id", chat(talker, "dear"), "prompt", "x");
        talker.refused(403, "model_price_unknown", "/chat/prompt", "id", chat(talker, "unpriced"), "prompt", "x");
    }

    @Test
    void whereNotEvenGpt3IsOfferedNothingStandsForIt() throws Exception {
        Path models = Files.writeString(folder.resolve("narrow.yaml"), """
                models:
                  - {name: gpt-3.5-turbo, dialects: [v1]}
                """);
        try (var narrow = Rig.start(Map.of("REDIS_TIMEOUT", "5s", "MODELS_FILE", models.toString()))) {
            var talker = new Talker(narrow);
            talker.refused(403, "model_not_allowed", "/chat/create", "name", "x");
            talker.refused(403, "model_not_allowed", "/chat/create", "name", "x", "model", "gpt-9");
            String chat = chat(talker, "gpt-4o");
            assertThat(talker.says(chat, "Hello")).isNotEmpty();
        }
    }

    @Test
    void callsGoToTheInferenceProcessOfTheModel() {
        var variables = Map.of(
                "REDIS_TIMEOUT", "5s",
                "OPENAI_API_KEY", "",
                "INFERENCE_TOKEN", "inference-token-of-this-test",
                "INFERENCE_ROUTING", "{\"fast\":\"" + process.url() + "\"}",
                "MODELS_FILE", folder.resolve("models.yaml").toString());
        try (var routed = Rig.start(variables)) {
            var talker = new Talker(routed);
            assertThat(talker.says(chat(talker, "fast"), "Hello")).isNotEmpty();
            assertThat(process.lastBody()).contains("\"model\":\"gpt-4o-mini\"", "Hello");
            assertThat(routed.model().calls()).isZero();
            talker.refused(400, "upstream_rejected", "/chat/prompt", "id", chat(talker, "gpt-4"), "prompt", "x");
        }
    }
}
