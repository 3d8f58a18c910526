package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.dev.DevIssuer;
import gptbroker.dev.ScriptedModel;
import gptbroker.testing.TestPostgres;
import gptbroker.testing.TestRedis;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Gateway and inference as the two processes that they are in production: who has the key, and who stops when. */
class InferenceProcessE2eTest {
    private static final String KEY = "sk-held-by-one-process-alone";
    private static final String TOKEN = "shared-token-of-two-processes";

    @TempDir
    private Path folder;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private ServeProcess inference(ScriptedModel model) {
        return ServeProcess.start(folder, holder(model), "--role", "inference");
    }

    private static Map<String, String> holder(ScriptedModel model) {
        return Map.of("OPENAI_API_URL", model.url(), "OPENAI_API_KEY", KEY, "INFERENCE_TOKEN", TOKEN);
    }

    private ServeProcess gateway(DevIssuer issuer, ServeProcess inference) {
        return ServeProcess.start(
                folder,
                Map.of(
                        "SUPABASE_URL", issuer.url(),
                        "REDIS_URL", TestRedis.shared().url(),
                        "REDIS_PREFIX", "two-processes-" + UUID.randomUUID(),
                        "DATABASE_URL", TestPostgres.shared().database().reveal(),
                        "DATA_DIR", folder.resolve("data").toString(),
                        "INFERENCE_ROUTING", "{\"gpt-4o\":\"" + inference.url() + "\"}",
                        "INFERENCE_TOKEN", TOKEN));
    }

    private HttpRequest ask(ServeProcess gateway, String token, String script) {
        return HttpRequest.newBuilder(URI.create(gateway.url() + "/stream"))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"[["
                        + "model:" + script + "]] Hello\"}]}"))
                .build();
    }

    @Test
    void theGatewayAnswersWithoutAKeyAndRunningStreamsSurviveTheStopOfTheHolder() throws Exception {
        try (var issuer = DevIssuer.start(new DevIssuer.Settings(0, folder.resolve("issuer")));
                var model = ScriptedModel.start(0);
                var first = inference(model);
                var gateway = gateway(issuer, first)) {
            assertThat(gateway.environment()).contains(TOKEN).doesNotContain(KEY, "OPENAI", "API_KEY");
            assertThat(first.environment()).contains(KEY).doesNotContain("SUPABASE", "REDIS", "DATABASE");
            UUID user = issuer.createUser("u@example.com", "correct-horse", Map.of());
            String token = issuer.mint(user).sign();

            var running = http.send(ask(gateway, token, "chunks-40-50"), BodyHandlers.ofInputStream());
            try (var lines = new BufferedReader(new InputStreamReader(running.body(), StandardCharsets.UTF_8))) {
                assertThat(lines.readLine()).startsWith("{\"data\":\"0 ");
                first.terminate();
                assertThat(lines.lines())
                        .hasSizeGreaterThan(0)
                        .last()
                        .asString()
                        .contains("39 ");
            }
            assertThat(first.exitCode()).isIn(0, 143);
            assertThat(model.lastAuthorization()).isEqualTo("Bearer " + KEY);

            HttpResponse<String> away = http.send(ask(gateway, token, "echo"), BodyHandlers.ofString());
            assertThat(away.body()).contains("\"error\"");
            try (var next = ServeProcess.start(folder, first.port(), holder(model), "--role", "inference")) {
                HttpResponse<String> back = http.send(ask(gateway, token, "echo"), BodyHandlers.ofString());
                assertThat(back.body()).contains("Hello").doesNotContain("\"error\"");
                assertThat(gateway.log() + next.log()).doesNotContain(KEY, TOKEN, "Hello");
            }
        }
    }
}
