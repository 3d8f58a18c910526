package gptbroker.probe.load;

import java.io.IOException;

/** An exchange that did not end as it should, by kind: {@code timeout}, {@code closed}, {@code connect}… */
final class Failure extends IOException {
    private static final long serialVersionUID = 1L;

    Failure(String kind) {
        super(kind);
    }

    /** The kind, a word for the report. */
    String kind() {
        return getMessage();
    }
}
