package gptbroker.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gptbroker.problem.Problem;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EndpointTest {
    @ParameterizedTest
    @CsvSource({
        "https://api.openai.com, https://api.openai.com, /v1/chat/completions",
        "https://api.openai.com/, https://api.openai.com, /v1/chat/completions",
        "https://api.openai.com/v1, https://api.openai.com, /v1/chat/completions",
        "https://api.openai.com/v1/, https://api.openai.com, /v1/chat/completions",
        "http://localhost:9090/api/v1//, http://localhost:9090, /api/v1/chat/completions",
        "http://[::1]:9090/v1/v1, http://[::1]:9090, /v1/v1/chat/completions",
        "https://api.openai.com/xv1, https://api.openai.com, /xv1/v1/chat/completions",
    })
    void normalisesTheBase(String base, String origin, String target) {
        Endpoint endpoint = Endpoint.of(Configs.config(URI.create(base)));
        assertThat(endpoint.origin()).isEqualTo(URI.create(origin));
        assertThat(endpoint.target("gpt-4o")).isEqualTo(target);
        assertThat(endpoint.isAzure()).isFalse();
        assertThat(endpoint.modelName("gpt-4o")).isEqualTo("mapped-4o");
        assertThat(endpoint.modelName("other")).isEqualTo("other");
    }

    @ParameterizedTest
    @CsvSource({
        "https://r.openai.azure.com/openai/deployments/DEP/completions?api-version=2022-12-01, "
                + "/openai/deployments/DEP/chat/completions?api-version=2022-12-01",
        "https://R.OpenAI.Azure.com/openai/deployments/DEP/chat/completions?x=1&api-version=2024-06-01, "
                + "/openai/deployments/DEP/chat/completions?api-version=2024-06-01",
        "https://gw.example.com/a/openai/deployments/DEP, "
                + "/a/openai/deployments/DEP/chat/completions?api-version=2024-10-21",
        "https://r.openai.azure.com, /openai/deployments/some/chat/completions?api-version=2024-10-21",
        "https://r.openai.azure.com/openai/v1/, /openai/v1/chat/completions",
    })
    void understandsAzure(String base, String target) {
        Endpoint endpoint = Endpoint.of(Configs.config(URI.create(base)));
        assertThat(endpoint.isAzure()).isTrue();
        assertThat(endpoint.target("some")).isEqualTo(target);
    }

    @Test
    void aMappedModelHasItsOwnDeployment() {
        URI base = URI.create("https://r.openai.azure.com/openai/deployments/DEP/x?api-version=1");
        assertThat(Endpoint.of(Configs.config(base)).target("gpt-4o"))
                .isEqualTo("/openai/deployments/mapped-4o/chat/completions?api-version=1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../x?y", "..", "."})
    void aModelNameStaysInItsPathSegment(String model) {
        Endpoint endpoint = Endpoint.of(Configs.config(URI.create("https://r.openai.azure.com")));
        assertThatThrownBy(() -> endpoint.target(model)).isInstanceOf(Problem.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "deployments/OTHER/chat/completions",
                "Deployments/OTHER/completions",
                "%64eployments/x/embeddings"
            })
    void noPathChoosesADeployment(String path) {
        URI base = URI.create("https://r.openai.azure.com/openai/deployments/DEP");
        Endpoint endpoint = Endpoint.of(Configs.config(base));
        assertThatThrownBy(() -> endpoint.target(path, "", "")).isInstanceOf(Problem.class);
    }

    @ParameterizedTest
    @CsvSource({
        "https://api.openai.com/v1, files/f, a=1&a=2, /v1/files/f?a=1&a=2",
        "https://api.openai.com, models, '', /v1/models",
        "https://r.openai.azure.com/openai/deployments/DEP, embeddings, '', "
                + "/openai/deployments/DEP/embeddings?api-version=2024-10-21",
        "https://r.openai.azure.com/openai/deployments/DEP, files, limit=2, "
                + "/openai/files?api-version=2024-10-21&limit=2",
        "https://r.openai.azure.com/openai/v1, responses, '', /openai/v1/responses",
    })
    void knowsEveryOtherPath(String base, String path, String query, String target) {
        Endpoint endpoint = Endpoint.of(Configs.config(URI.create(base)));
        assertThat(endpoint.target(path, query, "")).isEqualTo(target);
    }
}
