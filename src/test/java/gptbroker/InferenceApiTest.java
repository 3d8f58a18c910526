package gptbroker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.config.Env;
import gptbroker.config.Role;
import gptbroker.http.Access;
import gptbroker.http.DocsRoutes;
import gptbroker.http.OpsRoutes;
import gptbroker.http.Route;
import gptbroker.inference.InferenceRoutes;
import gptbroker.ops.Health;
import gptbroker.ops.Meters;
import gptbroker.ops.Scrape;
import gptbroker.problem.ProblemCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code openapi-inference.json} is kept by hand; this holds it against the route table of that role. */
class InferenceApiTest {
    private final JsonNode api = read();

    private static JsonNode read() {
        try (InputStream json = InferenceApiTest.class.getResourceAsStream("/openapi-inference.json")) {
            return new ObjectMapper().readTree(json);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Only looked at, never called. */
    private static List<Route> routes() {
        var config = new Env(Map.of("OPENAI_API_KEY", "sk-1", "HOST", "127.0.0.1"), Path.of("."))
                .inRole(Role.INFERENCE)
                .inference();
        var health = new Health(Map.of(), InstantSource.system());
        return Stream.of(
                        new InferenceRoutes(null, config).routes(),
                        new OpsRoutes(new Scrape(new Meters()), health).routes(),
                        new DocsRoutes("/openapi-inference.json").routes())
                .flatMap(List::stream)
                .toList();
    }

    @Test
    void everyRouteIsDescribedAndNothingElse() {
        assertThat(api.path("paths").properties().stream()
                        .flatMap(path -> path.getValue().properties().stream()
                                .map(method -> method.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey())))
                .containsExactlyInAnyOrderElementsOf(routes().stream()
                        .map(route -> route.method() + " " + route.path().replace("*", "{path}"))
                        .toList());
    }

    @Test
    void onlyTheNamedRoutesAreOpenAndTheOthersNameTheToken() {
        for (Route route : routes()) {
            JsonNode operation = api.path("paths")
                    .path(route.path().replace("*", "{path}"))
                    .path(route.method().toLowerCase(Locale.ROOT));
            boolean open = OpsRoutes.OPEN.contains(route.method() + " " + route.path());
            assertThat(route.access() == Access.OPEN).as(route.path()).isEqualTo(open);
            if (route.access() == Access.CALLER) {
                assertThat(operation.path("security").toString()).isEqualTo("[{\"token\":[]}]");
            }
        }
    }

    @Test
    void codesExistAndReferencesLeadSomewhere() {
        var codes = Stream.of(ProblemCode.values()).map(ProblemCode::code).collect(Collectors.toSet());
        for (JsonNode header : api.findValues("X-Error-Code")) {
            header.at("/schema/enum").forEach(code -> assertThat(codes).contains(code.textValue()));
        }
        for (JsonNode reference : api.findValues("$ref")) {
            assertThat(api.at(reference.textValue().substring(1)).isMissingNode())
                    .as(reference.textValue())
                    .isFalse();
        }
    }
}
