package gptbroker;

import gptbroker.config.ConfigException;
import gptbroker.config.Env;
import gptbroker.config.Role;

/**
 * Entry point: {@code serve} when no command is named.
 *
 * <p>Exit codes: 0 ended as asked, 1 failed at run time, 2 wrong configuration or command line; {@code admin} adds 3, no
 * broker can be reached.
 */
public final class Broker {
    private static final int FAILED = 1;
    private static final int MISCONFIGURED = 2;

    private Broker() {}

    /** Runs a command and exits with its code. */
    public static void main(String[] args) {
        var shutdown = new Shutdown();
        shutdown.install();
        int code = FAILED;
        try {
            code = run(shutdown, args);
        } catch (Error e) {
            // Without an exit the hook would wait in vain for an end that has been.
            e.printStackTrace();
        }
        shutdown.exit(code);
    }

    /** What containers say is not worth a parser: making that of all commands takes a third of the time to be ready. */
    private static int run(Shutdown shutdown, String... args) {
        Role role = Serve.asked(args);
        if (role == null) {
            return BrokerCommand.run(shutdown, args);
        }
        try {
            Serve.run(role, shutdown);
            return 0;
        } catch (Exception e) {
            return explain(e);
        }
    }

    /** Tells a mistake of the operator in words, without a stack trace; returns the exit code. */
    static int explain(Exception failure) {
        if (failure instanceof ConfigException mistakes) {
            System.err.println(mistakes.getMessage());
            return MISCONFIGURED;
        }
        System.err.println("broker: " + (failure.getMessage() == null ? failure : failure.getMessage()));
        return FAILED;
    }

    /** The environment of this process; warnings go to standard error. */
    static Env environment() {
        Env env = Env.ofProcess();
        env.warnings().forEach(warning -> System.err.println("warning: " + warning));
        return env;
    }

    /** The same, of a process of this role. */
    static Env environment(Role role) {
        Env env = environment();
        env.warnings(role).forEach(warning -> System.err.println("warning: " + warning));
        return env.inRole(role);
    }
}
