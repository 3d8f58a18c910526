package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.Eventually;
import gptbroker.testing.TestPostgres;
import gptbroker.testing.TestRedis;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Self-service while the archive is away, and an erasure that meets what was still on its way. */
class MeWithoutPostgresE2eTest {
    private static final String ASK = "/simple-gpt-4o-mini-complete?prompt=";

    @Test
    void tellsThatTheArchiveIsAwayAndErasesWhatComesLate() {
        try (var postgres = TestPostgres.start();
                Rig rig = Rig.start(Map.of(), TestRedis.shared(), postgres)) {
            UUID user = rig.user();
            String token = rig.token(user);
            assertThat(rig.get(ASK + "early", token).statusCode()).isEqualTo(200);
            rig.archived("select count(*) from responses where status = 'done'", List.of("1"));
            postgres.stop();
            for (String path : List.of("/me/usage", "/me/history", "/me/export")) {
                HttpResponse<String> refused = rig.get(path, token);
                assertThat(refused.statusCode()).as(path).isEqualTo(503);
                assertThat(refused.headers().firstValue("x-error-code")).hasValue("archive_unavailable");
                assertThat(refused.headers().firstValue("retry-after")).hasValue("5");
            }
            assertThat(rig.get("/me/limits", token).statusCode()).isEqualTo(200);
            // Waits in the outbox; whichever comes first after the restart, it must not survive the erasure.
            assertThat(rig.get(ASK + "late", token).statusCode()).isEqualTo(200);
            postgres.restart();
            Eventually.within(
                    Duration.ofSeconds(60), "erased, once the archive is found again", () -> erases(rig, token));
            assertThat(rig.get(ASK + "new", token).statusCode()).isEqualTo(200);
            rig.archived(
                    "select i.content, r.status from inputs i join responses r on r.input_id = i.id",
                    List.of("new|done"));
            rig.archived("select count(*) from erased_exchanges", List.of("2"));
            assertThat(rig.archive("select count(*) from responses")).containsExactly("1");
        }
    }

    /** Until the pool has a connection again, the user is asked to come back. */
    private static boolean erases(Rig rig, String token) {
        HttpResponse<String> answer = rig.send(rig.request("/me/data")
                .header("Authorization", "Bearer " + token)
                .DELETE());
        assertThat(answer.statusCode()).as(answer.body()).isIn(200, 503);
        return answer.statusCode() == 200;
    }
}
