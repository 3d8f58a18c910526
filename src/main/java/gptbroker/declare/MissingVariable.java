package gptbroker.declare;

/** The input has no value for a variable of the template. Its message is the variable's name. */
public final class MissingVariable extends Exception {
    private static final long serialVersionUID = 1L;

    MissingVariable(String name) {
        super(name, null, false, false);
    }

    /** The variable's name. */
    public String name() {
        return getMessage();
    }
}
