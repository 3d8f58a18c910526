package gptbroker.admission;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * What a call takes from its day.
 *
 * @param units requests; 0 when it goes back
 * @param spend tokens and money; empty where no budget is kept
 */
public record Charge(int units, Optional<Spend> spend) {
    public Charge {
        requireNonNull(spend, "spend");
    }

    /** Requests alone. */
    public static Charge units(int units) {
        return new Charge(units, Optional.empty());
    }

    /** What takes the place of this when all of it goes back. */
    Charge nothing() {
        return new Charge(0, spend.map(any -> Spend.NOTHING));
    }
}
