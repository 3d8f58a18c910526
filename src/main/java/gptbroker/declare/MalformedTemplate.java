package gptbroker.declare;

/** A tag of a template is wrong; no more is told, because the words of the prompt are nobody's business. */
public final class MalformedTemplate extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedTemplate() {
        super("malformed template", null, false, false);
    }
}
