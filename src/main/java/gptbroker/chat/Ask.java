package gptbroker.chat;

import gptbroker.identity.Caller;
import java.util.Optional;
import java.util.UUID;

/**
 * The next turn of a chat.
 *
 * @param caller who pays for it
 * @param user who says it
 * @param chat where; the user has a seat
 * @param endpoint the route's name in the archive
 * @param system what the model is told first, if anything
 * @param prompt what is said
 * @param pairs how many turns before it the model is told at most
 */
public record Ask(
        Caller caller, UUID user, Chat chat, String endpoint, Optional<String> system, String prompt, int pairs) {}
