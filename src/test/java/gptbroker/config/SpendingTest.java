package gptbroker.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpendingTest {
    @TempDir
    private Path directory;

    private Spending read(String... pairs) {
        var variables =
                new HashMap<>(Map.of("SUPABASE_URL", "https://x.supabase.co", "OPENAI_API_KEY", "sk-1", "TENANT", "t"));
        for (int i = 0; i < pairs.length; i += 2) {
            variables.put(pairs[i], pairs[i + 1]);
        }
        return new Env(variables, directory).serve().limits().spending();
    }

    @Test
    void nothingIsLimitedUnlessSaid() {
        assertThat(read()).isEqualTo(Spending.UNLIMITED);
        assertThat(read().isLimited()).isFalse();
    }

    @Test
    void dollarsAreBillionths() {
        assertThat(read("DAILY_COST_LIMIT_USD", "0.25").standard()).isEqualTo(new Budget(Budget.OFF, 250_000_000));
        assertThat(read("DAILY_COST_LIMIT_USD", "0.000000001").standard().nanoUsd())
                .isEqualTo(1);
        // Nothing is left of nothing: that is a way to suspend, as with DAILY_LIMIT=0.
        assertThat(read("DAILY_TOKEN_LIMIT", "0").standard()).isEqualTo(new Budget(0, Budget.OFF));
    }

    @Test
    void anonymousUsersAndTiersFollowTheStandardWhereTheyHaveNone() {
        Spending spending = read(
                "DAILY_TOKEN_LIMIT", "1000",
                "DAILY_COST_LIMIT_USD", "1",
                "ANONYMOUS_DAILY_TOKEN_LIMIT", "10",
                "TIER_DAILY_TOKEN_LIMITS", "pro=5000,team=off",
                "TIER_DAILY_COST_LIMITS_USD", "team=2.50");
        assertThat(spending.anonymous()).isEqualTo(new Budget(10, 1_000_000_000));
        assertThat(spending.tiers())
                .containsOnly(
                        Map.entry("pro", new Budget(5_000, 1_000_000_000)),
                        Map.entry("team", new Budget(Budget.OFF, 2_500_000_000L)));
    }

    @ParameterizedTest
    @CsvSource({
        "DAILY_TOKEN_LIMIT, many",
        "DAILY_TOKEN_LIMIT, -1",
        "DAILY_TOKEN_LIMIT, 1.5",
        "DAILY_COST_LIMIT_USD, $1",
        "DAILY_COST_LIMIT_USD, 1e3",
        "DAILY_COST_LIMIT_USD, 1000000",
        "DAILY_COST_LIMIT_USD, 0.0000000001",
        "ANONYMOUS_DAILY_COST_LIMIT_USD, off",
        "TIER_DAILY_TOKEN_LIMITS, pro",
        "TIER_DAILY_COST_LIMITS_USD, pro=free",
        "BUDGET_ANSWER_TOKENS, 0",
        "UNKNOWN_MODEL_PRICE, guess"
    })
    void mistakesAreTold(String name, String value) {
        assertThatThrownBy(() -> read(name, value))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(name);
    }
}
