package gptbroker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What compose.yaml, the Makefile and fly.toml promise; the containers themselves are proved by scripts. */
class DeploymentFilesTest {
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{[A-Z_]+:-([^}]*)}");

    private final JsonNode services = new ObjectMapper()
            .<JsonNode>valueToTree(new Load(LoadSettings.builder().build()).loadFromString(read("compose.yaml")))
            .path("services");

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Published ports with the variables' defaults. */
    private List<String> ports(String service) {
        var ports = new ArrayList<String>();
        services.path(service)
                .path("ports")
                .forEach(port -> ports.add(VARIABLE.matcher(port.asText()).replaceAll("$1")));
        return ports;
    }

    @Test
    void theOriginalsNamesAndPorts() {
        assertThat(services.at("/gpt-4-mini/container_name").asText()).isEqualTo("inference_service_gpt4mini");
        assertThat(services.at("/gpt-4o/container_name").asText()).isEqualTo("inference_service_gpt4o");
        assertThat(services.at("/gateway_service/container_name").asText()).isEqualTo("gateway_service");
        assertThat(services.at("/gpt-4-mini/environment/MODEL_NAME").asText()).isEqualTo("gpt-4o-mini");
        assertThat(services.at("/gpt-4o/environment/MODEL_NAME").asText()).isEqualTo("gpt-4o");
        assertThat(ports("gpt-4-mini")).containsExactly("127.0.0.1:8002:8000");
        assertThat(ports("gpt-4o")).containsExactly("127.0.0.1:8003:8000");
        assertThat(ports("gateway_service")).containsExactly("0.0.0.0:8001:8001");
        assertThat(ports("redis")).containsExactly("127.0.0.1:6379:6379");
        assertThat(ports("gateway-postgres")).containsExactly("127.0.0.1:5432:5432");
    }

    @Test
    void onlyTheGatewayIsPublishedToTheWorld() {
        services.properties()
                .forEach(service -> ports(service.getKey()).stream()
                        .filter(port -> !port.startsWith("127.0.0.1:"))
                        .forEach(port -> assertThat(service.getKey())
                                .isIn("gateway_service", "sksndev-gpt-broker", "techsksn-gpt-broker", "edge")));
    }

    @Test
    void theGatewayNeverSeesTheKeysFile() {
        assertThat(services.path("gateway_service").toString()).doesNotContain(".env.inference", "OPENAI");
        assertThat(read("compose.yaml").lines().filter(line -> line.contains(".env.inference")))
                .hasSize(1);
    }

    @Test
    void theMakefileHasTheOriginalsTargets() {
        var targets = Pattern.compile("(?m)^([a-z]+):")
                .matcher(read("Makefile"))
                .results()
                .map(MatchResult::group)
                .toList();
        assertThat(targets).contains("build:", "run:", "test:", "clean:", "deps:", "help:", "dev:");
    }

    @Test
    void flyHasNoSecrets() {
        String settings = read("deploy/fly/fly.toml").replaceAll("(?m)^#.*", "");
        assertThat(settings)
                .contains("internal_port = 8080", "path = \"/health\"")
                .doesNotContain("_KEY", "_URL", "_TOKEN");
    }
}
