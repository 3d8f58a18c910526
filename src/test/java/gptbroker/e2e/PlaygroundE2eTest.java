package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.Chromium;
import gptbroker.testing.Npm;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The page to try the broker: in a real browser, and what it tells strangers. */
class PlaygroundE2eTest {
    private static Rig withPage() {
        return Rig.start(
                Map.of("PLAYGROUND", "true", "REDIS_TIMEOUT", "5s", "PROMPTS_FILE", "env/prompts.example.yaml"));
    }

    @Test
    void peopleSignInAndAsk() throws Exception {
        String chromium = Chromium.path();
        Path shots = Files.createDirectories(Path.of("target/playground").toAbsolutePath());
        try (Rig rig = withPage()) {
            rig.issuer().ensureUser("visitor@example.com", "visitors-password");
            String printed = Npm.check(
                    "playground.mjs",
                    Map.of(
                            "CHROMIUM",
                            chromium,
                            "BROKER_URL",
                            "http://127.0.0.1:" + rig.port(),
                            "EMAIL",
                            "visitor@example.com",
                            "PASSWORD",
                            "visitors-password",
                            "SHOTS",
                            shots.toString()));
            assertThat(printed).contains("18 ok, 0 failed");
        }
    }

    @Test
    void itTellsWhatIsPublicAndHasAStrictPolicy() {
        try (Rig rig = withPage()) {
            HttpResponse<String> page = rig.send(rig.request("/playground"));
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.headers().firstValue("content-security-policy"))
                    .hasValue("default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src"
                            + " 'self' " + rig.issuer().url() + "; base-uri 'none'; form-action 'none';"
                            + " frame-ancestors 'none'; require-trusted-types-for 'script'");
            assertThat(rig.send(rig.request("/playground/settings")).body())
                    .isEqualTo("{\"supabaseUrl\":\"" + rig.issuer().url() + "\",\"supabaseAnonKey\":\""
                            + rig.issuer().anonKey() + "\"}");
            assertThat(rig.send(rig.request("/playground/assets/index.html")).statusCode())
                    .isEqualTo(404);
        }
    }

    @Test
    void itIsOffUnlessItIsSwitchedOn() {
        try (Rig rig = Rig.start(Map.of())) {
            for (String path : new String[] {"/playground", "/playground/settings", "/playground/assets/supabase.js"}) {
                assertThat(rig.send(rig.request(path)).statusCode()).isEqualTo(404);
            }
        }
    }
}
