package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the operator's key opens, and what it does not. */
class OperatorE2eTest {
    private static final String KEY = "operator-key-of-24-characters";

    @Test
    void theAdminKeyAsksTheModelNothing() {
        try (Rig rig = Rig.start(Map.of("ADMIN_KEY", KEY))) {
            HttpResponse<String> refused = rig.get("/simple-gpt-4o-mini-complete?prompt=operator", KEY);
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.headers().firstValue("x-error-code")).hasValue("access_denied");
            assertThat(rig.model().calls()).isZero();
            assertThat(rig.get("/metrics", KEY).statusCode()).isEqualTo(200);
            assertThat(rig.get("/metrics", KEY + "x").statusCode()).isEqualTo(404);
        }
    }

    /** The originals' curls look for the operator's routes on the public port. */
    @Test
    void theAdminKeyOpensTheOperatorsRoutes() {
        try (Rig rig = Rig.start(Map.of("ADMIN_KEY", KEY))) {
            for (String target : List.of("/metrics", "/METRICS", "/metrics/", "/metrics?x=1", "/Metrics/")) {
                assertThat(rig.get(target, KEY).body()).as(target).contains("gpt_broker_");
            }
            assertThat(rig.get("/livez", KEY).statusCode()).isEqualTo(204);
            assertThat(rig.get("/readyz", KEY).statusCode()).isEqualTo(200);
            String user = rig.token(rig.user());
            for (String target : List.of("/metrics", "/livez", "/readyz")) {
                assertThat(rig.get(target, user).statusCode()).isEqualTo(404);
            }
        }
    }
}
