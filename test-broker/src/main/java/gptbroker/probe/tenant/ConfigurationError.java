package gptbroker.probe.tenant;

/** We were called or configured wrongly: one clear line for the operator, exit code 2. */
public final class ConfigurationError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The line; it must hold no secret. */
    public ConfigurationError(String line) {
        super(line, null, false, false);
    }
}
