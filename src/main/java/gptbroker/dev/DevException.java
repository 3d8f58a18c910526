package gptbroker.dev;

import org.jspecify.annotations.Nullable;

/** Something of {@code broker dev} cannot start or stop. The message tells the developer what to do; it is shown. */
public final class DevException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DevException(String message) {
        super(message);
    }

    DevException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
