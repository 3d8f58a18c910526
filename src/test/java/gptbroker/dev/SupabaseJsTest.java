package gptbroker.dev;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.Npm;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real supabase-js signs in against the stand-in issuer, with both kinds of public key. */
class SupabaseJsTest {
    @TempDir
    Path folder;

    @Test
    void signsInAgainstTheStandIn() throws Exception {
        try (var issuer = DevIssuer.start(new DevIssuer.Settings(0, folder))) {
            for (String key : new String[] {issuer.anonKey(), issuer.publishableKey()}) {
                var variables = Map.of("SUPABASE_URL", issuer.url(), "SUPABASE_ANON_KEY", key);
                assertThat(Npm.check("supabase.mjs", variables)).contains("11 ok, 0 failed");
            }
        }
    }
}
