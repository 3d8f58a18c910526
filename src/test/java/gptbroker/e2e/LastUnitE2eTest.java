package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** The last unit of the day is given once, whoever else asks at the same moment (C7). */
class LastUnitE2eTest {
    private static final int ASKERS = 200;

    @Test
    void oneOfTwoHundredGetsIt() throws Exception {
        try (Rig rig = Rig.start(Map.of("DAILY_LIMIT", "3", "USER_CONCURRENCY", "0", "ADDRESS_RATE_LIMIT", "0"))) {
            UUID user = rig.user();
            String token = rig.token(user);
            String path = "/simple-gpt-4o-mini-complete?prompt=last";
            assertThat(rig.get(path, token).statusCode()).isEqualTo(200);
            assertThat(rig.get(path, token).statusCode()).isEqualTo(200);

            List<Integer> statuses = inParallel(() -> rig.get(path, token).statusCode());

            assertThat(statuses).filteredOn(status -> status == 200).hasSize(1);
            assertThat(statuses).filteredOn(status -> status == 429).hasSize(ASKERS - 1);
            rig.archived("select count(*), sum(units) from responses where user_id = '" + user + "'", List.of("3|3"));
        }
    }

    private static List<Integer> inParallel(Callable<Integer> call) throws InterruptedException, ExecutionException {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < ASKERS; i++) {
                answers.add(threads.submit(call));
            }
            List<Integer> statuses = new ArrayList<>();
            for (Future<Integer> answer : answers) {
                statuses.add(answer.get());
            }
            return statuses;
        }
    }
}
