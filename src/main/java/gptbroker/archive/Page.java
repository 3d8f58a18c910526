package gptbroker.archive;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Some exchanges, or messages of chats, the newest first.
 *
 * @param next where the next page begins: its {@code before}; empty at the end
 */
public record Page(List<Told> exchanges, Optional<UUID> next) {
    public Page {
        exchanges = List.copyOf(exchanges);
    }
}
