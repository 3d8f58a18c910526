package gptbroker.turn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gptbroker.admission.BudgetRule;
import gptbroker.admission.Charge;
import gptbroker.admission.Spend;
import gptbroker.archive.Spent;
import gptbroker.config.Budget;
import gptbroker.config.Spending;
import gptbroker.config.Spending.UnknownPrice;
import gptbroker.models.Models;
import gptbroker.ops.Meters;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.upstream.Usage;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class BillingTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final String HELLO = "[{\"role\":\"user\",\"content\":\"Hello\"}]";
    private static final BudgetRule NONE = new BudgetRule(false, Budget.NONE);
    private static final BudgetRule TOKENS = new BudgetRule(true, new Budget(1_000, Budget.OFF));
    private static final BudgetRule DOLLARS = new BudgetRule(true, new Budget(Budget.OFF, 1_000));

    private static Billing billing(UnknownPrice unknown) {
        return new Billing(
                Models.standard(),
                new Spending(Budget.NONE, Budget.NONE, Map.of(), 500, unknown, Optional.empty()),
                new Meters());
    }

    private static Question question(String model) {
        return new Question("/v1/chat/completions", model, HELLO, 1);
    }

    private static Bill bill(Billing.Quote quote, Optional<Usage> told, String answer, boolean failed) {
        return billing(UnknownPrice.REFUSE).bill(quote, told, quote.question().input(), answer, 0, failed);
    }

    private static Billing.Quote quote(String model, BudgetRule rule) {
        return billing(UnknownPrice.REFUSE).quote(question(model), rule, NOW);
    }

    private static void refused(Runnable asked) {
        assertThatThrownBy(asked::run)
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> assertThat(problem.code()).isEqualTo(ProblemCode.MODEL_PRICE_UNKNOWN));
    }

    @Test
    void withoutABudgetNothingIsHeldAndEverythingIsBilled() {
        Billing.Quote quote = quote("gpt-4o", NONE);
        assertThat(quote.charge()).isEqualTo(Charge.units(1));
        Bill bill = bill(quote, Optional.of(new Usage(10, 20)), "Hi", false);
        assertThat(bill.spent())
                .contains(new Spent(30, OptionalLong.of(225_000), Optional.of(LocalDate.parse("2024-10-02")), false));
        assertThat(quote.settled(1, bill)).isEqualTo(Charge.units(1));
    }

    @Test
    void whatIsHeldGivesWayToWhatWasSpent() {
        Billing.Quote quote = quote("gpt-4o", TOKENS);
        Spend held = quote.charge().spend().orElseThrow();
        assertThat(held.tokens()).isBetween(500L + 8, 500L + 30);
        assertThat(held.nanoUsd()).isBetween(500L * 10_000, 530L * 10_000);
        assertThat(quote.settled(1, bill(quote, Optional.of(new Usage(10, 20)), "Hi", false)))
                .isEqualTo(new Charge(1, Optional.of(new Spend(30, 225_000))));
        assertThat(quote.settled(0, bill(quote, Optional.empty(), "", true)))
                .isEqualTo(new Charge(0, Optional.of(Spend.NOTHING)));
    }

    @Test
    void whatTheProviderDoesNotTellIsCounted() {
        Bill bill = bill(quote("gpt-4o", NONE), Optional.empty(), "Hello", false);
        assertThat(bill.usage().orElseThrow().completionTokens()).isEqualTo(1);
        assertThat(bill.usage().orElseThrow().promptTokens()).isBetween(8L, 10L);
        assertThat(bill.spent().orElseThrow().estimated()).isTrue();
        // An explicit nought is not missing.
        assertThat(bill(quote("gpt-4o", NONE), Optional.of(new Usage(0, 0)), "Hello", false)
                        .spent())
                .contains(new Spent(0, OptionalLong.of(0), Optional.of(LocalDate.parse("2024-10-02")), false));
        // A failure that the provider has billed is no gift.
        assertThat(bill(quote("gpt-4o", NONE), Optional.of(new Usage(1, 1)), "", true)
                        .spent())
                .isPresent();
    }

    @Test
    void whereNoModelIsAskedNothingIsHeldOrBilled() {
        var note = new Question("/chat/prompt", "gpt-4o", "", 0);
        Billing.Quote quote = billing(UnknownPrice.REFUSE).quote(note, DOLLARS, NOW);
        assertThat(quote.charge()).isEqualTo(new Charge(0, Optional.of(Spend.NOTHING)));
        assertThat(bill(quote, Optional.empty(), "said to the others", false)).isEqualTo(Bill.NOTHING);
    }

    @Test
    void aModelWithoutAPriceIsThePolicys() {
        refused(() -> quote("mystery", DOLLARS));
        assertThat(quote("mystery", TOKENS).price()).isEmpty();
        assertThat(quote("mystery", NONE).label()).isEqualTo("other");
        Bill bill = bill(quote("mystery", TOKENS), Optional.of(new Usage(1, 2)), "", false);
        assertThat(bill.spent()).contains(new Spent(3, OptionalLong.empty(), Optional.empty(), false));

        Billing free = billing(UnknownPrice.FREE);
        assertThat(free.quote(question("mystery"), DOLLARS, NOW)
                        .charge()
                        .spend()
                        .orElseThrow()
                        .nanoUsd())
                .isZero();
        free.allowUnpriced(DOLLARS);

        Billing max = billing(UnknownPrice.MAX);
        assertThat(max.quote(question("mystery"), DOLLARS, NOW).price())
                .isEqualTo(Models.standard().dearest(NOW));
        assertThat(max.quote(question("mystery"), TOKENS, NOW).price()).isEmpty();
        refused(() -> max.allowUnpriced(DOLLARS));
        refused(() -> billing(UnknownPrice.REFUSE).allowUnpriced(DOLLARS));
        billing(UnknownPrice.REFUSE).allowUnpriced(TOKENS);
    }

    @Test
    void maxTokensBoundTheAnswer() {
        var bounded = new Question("/v1/chat/completions", "gpt-4o", HELLO, 1, HELLO, OptionalLong.of(7));
        long all = billing(UnknownPrice.REFUSE)
                .quote(bounded, TOKENS, NOW)
                .charge()
                .spend()
                .orElseThrow()
                .tokens();
        assertThat(all).isBetween(7L + 8, 7L + 30);
        var absurd = new Question("/v1/chat/completions", "gpt-4o", HELLO, 1, HELLO, OptionalLong.of(Long.MAX_VALUE));
        assertThat(billing(UnknownPrice.REFUSE)
                        .quote(absurd, DOLLARS, NOW)
                        .charge()
                        .spend()
                        .orElseThrow()
                        .tokens())
                .isGreaterThanOrEqualTo(Usage.MOST);
    }
}
