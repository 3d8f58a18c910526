package gptbroker.probe.check;

import gptbroker.probe.tenant.ConfigurationError;
import gptbroker.probe.tenant.Tenant;
import gptbroker.probe.tenant.TenantFiles;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code check}: every promise of every named tenant. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        description = "Checks every promise of the broker (default). Spends at most 20 quota units a tenant.")
public final class CheckCommand implements Callable<Integer> {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final int MAX_TIMEOUT = 600;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(
            paramLabel = "TENANT",
            description = "Name of an .env.<name> file here, or a path."
                    + " Default: all present of sksndev, sksndev_prod, techsksn, techsksn_prod.")
    private List<String> tenants = new ArrayList<>();

    @Option(names = "--env-file", paramLabel = "FILE", description = "A further env file; repeatable.")
    private List<Path> envFiles = new ArrayList<>();

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "For one whole answer (default ${DEFAULT-VALUE}).")
    private int timeout;

    @Option(
            names = "--origin",
            paramLabel = "ORIGIN",
            defaultValue = "http://localhost:3000",
            description = "Frontend that the requests claim to come from (default ${DEFAULT-VALUE}).")
    private String origin = "";

    @Override
    public Integer call() throws InterruptedException {
        if (timeout < 1 || timeout > MAX_TIMEOUT) {
            throw new ConfigurationError("--timeout must be between 1 and " + MAX_TIMEOUT + " s");
        }
        List<Tenant> found = new TenantFiles(Path.of("")).find(tenants, envFiles);
        try (HttpClient http = newClient()) {
            Report report = new Report(spec.commandLine().getOut());
            boolean passed = new Suite(http, report, Duration.ofSeconds(timeout), origin, Thread::sleep).run(found);
            return passed ? 0 : 1;
        }
    }

    /** HTTP/1.1 throughout: an upgrade to HTTP/2 would hide how the broker frames. Redirects are not followed. */
    static HttpClient newClient() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_TIMEOUT)
                .build();
    }
}
