package gptbroker.admission;

import java.util.UUID;

/** Everything that settling needs, also when it happens much later or in another process. */
record Settlement(UUID id, String callerId, String day, Charge charge, byte[] openRecord, byte[] closeRecord) {
    /** What happens to an id that Redis does not know; see {@code settle.lua}. */
    enum Mode {
        FORCE,
        LATE,
        ASK,
        REAP,
        CANCEL;

        private final String word = name().toLowerCase(java.util.Locale.ROOT);

        String word() {
            return word;
        }
    }

    /** What settling did; see {@code settle.lua}. */
    enum Outcome {
        SETTLED,
        CORRECTED,
        DONE,
        CHARGED,
        UNKNOWN,
        PENDING,
        CANCELLED,
        REBUILD
    }
}
