package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.Chromium;
import gptbroker.testing.Npm;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Live chats and resumed answers in a real browser, and with a WebSocket client that others use. */
class LiveBrowserE2eTest {
    @Test
    void aPageOfAnotherOriginHearsAndResumes() throws Exception {
        String chromium = Chromium.path();
        try (Rig rig = Rig.start(Map.of("STREAM_ON_DISCONNECT", "drain", "REDIS_TIMEOUT", "5s"))) {
            String printed = Npm.check(
                    "live.mjs",
                    Map.of(
                            "CHROMIUM",
                            chromium,
                            "BROKER_URL",
                            "http://127.0.0.1:" + rig.port(),
                            "TOKEN",
                            rig.token(rig.user())));
            assertThat(printed).contains("5 ok, 0 failed");
        }
    }
}
