package gptbroker.models;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A model as callers name it.
 *
 * @param name public name
 * @param provider what the provider calls it; empty: the same
 * @param surfaces where it may be used
 * @param prices the latest first; empty: its price is not known
 */
public record Model(String name, Optional<String> provider, Set<Surface> surfaces, List<Price> prices) {
    public Model {
        surfaces = Set.copyOf(surfaces);
        prices = prices.stream()
                .sorted(Comparator.comparing(Price::from).reversed())
                .toList();
    }

    /** The price in force at a time. */
    public Optional<Price> price(Instant at) {
        if (prices.isEmpty()) {
            return Optional.empty();
        }
        LocalDate day = LocalDate.ofInstant(at, ZoneOffset.UTC);
        for (Price price : prices) {
            if (!price.from().isAfter(day)) {
                return Optional.of(price);
            }
        }
        return Optional.empty();
    }

    /** Whether it may be used there. */
    public boolean isAllowed(Surface surface) {
        return surfaces.contains(surface);
    }
}
