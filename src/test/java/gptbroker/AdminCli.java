package gptbroker;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.e2e.Operator;
import gptbroker.e2e.Rig;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;

/** {@code broker admin}, run in this process against a rig whose {@code ADMIN_KEY} is {@link Operator#KEY}. */
record AdminCli(Rig rig) {
    /** How a command ended, and what it printed. */
    record Run(int code, String out, String err) {}

    /** Any command of the broker's. */
    static Run run(String... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        int code = BrokerCommand.run(new Shutdown(), new PrintWriter(out), new PrintWriter(err), args);
        return new Run(code, out.toString(), err.toString());
    }

    Run admin(String... args) {
        var all = new ArrayList<>(
                List.of("admin", "--url", "http://127.0.0.1:" + rig.internalPort(), "--key", Operator.KEY));
        all.addAll(List.of(args));
        return run(all.toArray(String[]::new));
    }

    /** What it prints when all is well. */
    String ok(String... args) {
        Run run = admin(args);
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        return run.out();
    }
}
