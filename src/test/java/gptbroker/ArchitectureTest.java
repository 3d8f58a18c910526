package gptbroker;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Holds the package directions that CONTRIBUTING.md draws. */
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("gptbroker");

    private static final Map<String, List<String>> MAY_USE = Map.ofEntries(
            Map.entry("problem", List.of()),
            Map.entry("config", List.of()),
            Map.entry("ops", List.of("config", "problem")),
            Map.entry("store", List.of("config", "problem", "ops")),
            Map.entry("yaml", List.of("config", "problem", "ops")),
            Map.entry("declare", List.of("yaml", "config", "problem", "ops")),
            Map.entry("models", List.of("yaml", "upstream", "config", "problem", "ops")),
            Map.entry("http", List.of("config", "problem", "ops")),
            Map.entry("identity", List.of("config", "problem", "ops")),
            Map.entry("upstream", List.of("config", "problem", "ops")),
            Map.entry("admission", List.of("identity", "store", "config", "problem", "ops")),
            Map.entry("archive", List.of("upstream", "store", "config", "problem", "ops")),
            Map.entry(
                    "turn",
                    List.of(
                            "http",
                            "identity",
                            "admission",
                            "upstream",
                            "models",
                            "archive",
                            "config",
                            "problem",
                            "ops")),
            Map.entry("live", List.of("turn", "http", "identity", "admission", "store", "config", "problem", "ops")),
            Map.entry("project", List.of("identity", "declare", "store", "config", "problem", "ops")),
            Map.entry("cache", List.of("http", "upstream", "store", "config", "problem", "ops")),
            Map.entry(
                    "prompt",
                    List.of(
                            "declare",
                            "project",
                            "live",
                            "turn",
                            "cache",
                            "http",
                            "identity",
                            "upstream",
                            "config",
                            "problem",
                            "ops")),
            Map.entry(
                    "openai",
                    List.of("live", "turn", "cache", "http", "identity", "upstream", "config", "problem", "ops")),
            Map.entry("inference", List.of("openai", "http", "identity", "upstream", "config", "problem", "ops")),
            Map.entry("me", List.of("http", "identity", "admission", "turn", "archive", "config", "problem", "ops")),
            Map.entry("account", List.of("http", "identity", "store", "config", "problem", "ops")),
            Map.entry(
                    "chat",
                    List.of(
                            "account",
                            "live",
                            "turn",
                            "models",
                            "http",
                            "identity",
                            "upstream",
                            "archive",
                            "store",
                            "config",
                            "problem",
                            "ops")),
            Map.entry("event", List.of("live", "http", "identity", "store", "config", "problem", "ops")),
            Map.entry(
                    "admin",
                    List.of(
                            "http",
                            "account",
                            "me",
                            "project",
                            "admission",
                            "archive",
                            "cache",
                            "config",
                            "problem",
                            "ops")),
            Map.entry("gateway", List.of("account", "chat", "turn", "http", "identity", "config", "problem", "ops")),
            Map.entry("cli", List.of("config")),
            Map.entry("dev", List.of("config", "store")));

    @TestFactory
    Stream<DynamicTest> packagesUseOnlyWhatTheyMay() {
        return MAY_USE.entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(
                        entry.getKey(),
                        () -> direction(entry.getKey(), entry.getValue()).check(CLASSES)));
    }

    private static ArchRule direction(String name, List<String> mayUse) {
        List<String> forbidden = new ArrayList<>(MAY_USE.keySet());
        forbidden.removeAll(mayUse);
        forbidden.remove(name);
        String[] packages = Stream.concat(
                        Stream.of("gptbroker"), forbidden.stream().map(other -> "gptbroker." + other + ".."))
                .toArray(String[]::new);
        return noClasses()
                .that()
                .resideInAPackage("gptbroker." + name + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(packages);
    }

    @Test
    void packagesAreFreeOfCycles() {
        slices().matching("gptbroker.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void theServerApiStaysInTheListener() {
        onlyIn("io.helidon.webserver..", "gptbroker.http..", "gptbroker.dev..");
    }

    @Test
    void theClientApiStaysUpstream() {
        onlyIn("io.helidon.webclient..", "gptbroker.upstream..");
    }

    @Test
    void redisAndSqlStayInTheStores() {
        onlyIn("redis.clients..", "gptbroker.store..", "gptbroker.admission..", "gptbroker.archive..");
        onlyIn(
                "java.sql..",
                "gptbroker",
                "gptbroker.store..",
                "gptbroker.archive..",
                "gptbroker.project..",
                "gptbroker.account..",
                "gptbroker.chat..",
                "gptbroker.event..",
                "gptbroker.dev..");
    }

    @Test
    void theEnvironmentIsReadInConfigAlone() {
        noClasses()
                .that()
                // dev looks for programs on the PATH, which is no setting of ours.
                .resideOutsideOfPackages("gptbroker.config..", "gptbroker.dev..")
                .should()
                .callMethod(System.class, "getenv")
                .orShould()
                .callMethod(System.class, "getenv", String.class)
                .check(CLASSES);
    }

    @Test
    void nothingPrintsButTheEntryPoint() {
        noClasses()
                .that()
                .resideOutsideOfPackages("gptbroker", "gptbroker.dev..")
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(CLASSES);
    }

    private static void onlyIn(String api, String... homes) {
        classes()
                .that()
                .resideOutsideOfPackages(homes)
                .should()
                .onlyDependOnClassesThat()
                .resideOutsideOfPackage(api)
                .check(CLASSES);
    }
}
