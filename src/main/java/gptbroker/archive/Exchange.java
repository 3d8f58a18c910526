package gptbroker.archive;

import gptbroker.archive.Entry.Checkpoint;
import gptbroker.archive.Entry.Closed;
import gptbroker.archive.Entry.Opened;
import gptbroker.upstream.Usage;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a batch knows of one request: its records folded together by rank. Folding obeys the same rules as the upsert in
 * {@link Rows}, so any split of the records into batches, in any order and any number of times, ends in the same row.
 */
final class Exchange {
    private static final int CHECKPOINT_RANK = 1;
    private static final int NO_TEXT_RANK = -1;
    private static final int OPEN_UNITS = 1;

    private final UUID id;
    private @Nullable Opened opened;
    private @Nullable Checkpoint checkpoint;
    private @Nullable Closed closed;
    private @Nullable Closed closedWithText;

    Exchange(UUID id) {
        this.id = id;
    }

    void add(Entry entry) {
        switch (entry) {
            case Opened record -> {
                if (opened == null) {
                    opened = record;
                }
            }
            case Checkpoint record -> {
                if (checkpoint == null
                        || record.output().length() > checkpoint.output().length()) {
                    checkpoint = record;
                }
            }
            case Closed record -> {
                closed = higher(closed, record);
                if (record.output().isPresent()) {
                    closedWithText = higher(closedWithText, record);
                }
            }
        }
    }

    private static Closed higher(@Nullable Closed known, Closed record) {
        return known == null || record.status().rank() > known.status().rank() ? record : known;
    }

    UUID id() {
        return id;
    }

    Optional<Opened> opened() {
        return Optional.ofNullable(opened);
    }

    Optional<Closed> closed() {
        return Optional.ofNullable(closed);
    }

    /** The text so far; an empty text is not an absent one. */
    Optional<String> text() {
        if (closedWithText != null) {
            return closedWithText.output();
        }
        return Optional.ofNullable(checkpoint).map(Checkpoint::output);
    }

    /** The rank of the record that brought the text. */
    int textRank() {
        if (closedWithText != null) {
            return closedWithText.status().rank();
        }
        return checkpoint == null ? NO_TEXT_RANK : CHECKPOINT_RANK;
    }

    String status() {
        return (closed == null ? Status.OPEN : closed.status()).label();
    }

    int statusRank() {
        if (closed != null) {
            return closed.status().rank();
        }
        return checkpoint == null ? Status.OPEN.rank() : CHECKPOINT_RANK;
    }

    /** When the record that sets the status was written. */
    Instant at() {
        if (closed != null) {
            return closed.at();
        }
        if (checkpoint != null) {
            return checkpoint.at();
        }
        return opened == null ? Uuid7.time(id) : opened.at();
    }

    int units() {
        if (closed != null) {
            return closed.units();
        }
        return opened == null ? OPEN_UNITS : opened.units();
    }

    /** As the units: what is held counts until it is closed. */
    Optional<Spent> spent() {
        return closed != null ? closed.spent() : opened().flatMap(Opened::held);
    }

    Optional<Usage> usage() {
        return closed().flatMap(Closed::usage);
    }
}
