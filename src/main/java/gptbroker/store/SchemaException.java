package gptbroker.store;

/** The database answers, but its schema is not what this version needs; the message is one line for the operator. */
public final class SchemaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SchemaException(String message, Throwable cause) {
        super(message, cause);
    }
}
