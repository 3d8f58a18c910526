package gptbroker;

import gptbroker.cli.Version;
import gptbroker.config.BrokerConfig;
import gptbroker.config.Env;
import gptbroker.dev.DevStack;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** Runs everything on this machine; what is configured to be elsewhere is used there. */
@Command(
        name = "dev",
        description = "Serve on this machine, with whatever is not configured: Redis, Postgres, Supabase, model.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class DevCommand implements Callable<Integer> {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

    @ParentCommand
    private BrokerCommand broker;

    DevCommand() {}

    @Override
    public Integer call() throws Exception {
        Env env = Broker.environment();
        BrokerConfig config = Checked.config(env, env::dev);
        var wanted = new DevStack.Wanted(
                config.redis().url().isEmpty(),
                config.database().url().isEmpty(),
                env.wantsDevIssuer(),
                env.wantsDevModel());
        try (var stack = DevStack.start(config.dev(), wanted)) {
            BrokerConfig whole = env.withDefaults(values(stack, config)).dev();
            Service.run(whole, broker.shutdown(), parts -> announce(parts, whole, stack));
        }
        return 0;
    }

    private static Map<String, String> values(DevStack stack, BrokerConfig config) {
        var values = new HashMap<>(stack.environment());
        if (stack.issuer().isPresent() || config.identity().anonKey().isPresent()) {
            values.put("PLAYGROUND", "true");
        }
        values.put("ADMIN_KEY", stack.adminKey().reveal());
        values.put("ACCOUNTS", "on");
        // Nobody's load balancer is looking; Ctrl-C should be quick.
        values.put("DRAIN_DELAY", "0s");
        return values;
    }

    private void announce(Parts parts, BrokerConfig config, DevStack stack) throws InterruptedException {
        while (!parts.ready() && !broker.shutdown().isAsked()) {
            Thread.sleep(LOOK_AGAIN);
        }
        stack.announce(
                config,
                "http://localhost:" + parts.publicPort(),
                "http://localhost:" + parts.internalPort(),
                System.out);
    }
}
