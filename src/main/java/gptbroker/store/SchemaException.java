package gptbroker.store;

import org.jspecify.annotations.Nullable;

/**
 * The database answers, but cannot be the archive as it is: schema, encoding, login or name are wrong. The message is
 * one line for the operator, without secrets.
 */
public final class SchemaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SchemaException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
