package gptbroker.archive;

/** Placeholder. */
public final class EntryCodec {
    private EntryCodec() {}

    /** Placeholder. */
    public static byte[] encode(Entry entry) {
        throw new UnsupportedOperationException();
    }
}
