package gptbroker.archive;

/** Bytes in the outbox that are no entry. Says what is wrong, never what the bytes are. */
final class Undecodable extends Exception {
    private static final long serialVersionUID = 1L;

    Undecodable(String message) {
        super(message);
    }
}
