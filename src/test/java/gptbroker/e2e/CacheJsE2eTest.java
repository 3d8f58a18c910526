package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.Npm;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** OpenAI's own package for Node reads cached answers, streams among them, as it reads new ones. */
class CacheJsE2eTest {
    @Test
    void itCannotTellThemApart() throws Exception {
        try (Rig rig = Rig.start(Map.of("REDIS_TIMEOUT", "5s"))) {
            String printed = Npm.check(
                    "cache.mjs",
                    Map.of(
                            "BROKER_URL",
                            "http://127.0.0.1:" + rig.port(),
                            "MODEL_URL",
                            rig.model().url(),
                            "TOKEN",
                            rig.token(rig.user())));
            assertThat(printed).contains("4 ok, 0 failed");
        }
    }
}
