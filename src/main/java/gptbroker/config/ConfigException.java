package gptbroker.config;

import java.util.List;

/** The configuration has mistakes; all of them, none shows a secret. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<String> mistakes;

    /** Of mistakes that show no secret; at least one. */
    public ConfigException(List<String> mistakes) {
        super(heading(mistakes.size()) + "\n  - " + String.join("\n  - ", mistakes));
        this.mistakes = List.copyOf(mistakes);
    }

    private static String heading(int count) {
        return count == 1 ? "1 mistake in the configuration:" : count + " mistakes in the configuration:";
    }

    /** Each names the variable, what is wrong and what is expected. */
    public List<String> mistakes() {
        return mistakes;
    }
}
