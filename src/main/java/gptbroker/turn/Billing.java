package gptbroker.turn;

import gptbroker.admission.BudgetRule;
import gptbroker.admission.Charge;
import gptbroker.admission.Spend;
import gptbroker.archive.Spent;
import gptbroker.config.Spending;
import gptbroker.config.Spending.UnknownPrice;
import gptbroker.models.Model;
import gptbroker.models.Models;
import gptbroker.models.Price;
import gptbroker.models.Surface;
import gptbroker.models.Tokens;
import gptbroker.ops.Meters;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.upstream.Usage;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What calls hold of their caller's budgets, and what they have cost in the end. Nothing is free because a provider did
 * not tell its tokens: then the broker counts them itself, and says so.
 *
 * <p>Thread-safe.
 */
public final class Billing {
    private final Models models;
    private final Spending spending;
    private final SpendMeters meters;

    /** Prices by these models. */
    public Billing(Models models, Spending spending, Meters meters) {
        this.models = models;
        this.spending = spending;
        this.meters = new SpendMeters(meters);
    }

    /**
     * What is known of a call's cost before it is made.
     *
     * @param question what is asked
     * @param price of its model at the time of the call; empty when it has none
     * @param label of its model, of a closed set
     * @param held what it may spend; empty where no budget is kept
     */
    record Quote(Question question, Optional<Price> price, String label, Optional<Spent> held) {
        /** What admission takes for it. */
        Charge charge() {
            return new Charge(question.units(), held.map(Quote::spend));
        }

        /** What settling takes for it, in the place of what is held. */
        Charge settled(int units, Bill bill) {
            return new Charge(
                    units, held.map(any -> bill.spent().map(Quote::spend).orElse(Spend.NOTHING)));
        }

        private static Spend spend(Spent spent) {
            return new Spend(spent.tokens(), spent.nanoUsd().orElse(0));
        }
    }

    /**
     * Prices a question.
     *
     * @param rule what holds for its caller
     * @throws Problem {@code model_not_allowed}; {@code model_price_unknown} when the caller has a budget in dollars
     */
    Quote quote(Question question, BudgetRule rule, Instant at) {
        Optional<Model> model = models.find(question.model());
        if (model.isPresent() && !model.get().isAllowed(Surface.of(question.endpoint()))) {
            throw Problem.of(ProblemCode.MODEL_NOT_ALLOWED);
        }
        Optional<Price> price = model.flatMap(known -> known.price(at));
        if (price.isEmpty() && !question.asked().isEmpty() && rule.budget().limitsCost()) {
            price = unknown(at);
        }
        Optional<Price> found = price;
        Optional<Spent> held = rule.kept() ? Optional.of(held(question, found)) : Optional.empty();
        return new Quote(question, found, model.map(Model::name).orElse("other"), held);
    }

    /**
     * Whether a caller may use what no price is known of and no tokens are told of, such as images.
     *
     * @throws Problem {@code model_price_unknown}
     */
    void allowUnpriced(BudgetRule rule) {
        if (rule.budget().limitsCost() && spending.unknownPrice() != UnknownPrice.FREE) {
            throw Problem.of(ProblemCode.MODEL_PRICE_UNKNOWN);
        }
    }

    private Optional<Price> unknown(Instant at) {
        return switch (spending.unknownPrice()) {
            case REFUSE -> throw Problem.of(ProblemCode.MODEL_PRICE_UNKNOWN);
            case FREE -> Optional.empty();
            case MAX -> models.dearest(at);
        };
    }

    private Spent held(Question question, Optional<Price> price) {
        if (question.asked().isEmpty()) {
            return spent(new Usage(0, 0), Optional.empty(), false);
        }
        long answer = Math.min(Usage.MOST, question.answerTokens().orElse(spending.answerTokens()));
        return spent(new Usage(Tokens.guess(question.asked()), answer), price, true);
    }

    private static Spent spent(Usage usage, Optional<Price> price, boolean estimated) {
        return new Spent(
                usage.tokens(),
                price.isPresent() ? OptionalLong.of(price.get().nanoUsd(usage)) : OptionalLong.empty(),
                price.map(Price::from),
                estimated);
    }

    /**
     * What a call has cost. One that has failed before any content is not billed by providers, unless they say that it is.
     *
     * @param told what the provider told
     * @param prompt what the provider has read
     * @param answer the text that was answered
     * @param silent pieces of content without text, each some token
     * @param failed whether nothing of worth was answered
     */
    Bill bill(Quote quote, Optional<Usage> told, String prompt, CharSequence answer, long silent, boolean failed) {
        Bill bill = told.isPresent()
                ? new Bill(told, Optional.of(spent(told.get(), quote.price(), false)))
                : failed || quote.question().asked().isEmpty() ? Bill.NOTHING : estimate(quote, prompt, answer, silent);
        bill.spent().ifPresent(spent -> meters.spent(quote.label(), bill.usage().orElseThrow(), spent));
        return bill;
    }

    private static Bill estimate(Quote quote, String prompt, CharSequence answer, long silent) {
        Usage usage =
                new Usage(Tokens.ofPrompt(prompt), silent + (answer.isEmpty() ? 0 : Tokens.of(answer.toString())));
        return new Bill(Optional.of(usage), Optional.of(spent(usage, quote.price(), true)));
    }
}
