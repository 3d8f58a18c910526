package gptbroker.config;

import static java.util.Objects.requireNonNull;

/** A value that must not be seen: every way of printing it gives {@code ***}. */
public final class Secret {
    private final String value;

    /** Wraps a secret. */
    public Secret(String value) {
        this.value = requireNonNull(value, "value");
    }

    /** The secret itself; only for the place that sends or compares it. */
    public String reveal() {
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && secret.value.equals(value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public String toString() {
        return "***";
    }
}
