package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.InternalServerException;
import com.openai.errors.RateLimitException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.embeddings.EmbeddingCreateParams;
import gptbroker.testing.Eventually;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** OpenAI's own library for Java, unchanged, with a user's token in place of a key. */
class OpenAiJavaE2eTest {
    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of("ANONYMOUS_DAILY_LIMIT", "0", "REDIS_TIMEOUT", "5s"));
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static OpenAIClient client(String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl("http://127.0.0.1:" + rig.port() + "/v1")
                .apiKey(key)
                .maxRetries(0)
                .build();
    }

    private static OpenAIClient client() {
        return client(rig.token(rig.user()));
    }

    private static ChatCompletionCreateParams ask(String prompt) {
        return ChatCompletionCreateParams.builder()
                .model("gpt-4o")
                .addUserMessage(prompt)
                .build();
    }

    @Test
    void chats() {
        var answer = client().chat().completions().create(ask("Hello"));
        assertThat(answer.choices().getFirst().message().content()).hasValue("Echo: Hello");
        assertThat(answer.usage()).isPresent();
    }

    @Test
    void streams() {
        try (var stream = client().chat().completions().createStreaming(ask("Hello"))) {
            String text = stream.stream()
                    .flatMap(chunk -> chunk.choices().stream())
                    .flatMap(choice -> choice.delta().content().stream())
                    .collect(Collectors.joining());
            assertThat(text).isEqualTo("Echo: Hello");
        }
    }

    @Test
    void callsTools() {
        var answer = client().chat().completions().create(ask("[[model:tool]]"));
        assertThat(answer.choices().getFirst().message().toolCalls().orElseThrow())
                .hasSize(1);
    }

    @Test
    void embeds() {
        var params = EmbeddingCreateParams.builder()
                .model("text-embedding-3-small")
                .input("hi")
                .build();
        assertThat(client().embeddings().create(params).data().getFirst().embedding())
                .containsExactly(0.5f, -0.25f, 0.125f);
    }

    @Test
    void hasAClassForEachError() {
        var spent = rig.issuer().mint(rig.user()).claim("is_anonymous", true).sign();
        assertThatThrownBy(() -> client("a.b.c").chat().completions().create(ask("x")))
                .isInstanceOf(UnauthorizedException.class);
        assertThatThrownBy(() -> client(spent).chat().completions().create(ask("x")))
                .isInstanceOf(RateLimitException.class);
        assertThatThrownBy(() -> client().chat().completions().create(ask("[[model:fault-500]]")))
                .isInstanceOf(InternalServerException.class);
    }

    @Test
    void leavingAStreamCancelsTheModel() {
        try (var stream = client().chat().completions().createStreaming(ask("[[model:chunks-5000-20]]"))) {
            assertThat(stream.stream().findFirst()).isPresent();
        }
        Eventually.within(
                Duration.ofSeconds(60),
                "the model answers nobody",
                () -> rig.model().running() == 0);
    }
}
