package gptbroker.archive;

import gptbroker.upstream.Usage;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** What travels through the outbox. {@link EntryCodec} gives the bytes. */
public sealed interface Entry {
    /** The request id (UUIDv7): primary key of the exchange. */
    UUID id();

    /**
     * Written by {@code admit}: what was asked.
     *
     * @param input the prompt's text, or the messages as the JSON that came
     * @param units quota units reserved: charged until it is closed
     * @param projectId the project whose key asked, when one did
     * @param held what it may spend of its caller's budgets: charged until it is closed; empty where none is kept
     */
    record Opened(
            UUID id,
            Instant at,
            String callerKind,
            String callerId,
            Optional<UUID> userId,
            String endpoint,
            String model,
            String input,
            int units,
            Optional<UUID> projectId,
            Optional<Spent> held)
            implements Entry {
        /** Without a budget. */
        public Opened(
                UUID id,
                Instant at,
                String callerKind,
                String callerId,
                Optional<UUID> userId,
                String endpoint,
                String model,
                String input,
                int units,
                Optional<UUID> projectId) {
            this(id, at, callerKind, callerId, userId, endpoint, model, input, units, projectId, Optional.empty());
        }

        /** Of no project. */
        public Opened(
                UUID id,
                Instant at,
                String callerKind,
                String callerId,
                Optional<UUID> userId,
                String endpoint,
                String model,
                String input,
                int units) {
            this(id, at, callerKind, callerId, userId, endpoint, model, input, units, Optional.empty());
        }

        /** Of one unit. */
        public Opened(
                UUID id,
                Instant at,
                String callerKind,
                String callerId,
                Optional<UUID> userId,
                String endpoint,
                String model,
                String input) {
            this(id, at, callerKind, callerId, userId, endpoint, model, input, 1);
        }
    }

    /** Written every 2 s or 16 KB of a running stream: the text so far. */
    record Checkpoint(UUID id, Instant at, String output) implements Entry {}

    /**
     * Written by {@code settle}, or by the reaper with status {@link Status#INTERRUPTED} and no output.
     *
     * @param output the text that was answered, as far as it came; empty optional keeps the last checkpoint's text
     * @param units quota units charged
     * @param firstTokenMillis milliseconds until the first content, when there was any
     * @param errorCode the problem's stable code, when it did not end well
     * @param spent tokens and money; empty when nothing was asked of a model, or nobody can say what
     */
    record Closed(
            UUID id,
            Instant at,
            Status status,
            Optional<String> output,
            int units,
            Optional<Usage> usage,
            Optional<String> finishReason,
            Optional<String> upstreamId,
            long latencyMillis,
            Optional<Long> firstTokenMillis,
            Optional<String> errorCode,
            Optional<Spent> spent)
            implements Entry {
        /** Without tokens and money. */
        public Closed(
                UUID id,
                Instant at,
                Status status,
                Optional<String> output,
                int units,
                Optional<Usage> usage,
                Optional<String> finishReason,
                Optional<String> upstreamId,
                long latencyMillis,
                Optional<Long> firstTokenMillis,
                Optional<String> errorCode) {
            this(
                    id,
                    at,
                    status,
                    output,
                    units,
                    usage,
                    finishReason,
                    upstreamId,
                    latencyMillis,
                    firstTokenMillis,
                    errorCode,
                    Optional.empty());
        }
    }
}
