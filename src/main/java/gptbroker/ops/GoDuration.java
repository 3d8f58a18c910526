package gptbroker.ops;

/** Go's spelling of a duration, which OpenAI's headers and the older proxy's figures have: {@code 1s}, {@code 5m0s}. */
public final class GoDuration {
    private GoDuration() {}

    /** Of whole seconds, not negative. */
    public static String of(long seconds) {
        long hours = seconds / 3600;
        long minutes = seconds % 3600 / 60;
        String rest = seconds % 60 + "s";
        if (hours > 0) {
            return hours + "h" + minutes + "m" + rest;
        }
        return minutes > 0 ? minutes + "m" + rest : rest;
    }
}
