package gptbroker.e2e;

import static gptbroker.e2e.Talker.ok;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a model remembers of a chat is paid for, and known before the turn is admitted. */
class ChatBudgetE2eTest {
    private static final int LIMIT = 20_000;

    private static int left(Talker talker) {
        return ok(talker.get("/me/limits")).at("/tokens/remaining").intValue();
    }

    @Test
    void theContextCountsAgainstTheDaysTokens() {
        try (var rig = Rig.start(
                Map.of("ADDRESS_RATE_LIMIT", "0", "DAILY_TOKEN_LIMIT", "" + LIMIT, "BUDGET_ANSWER_TOKENS", "50"))) {
            var talker = new Talker(rig);
            String full = talker.chat();
            String fresh = talker.chat();
            String words = "some words ".repeat(180);
            talker.says(fresh, words);
            int turn = LIMIT - left(talker);
            assertThat(turn).isGreaterThan(400);
            talker.says(full, words);
            talker.says(full, words);
            while (left(talker) > turn * 3 / 2) {
                talker.says(talker.chat(), words);
            }
            int before = left(talker);
            talker.refused(429, "token_quota_exceeded", "/chat/prompt", "id", full, "prompt", "and?");
            assertThat(left(talker)).isEqualTo(before);
            talker.ok("/chat/prompt", "id", full, "prompt", "and?", "otr", true);
            assertThat(left(talker)).isEqualTo(before);
            talker.says(talker.chat(), "and?");
        }
    }
}
