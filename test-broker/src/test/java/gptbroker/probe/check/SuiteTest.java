package gptbroker.probe.check;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.probe.tenant.Further;
import gptbroker.probe.tenant.Secret;
import gptbroker.probe.tenant.Tenant;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The suite must pass a broker that keeps its promises, and name the one that another breaks. */
final class SuiteTest {
    private final StringWriter output = new StringWriter();
    private final List<Duration> waits = new ArrayList<>();

    private boolean check(Tenant... tenants) throws InterruptedException {
        try (HttpClient http = CheckCommand.newClient()) {
            Report report = new Report(new PrintWriter(output));
            Suite suite = new Suite(http, report, Duration.ofSeconds(20), "http://localhost:3000", waits::add);
            return suite.run(List.of(tenants));
        }
    }

    private List<String> failedRows() {
        return output.toString()
                .lines()
                .filter(line -> line.startsWith("  FAIL "))
                .map(line -> line.substring("  FAIL ".length()))
                .toList();
    }

    @Test
    void passesAFaithfulBrokerAndSpendsLittle() throws IOException, InterruptedException {
        try (FakeBroker broker = new FakeBroker()) {
            assertThat(check(broker.fullTenant("one"))).as("%s", output).isTrue();
            assertThat(output.toString()).doesNotContain(" skip ");
            assertThat(broker.spent()).isPositive().isLessThanOrEqualTo(20);
            assertThat(output.toString()).contains("quota units spent: " + broker.spent());
        }
    }

    @Test
    void saysWhatTheFileDoesNotTell() throws IOException, InterruptedException {
        try (FakeBroker broker = new FakeBroker()) {
            assertThat(check(broker.tenant("one"))).as("%s", output).isTrue();
            assertThat(output.toString().lines().filter(line -> line.contains(" skip ")))
                    .hasSize(2)
                    .anyMatch(line -> line.contains("no second user in the env file"))
                    .anyMatch(line -> line.contains("no ADMIN_URL and ADMIN_KEY in the env file"));
        }
    }

    @Test
    void leavesNothingThatOpensADoor() throws IOException, InterruptedException {
        try (FakeBroker broker = new FakeBroker()) {
            assertThat(check(broker.fullTenant("one"))).as("%s", output).isTrue();
            assertThat(broker.projects().isShut()).isTrue();
            assertThat(check(broker.fullTenant("one"))).as("again: %s", output).isTrue();
            assertThat(output.toString())
                    .contains("there already")
                    .doesNotContain(broker.projects().key(), FakeBroker.OTHER);
        }
    }

    @Test
    void checksWhatTheFileTellsOfPromptsAndTheOperator() throws IOException, InterruptedException {
        try (FakeBroker broker = new FakeBroker()) {
            Tenant tenant = broker.tenant("one")
                    .with(Further.NOTHING
                            .withAdminKey(new Secret(FakeBroker.ADMIN_KEY))
                            .withPrompt("declared", "{\"text\":\"x\"}"));
            assertThat(check(tenant)).as("%s", output).isTrue();
            assertThat(output.toString())
                    .contains("operator: metrics", "prompts: declared, as prompt and as function")
                    .doesNotContain(FakeBroker.ADMIN_KEY);
        }
    }

    @Test
    void passesTwoTenantsThatRefuseEachOther() throws IOException, InterruptedException {
        try (FakeBroker one = new FakeBroker();
                FakeBroker two = new FakeBroker()) {
            assertThat(check(one.tenant("one"), two.tenant("two")))
                    .as("%s", output)
                    .isTrue();
            assertThat(output.toString())
                    .contains("isolation: two's token is refused", "isolation: one's token is refused");
        }
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"TOO_FAST", "SEEN_LATE"})
    void namesTheBrokenPromise(Fault fault) throws IOException, InterruptedException {
        try (FakeBroker broker = new FakeBroker(fault);
                FakeBroker other = new FakeBroker()) {
            Tenant one = broker.fullTenant("one");
            assertThat(check(one, other.tenant("two"))).isFalse();
            assertThat(failedRows()).as("%s", output).anyMatch(row -> row.startsWith(fault.row()));
            assertThat(output.toString()).as("the other broker").containsPattern("two +\\d+ passed, 0 failed");
        }
    }

    @Test
    void looksOnceMoreWhereAStreamCameAtOnce() throws IOException, InterruptedException {
        try (FakeBroker broker = new FakeBroker(Fault.SEEN_LATE)) {
            assertThat(check(broker.tenant("one"))).as("%s", output).isTrue();
            assertThat(output.toString()).contains(" pieces over ");
        }
    }

    @Test
    void waitsWhenItIsTooFast() throws IOException, InterruptedException {
        try (FakeBroker broker = new FakeBroker(Fault.TOO_FAST)) {
            assertThat(check(broker.tenant("one"))).as("%s", output).isTrue();
            assertThat(waits).isNotEmpty().containsOnly(Duration.ofSeconds(30));
        }
    }

    @Test
    void printsNoSecret() throws IOException, InterruptedException {
        try (FakeBroker broker = new FakeBroker(Fault.WRONG_TEXT)) {
            check(broker.tenant("one"));
            assertThat(output.toString())
                    .doesNotContain(broker.token())
                    .doesNotContain(FakeBroker.PASSWORD)
                    .doesNotContain("user@example.org")
                    .doesNotContain("sb_publishable_fake");
        }
    }

    @Test
    void strikesOutASecretThatTheBrokerEchoes() {
        Report report = new Report(new PrintWriter(output));
        report.conceal("s3cret");
        Tenant tenant = new Tenant(
                "one",
                URI.create("http://127.0.0.1:1"),
                URI.create("http://127.0.0.1:1"),
                new Secret("a"),
                new Secret("b"),
                new Secret("c"));
        report.row(tenant, new Check.Result("row", Check.Outcome.FAIL, Duration.ZERO, "body {\"token\":\"s3cret\"}"));
        assertThat(output.toString()).contains("***").doesNotContain("s3cret");
    }

    @Test
    void skipsIsolationWhereTenantsShareAProject() throws IOException, InterruptedException {
        try (FakeBroker broker = new FakeBroker()) {
            assertThat(check(broker.tenant("dev"), broker.tenant("prod")))
                    .as("%s", output)
                    .isTrue();
            assertThat(output.toString()).contains("both use the same Supabase project");
        }
    }

    @Test
    void failsOnceEachWhenTheBrokerIsAway() throws IOException, InterruptedException {
        URI closed = URI.create("http://127.0.0.1:1"); // no outgoing connection is ever given that port
        Tenant gone = new Tenant(
                "gone",
                closed,
                closed,
                new Secret("anon-key"),
                new Secret("user@example.org"),
                new Secret("pass-word"));
        assertThat(check(gone)).isFalse();
        assertThat(output.toString()).contains("the broker cannot be reached").doesNotContain(" pass ");
    }

    @Test
    void failsWithoutSignInAndSkipsWhatNeedsIt() throws IOException, InterruptedException {
        try (FakeBroker broker = new FakeBroker()) {
            Tenant right = broker.tenant("one");
            Tenant wrong = new Tenant(
                    "one",
                    right.baseUrl(),
                    right.supabaseUrl(),
                    right.anonKey(),
                    right.login().email(),
                    new Secret("wrong"));
            assertThat(check(wrong)).isFalse();
            assertThat(output.toString()).contains("400 invalid_credentials", "nobody is signed in");
            assertThat(failedRows()).hasSize(1);
        }
    }
}
