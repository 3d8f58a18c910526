package gptbroker.turn;

import gptbroker.archive.Spent;
import gptbroker.upstream.Usage;
import java.util.Optional;

/**
 * What a call has cost.
 *
 * @param usage tokens, told or estimated; empty when nobody knows
 * @param spent their sum and price
 */
record Bill(Optional<Usage> usage, Optional<Spent> spent) {
    static final Bill NOTHING = new Bill(Optional.empty(), Optional.empty());
}
