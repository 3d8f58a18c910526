package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.Npm;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A token that the real supabase-js got works on all five endpoints, and on declared prompts with its own client. */
class SupabaseJsE2eTest {
    @Test
    void itsTokenIsGoodForTheFiveEndpointsAndForPrompts() throws Exception {
        try (Rig rig = Rig.start(Map.of("PROMPTS_FILE", "env/prompts.example.yaml"))) {
            String printed = Npm.check(
                    "supabase.mjs",
                    Map.of(
                            "SUPABASE_URL",
                            rig.issuer().url(),
                            "SUPABASE_ANON_KEY",
                            rig.issuer().anonKey(),
                            "BROKER_URL",
                            "http://127.0.0.1:" + rig.port(),
                            "BROKER_PROMPTS",
                            "example"));
            assertThat(printed).contains("25 ok, 0 failed");
            rig.archived("select count(*) from responses where status = 'done'", List.of("10"));
        }
    }
}
