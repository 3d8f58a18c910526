package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.Chromium;
import gptbroker.testing.Npm;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What only a real browser can tell: that a page of another origin may call the broker, and read all it is to read. */
class BrowserE2eTest {
    @Test
    void aPageOfAnotherOriginNeedsNoMoreThanTheUrl() throws Exception {
        var variables = Map.of(
                "ANONYMOUS_DAILY_LIMIT",
                "0",
                "DAILY_LIMIT",
                "1000",
                "REDIS_TIMEOUT",
                "5s",
                "PROMPTS_FILE",
                "env/prompts.example.yaml");
        String chromium = Chromium.path();
        try (Rig rig = Rig.start(variables)) {
            String spent =
                    rig.issuer().mint(rig.user()).claim("is_anonymous", true).sign();
            String printed = Npm.check(
                    "browser.mjs",
                    Map.of(
                            "CHROMIUM",
                            chromium,
                            "BROKER_URL",
                            "http://127.0.0.1:" + rig.port(),
                            "INTERNAL_URL",
                            "http://127.0.0.1:" + rig.internalPort(),
                            "SUPABASE_URL",
                            rig.issuer().url(),
                            "SUPABASE_ANON_KEY",
                            rig.issuer().anonKey(),
                            "TOKEN",
                            rig.token(rig.user()),
                            "SPENT_TOKEN",
                            spent));
            assertThat(printed).contains("13 ok, 0 failed");
        }
    }
}
