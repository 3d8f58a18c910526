package gptbroker.openai;

import gptbroker.cache.Lead;
import java.io.ByteArrayOutputStream;
import java.util.Optional;

/** The bytes of an answer as they pass, as long as somebody may want them again. For one thread. */
final class Copy {
    private final Lead lead;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(0);
    private boolean wanted;

    Copy(Lead lead) {
        this.lead = lead;
        this.wanted = lead.wants(0);
    }

    /** Notes what passes; nobody waits any more for an answer that has become too large. */
    void add(byte[] piece) {
        if (wanted && lead.wants((long) bytes.size() + piece.length)) {
            bytes.writeBytes(piece);
        } else if (wanted) {
            wanted = false;
            bytes.reset();
            lead.unfit();
        }
    }

    /** All of it; empty when it is not wanted, or there was none. */
    Optional<byte[]> whole() {
        return wanted && bytes.size() > 0 ? Optional.of(bytes.toByteArray()) : Optional.empty();
    }
}
