package gptbroker.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may hold the provider's key, and who must not. */
class EnvInferenceTest {
    private static final String TOKEN = "0123456789abcdef01234567";

    @TempDir
    Path directory;

    private static Map<String, String> with(Map<String, String> some, String... more) {
        var environment = new HashMap<>(some);
        for (int i = 0; i < more.length; i += 2) {
            environment.put(more[i], more[i + 1]);
        }
        return environment;
    }

    private static Map<String, String> gateway(String... more) {
        return with(Map.of("SUPABASE_URL", "https://ref.supabase.co"), more);
    }

    private static Map<String, String> holder(String... more) {
        return with(Map.of("OPENAI_API_KEY", "sk-1"), more);
    }

    private Env env(Map<String, String> environment) {
        return new Env(environment, directory);
    }

    private List<String> mistakes(Runnable reading) {
        try {
            reading.run();
            return List.of();
        } catch (ConfigException wrong) {
            return wrong.mistakes();
        }
    }

    private List<String> serving(Map<String, String> environment) {
        return mistakes(env(environment)::serve);
    }

    private List<String> holding(Map<String, String> environment) {
        return mistakes(env(environment).inRole(Role.INFERENCE)::inference);
    }

    @Test
    void aGatewayNeedsNoKeyAndMayHaveNone() {
        var environment = gateway("INFERENCE_URL", "http://inference:8000/v1/", "INFERENCE_TOKEN", TOKEN);
        var read = env(environment).serve().upstream();
        assertThat(read.apiKey()).isEmpty();
        assertThat(read.inference())
                .isEqualTo(new Inference(
                        Optional.of(URI.create("http://inference:8000")), Map.of(), Optional.of(new Secret(TOKEN))));
        assertThat(serving(with(environment, "API_KEY", "sk-1")))
                .containsExactly("API_KEY is set beside INFERENCE_URL or INFERENCE_ROUTING;"
                        + " expected it in the inference process alone");
    }

    @Test
    void routesAreByModel() {
        var routing = "{\"gpt-4o-mini\": \"http://gpt-4-mini:8000\", \"gpt-4o\": \"https://gpt-4o/v1\"}";
        assertThat(env(gateway("INFERENCE_ROUTING", routing))
                        .serve()
                        .upstream()
                        .inference()
                        .routing())
                .isEqualTo(Map.of(
                        "gpt-4o-mini", URI.create("http://gpt-4-mini:8000"), "gpt-4o", URI.create("https://gpt-4o")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "gpt-4o=http://x",
                "{\"a\":1}",
                "{\"a\":\"x:8000\"}",
                "{\"a\":\"http://u:hush@x\"}",
                "{\"a\":\"http://x\",\"a\":\"http://y\"}",
                "{\"a\":\"http://x\"} x"
            })
    void aWrongTableIsOneMistake(String routing) {
        assertThat(serving(gateway("OPENAI_API_KEY", "", "INFERENCE_ROUTING", routing, "INFERENCE_URL", "http://x")))
                .singleElement()
                .asString()
                .startsWith("INFERENCE_ROUTING ")
                .doesNotContain("hush");
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, true",
        "localhost, true",
        "::1, true",
        "10.1.2.3, true",
        "192.168.0.7, true",
        "172.16.0.1, true",
        "fd00::1, true",
        "0.0.0.0, false",
        "172.32.0.1, false",
        "8.8.8.8, false",
        "::, false",
        "10.example.com, false",
        "inference, false",
    })
    void withoutATokenTheListenerIsPrivateByChoice(String host, boolean fine) {
        assertThat(holding(holder("HOST", host)).isEmpty()).isEqualTo(fine);
        assertThat(holding(holder("HOST", host, "INFERENCE_TOKEN", TOKEN))).isEmpty();
    }

    @Test
    void withoutAnyChoiceATokenIsAskedFor() {
        assertThat(holding(holder())).singleElement().asString().startsWith("INFERENCE_TOKEN is not set");
        assertThat(holding(Map.of("INFERENCE_TOKEN", TOKEN)))
                .containsExactly("OPENAI_API_KEY is not set; expected the provider's key");
        assertThat(holding(holder("INFERENCE_TOKEN", "short")))
                .containsExactly("INFERENCE_TOKEN is too short to be safe; expected 24 characters or more");
        assertThat(holding(holder("INFERENCE_TOKEN", TOKEN, "INFERENCE_URL", "http://x")))
                .hasSize(1);
        assertThat(holding(holder("INFERENCE_TOKEN", TOKEN, "MODEL_NAME", "two words")))
                .hasSize(1);
    }

    @Test
    void aHolderHasItsOwnDefaultsAndListsItsOwnVariables() {
        var env = env(holder("INFERENCE_TOKEN", TOKEN, "MODEL_NAME", "gpt-4o", "DATABASE_URL", "postgresql://u:p@h/d"))
                .inRole(Role.INFERENCE);
        var config = env.inference();
        assertThat(config.listen().port()).isEqualTo(8000);
        assertThat(config.listen().maxBody()).isEqualTo(8 << 20);
        assertThat(config.model()).contains("gpt-4o");
        assertThat(env.describe(Role.INFERENCE))
                .contains("MODEL_NAME=gpt-4o", "PORT=8000", "OPENAI_API_KEY=***")
                .doesNotContain("SUPABASE", "DATABASE", "INFERENCE_URL", TOKEN);
        assertThat(env.warnings(Role.INFERENCE))
                .containsExactly("DATABASE_URL is set and not read in the role inference; better leave it out");
        assertThat(env(gateway("OPENAI_API_KEY", "sk-1")).warnings(Role.GATEWAY))
                .isEmpty();
    }
}
