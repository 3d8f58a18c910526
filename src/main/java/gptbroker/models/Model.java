package gptbroker.models;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A model as callers name it.
 *
 * @param name public name
 * @param provider what the provider calls it; empty: the same
 * @param chatName what clients of chats call it; empty: the same
 * @param surfaces where it may be used
 * @param prices the latest first; empty: its price is not known
 */
public record Model(
        String name, Optional<String> provider, Optional<String> chatName, Set<Surface> surfaces, List<Price> prices) {
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

    /** What clients of chats call it. */
    String nameInChats() {
        return chatName.orElse(name);
    }

    /** Whether some client of chats may call it so. */
    boolean isInChats() {
        return surfaces.stream().anyMatch(Surface::isOfChats);
    }

    /** The same, but in no chat. */
    Model outsideChats() {
        Set<Surface> others =
                surfaces.stream().filter(surface -> !surface.isOfChats()).collect(Collectors.toSet());
        return new Model(name, provider, Optional.empty(), others, prices);
    }
}
