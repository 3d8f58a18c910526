package gptbroker.probe.load;

import gptbroker.probe.tenant.ConfigurationError;
import gptbroker.probe.tenant.Secret;
import gptbroker.probe.tenant.SignIn;
import gptbroker.probe.tenant.Tenant;
import gptbroker.probe.tenant.TenantFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code load}: exits 0 when every call was made and answered well, 1 when not, 2 when called wrongly. */
@Command(
        name = "load",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Loads one endpoint and reports throughput, percentiles and errors.")
public final class LoadCommand implements Callable<Integer> {
    /** After its time an open loop still starts what is late, so that a short stall costs latency, not calls. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private LoadOptions options = new LoadOptions();

    @Override
    public Integer call() throws InterruptedException {
        options.verify();
        Optional<Tenant> tenant = options.envFile.map(TenantFiles::read);
        URI baseUrl = tenant.map(Tenant::baseUrl).orElseGet(() -> TenantFiles.baseUrl(options.baseUrl.orElseThrow()));
        Target target = Target.of(baseUrl, options.ownTarget);
        Requests requests = Requests.of(target, options.endpointName(), body(), options.accept, tokens(tenant));
        Tally tally = generator(target, requests).run();
        Duration cpu = ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
        String what = "%s, %s at %s".formatted(options.mode(), options.endpointName(), baseUrl);
        LoadReport report = new LoadReport(what, options.warmUp, cpu, options.streaming(), tally);
        print(report);
        return report.clean() ? 0 : 1;
    }

    private Generator generator(Target target, Requests requests) {
        Schedule schedule = options.rate
                .map(rate -> Schedule.open(rate, options.length(), options.maxRequests))
                .orElseGet(() -> Schedule.closed(options.length(), options.maxRequests));
        Generator.Bounds bounds = new Generator.Bounds(
                options.workers(), options.warmUp, options.length().plus(GRACE), options.timeout);
        return new Generator(schedule, () -> caller(target, requests), Clock.system(), form(), bounds);
    }

    private Measure.StreamForm form() {
        if (!options.streaming()) {
            return Measure.StreamForm.NONE;
        }
        boolean events = options.accept.contains("event-stream")
                || options.endpointName().startsWith("/");
        return events ? Measure.StreamForm.EVENTS : Measure.StreamForm.LINES;
    }

    private Caller caller(Target target, Requests requests) {
        Connection connection = new Connection(target, options.timeout);
        return new Caller() {
            @Override
            public int call(long index, BodySink sink) throws Failure {
                return connection.exchange(requests.at(index), sink);
            }

            @Override
            public void close() {
                connection.close();
            }
        };
    }

    private List<Secret> tokens(Optional<Tenant> tenant) throws InterruptedException {
        List<Secret> tokens =
                new ArrayList<>(options.tokens.stream().map(Secret::new).toList());
        options.tokenFile.ifPresent(file -> read(file)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .map(Secret::new)
                .forEach(tokens::add));
        if (tokens.isEmpty() && tenant.isPresent()) {
            tokens.add(signIn(tenant.get()));
        }
        if (tokens.stream().anyMatch(token -> !token.value().matches("[!-~]+"))) {
            throw new ConfigurationError("a token holds blanks or control characters");
        }
        return tokens;
    }

    private static Secret signIn(Tenant tenant) throws InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return new SignIn(http).accessToken(tenant, tenant.login());
        } catch (IOException failed) {
            throw new ConfigurationError("cannot sign in: "
                    + (failed.getMessage() == null ? "Supabase cannot be reached" : failed.getMessage()));
        }
    }

    private Optional<String> body() {
        return options.body.map(text -> text.startsWith("@") ? read(Path.of(text.substring(1))) : text);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException unreadable) {
            throw new ConfigurationError("cannot read " + file);
        }
    }

    private void print(LoadReport report) {
        PrintWriter out = spec.commandLine().getOut();
        if (options.json) {
            out.println(report.json());
            out.flush();
        } else {
            report.print(out);
        }
    }
}
