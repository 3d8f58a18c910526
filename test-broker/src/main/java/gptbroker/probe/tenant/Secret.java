package gptbroker.probe.tenant;

/**
 * A value that is sent to where it belongs and printed nowhere.
 *
 * @param value the password, key or token itself
 */
public record Secret(String value) {
    @Override
    public String toString() {
        return "***";
    }
}
