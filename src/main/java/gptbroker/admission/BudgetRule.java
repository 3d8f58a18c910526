package gptbroker.admission;

import gptbroker.config.Budget;

/**
 * What holds for a caller's tokens and money.
 *
 * @param kept whether they are counted: as soon as anybody has a budget, so that a change of tier finds the whole day
 * @param budget how much a day
 */
public record BudgetRule(boolean kept, Budget budget) {
    static final BudgetRule NONE = new BudgetRule(false, Budget.NONE);
}
