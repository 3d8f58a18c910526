package gptbroker.probe.check;

import gptbroker.probe.check.Check.Outcome;
import gptbroker.probe.check.Check.Result;
import gptbroker.probe.tenant.Further;
import gptbroker.probe.tenant.Login;
import gptbroker.probe.tenant.Secret;
import gptbroker.probe.tenant.SignIn;
import gptbroker.probe.tenant.Tenant;
import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Signs a user of each tenant in, then makes every check of every tenant, one after the other. */
final class Suite {
    private static final String SIGN_IN = "sign in over Supabase's REST (S3.39)";

    private final HttpClient http;
    private final Report report;
    private final Duration timeout;
    private final String origin;
    private final Client.Pause pause;

    /**
     * @param timeout for one whole answer
     * @param origin that the requests claim to come from
     * @param pause how to wait when the broker asks for it
     */
    Suite(HttpClient http, Report report, Duration timeout, String origin, Client.Pause pause) {
        this.http = http;
        this.report = report;
        this.timeout = timeout;
        this.origin = origin;
        this.pause = pause;
    }

    /** The checks of one tenant, in the order in which they are made. */
    static List<Check> checks(Tenant tenant) {
        List<Check> checks = new ArrayList<>(OpenChecks.all());
        checks.addAll(CorsChecks.all());
        checks.addAll(IdentityChecks.all());
        checks.addAll(PromptChecks.all());
        checks.addAll(StreamChecks.all());
        checks.addAll(MeChecks.all());
        checks.addAll(ChatChecks.all());
        checks.addAll(V1Checks.all());
        checks.addAll(DeclaredChecks.of(tenant));
        checks.addAll(ProjectChecks.of(tenant));
        checks.addAll(OperatorChecks.of(tenant));
        checks.addAll(LimitChecks.all());
        return checks;
    }

    /** Checks all tenants and returns whether nothing failed. */
    boolean run(List<Tenant> tenants) throws InterruptedException {
        Map<Session, Result> sessions = new LinkedHashMap<>();
        for (Tenant tenant : tenants) {
            signIn(tenant, sessions);
        }
        List<Session> all = List.copyOf(sessions.keySet());
        for (Map.Entry<Session, Result> each : sessions.entrySet()) {
            run(each.getKey(), each.getValue(), all);
        }
        return report.summary();
    }

    private void run(Session session, Result signedIn, List<Session> all) throws InterruptedException {
        Tenant tenant = session.tenant();
        report.begin(tenant);
        report.row(tenant, signedIn);
        List<Check> checks = new ArrayList<>(checks(tenant));
        checks.addAll(IdentityChecks.isolation(session, all));
        boolean reachable = reachable(session);
        for (Check check : checks) {
            report.row(tenant, reachable ? check.make(session) : unreachable(check));
        }
        report.spent(session.ledger());
    }

    private void signIn(Tenant tenant, Map<Session, Result> sessions) throws InterruptedException {
        Further further = tenant.further();
        report.conceal(tenant.anonKey().value());
        conceal(tenant.login());
        further.other().ifPresent(this::conceal);
        further.adminKey().ifPresent(key -> report.conceal(key.value()));
        long start = System.nanoTime();
        Optional<Secret> token = Optional.empty();
        String detail = "a token";
        try {
            token = Optional.of(signIn(tenant, tenant.login()));
        } catch (IOException failed) {
            detail = failed.getMessage() == null ? "Supabase cannot be reached" : failed.getMessage();
        }
        Outcome outcome = token.isPresent() ? Outcome.PASS : Outcome.FAIL;
        Result result = new Result(SIGN_IN, outcome, Duration.ofNanos(System.nanoTime() - start), detail);
        Client client = new Client(http, tenant.baseUrl(), timeout, pause);
        var session =
                new Session(tenant, client, token, other(tenant), origin, secret -> report.conceal(secret.value()));
        sessions.put(session, result);
    }

    private void conceal(Login login) {
        report.conceal(login.email().value());
        report.conceal(login.password().value());
    }

    private Secret signIn(Tenant tenant, Login login) throws IOException, InterruptedException {
        Secret token = new SignIn(http).accessToken(tenant, login);
        report.conceal(token.value());
        return token;
    }

    /** The one check that needs a second user says so when there is none. */
    private Optional<Secret> other(Tenant tenant) throws InterruptedException {
        if (tenant.further().other().isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(signIn(tenant, tenant.further().other().get()));
        } catch (IOException failed) {
            return Optional.empty();
        }
    }

    /** One question before the rest: a broker that is away should cost one time-out, not eighty. */
    private boolean reachable(Session session) throws InterruptedException {
        try {
            session.send(Ask.get(Paths.HEALTH));
            return true;
        } catch (IOException away) {
            return false;
        }
    }

    private static Result unreachable(Check check) {
        return new Result(check.name(), Outcome.FAIL, Duration.ZERO, "the broker cannot be reached");
    }
}
