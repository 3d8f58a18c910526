package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The page that describes the surface, complete without anything from elsewhere. */
class DocsE2eTest {
    private static final Pattern ADDRESS = Pattern.compile("(?:src|href)=\"([^\"]+)\"");
    private static final String KEY = "operator-key-of-24-characters";
    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of("ADMIN_KEY", KEY));
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static HttpResponse<String> get(String path) {
        return rig.internal(path);
    }

    private static String type(HttpResponse<String> answer) {
        return answer.headers().firstValue("content-type").orElse("");
    }

    @Test
    void theDocumentIsServed() throws IOException {
        HttpResponse<String> answer = get("/openapi.json");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(type(answer)).isEqualTo("application/json; charset=utf-8");
        assertThat(new ObjectMapper().readTree(answer.body()).path("paths").has("/me/history"))
                .isTrue();
    }

    @Test
    void everythingThatThePageNamesIsHere() {
        HttpResponse<String> page = get("/docs");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(type(page)).isEqualTo("text/html; charset=utf-8");
        assertThat(page.headers().firstValue("content-security-policy").orElse(""))
                .startsWith("default-src 'none'; script-src 'self';");
        assertThat(ADDRESS.matcher(page.body()).results().map(match -> match.group(1)))
                .hasSize(5)
                .allSatisfy(address -> {
                    assertThat(address).startsWith("/");
                    assertThat(get(address).statusCode()).as(address).isEqualTo(200);
                });
        assertThat(type(get("/docs/assets/swagger-ui.css"))).isEqualTo("text/css; charset=utf-8");
        assertThat(get("/docs/assets/swagger-ui-bundle.js").body()).contains("SwaggerUIBundle");
        // A button that its own policy would always stop.
        assertThat(get("/docs/assets/start.js").body()).contains("supportedSubmitMethods: []");
    }

    @Test
    void nothingElseIsServed() {
        assertThat(get("/docs/assets/index.html").statusCode()).isEqualTo(404);
        assertThat(get("/docs/assets/..%2f..%2fopenapi.json").statusCode()).isEqualTo(404);
        assertThat(get("/docs/assets/").statusCode()).isEqualTo(404);
    }

    @Test
    void thePublicPortShowsItToTheOperatorAlone() {
        for (String path : List.of("/docs", "/openapi.json", "/docs/assets/start.js")) {
            assertThat(rig.send(rig.request(path)).statusCode()).isEqualTo(404);
            assertThat(rig.get(path, KEY).statusCode()).isEqualTo(200);
        }
    }
}
