package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.Npm;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** OpenAI's own package for Node, the Vercel AI SDK and LangChain.js, unchanged, with a token in place of a key. */
class OpenAiJsE2eTest {
    @Test
    void theyNeedNoMoreThanTheUrl() throws Exception {
        var variables = Map.of("ANONYMOUS_DAILY_LIMIT", "0", "DAILY_LIMIT", "1000", "REDIS_TIMEOUT", "5s");
        try (Rig rig = Rig.start(variables)) {
            UUID user = rig.user();
            String spent =
                    rig.issuer().mint(rig.user()).claim("is_anonymous", true).sign();
            String printed = Npm.check(
                    "openai.mjs",
                    Map.of(
                            "BROKER_URL",
                            "http://127.0.0.1:" + rig.port(),
                            "MODEL_URL",
                            rig.model().url(),
                            "TOKEN",
                            rig.token(user),
                            "SPENT_TOKEN",
                            spent));
            assertThat(printed).contains("26 ok, 0 failed");
            rig.archived("select count(*) from responses where status = 'partial_client' and units = 1", List.of("4"));
        }
    }
}
