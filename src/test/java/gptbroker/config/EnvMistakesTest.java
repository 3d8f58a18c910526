package gptbroker.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class EnvMistakesTest {
    @TempDir
    Path directory;

    private static Map<String, String> with(String... namesAndValues) {
        var environment = new HashMap<>(Map.of("SUPABASE_URL", "https://ref.supabase.co", "OPENAI_API_KEY", "sk-1"));
        for (int i = 0; i < namesAndValues.length; i += 2) {
            environment.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return environment;
    }

    private List<String> mistakes(Map<String, String> environment) {
        try {
            new Env(environment, directory).serve();
            return List.of();
        } catch (ConfigException e) {
            assertThat(e).hasMessageContainingAll(e.mistakes().toArray(String[]::new));
            return e.mistakes();
        }
    }

    private void dotenv(String text) throws Exception {
        Files.writeString(directory.resolve(".env"), text);
    }

    @Test
    void allAtOnce() {
        assertThat(mistakes(
                        Map.of("DAILY_LIMIT", "fifty", "PORT", "70000", "BODY_TIMEOUT", "30", "AUTH_STRICT", "yes")))
                .containsExactlyInAnyOrder(
                        "OPENAI_API_KEY is not set; expected the provider's key",
                        "SUPABASE_URL is not set; expected the project's address, https://<ref>.supabase.co",
                        "DAILY_LIMIT is \"fifty\"; expected a whole number from 0 to 1000000000000",
                        "PORT is \"70000\"; expected a whole number from 0 to 65535",
                        "BODY_TIMEOUT is \"30\"; expected a time from 100ms to 1d with its unit, as in 500ms, 30s, 5m, 1h",
                        "AUTH_STRICT is \"yes\"; expected true or false");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    TENANT | Acme Corp
                    HOST | a b
                    PORT | -1
                    PORT | 9464
                    ADDRESS | 8080
                    MAX_BODY_BYTES | 1e6
                    DAILY_LIMIT | -1
                    DAILY_LIMIT | 99999999999999999999
                    TIER_DAILY_LIMITS | pro
                    TIER_DAILY_LIMITS | pro=many
                    TIER_DAILY_LIMITS | pro=1,pro=2
                    QUOTA_TIMEZONE | Mars/Base
                    ID_WHITE_LIST | [1,
                    ID_WHITE_LIST | {"a":1}
                    ID_WHITE_LIST | [null]
                    ID_WHITE_LIST | a b
                    ACCESS | closed
                    ON_REDIS_DOWN | maybe
                    CORS_ORIGINS | *
                    CORS_ORIGINS | https://app.example.com/
                    TRUSTED_PROXIES | 10.0.0.0/33
                    TRUSTED_PROXIES | all
                    SUPABASE_URL | ref.supabase.co
                    SUPABASE_URL | ftp://ref.supabase.co
                    SUPABASE_URL | https://user:hush@ref.supabase.co
                    SUPABASE_JWT_ROLES | ,
                    SUPABASE_JWT_SECRET | two hush
                    SUPABASE_JWT_SECRET | hush-with-31-characters-is-shor
                    ADMIN_KEY | hush-with-23-characters
                    OPENAI_API_KEY | hüsh
                    AUTH_STRICT_TTL | 5s
                    AUTH_STRICT | true
                    JWKS_MAX_STALE | 1m
                    REDIS_URL | http://redis:6379
                    REDIS_URL | redis://user:hush hush@redis
                    REDIS_PREFIX | a{b}
                    DATABASE_URL | mysql://u:hush@db/name
                    DATABASE_URL | postgresql://u:hush@db:5432
                    PROXY_URL | proxy:hush
                    PROXY_URL | https://proxy:3128
                    OPENAI_API_URL | api.openai.com
                    OPENAI_ORGANIZATION | two words
                    MODEL_MAP | gpt-4o
                    UPSTREAM_IDLE_TIMEOUT | 11m
                    PLAYGROUND | true
                    """)
    void eachIsNamedAndExplainedWithoutSecrets(String name, String value) {
        assertThat(mistakes(with(name, value)))
                .isNotEmpty()
                .allMatch(mistake -> mistake.contains("; expected ") || mistake.contains("; see "))
                .noneMatch(mistake -> mistake.contains("hush"))
                .anyMatch(mistake -> mistake.contains(name));
    }

    @ParameterizedTest
    @EnumSource(Variable.class)
    void noSecretIsEverEchoed(Variable variable) {
        if (variable.secret()) {
            var env = new Env(with(variable.name(), "canary one two", "DAILY_LIMIT", "x"), directory);
            assertThatThrownBy(env::serve)
                    .isInstanceOf(ConfigException.class)
                    .message()
                    .doesNotContain("canary");
            assertThat(env.describe()).doesNotContain("canary");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "API_KEY, OPENAI_API_KEY, sk-1, sk-2",
        "API_URL, OPENAI_API_URL, http://a, http://b",
        "OPENAI_BASE_URL, OPENAI_API_URL, http://a, http://b",
        "DB_ADDRESS, DATABASE_URL, postgresql://a/x, postgresql://b/x",
        "REDIS_ADDRESS, REDIS_URL, redis://a, redis://b",
        "REDIS_HOST, REDIS_URL, redis://a, redis://b"
    })
    void twoNamesThatDifferAreBothNamed(String alias, String name, String one, String other) {
        assertThat(mistakes(with(name, one, alias, other)))
                .containsExactly(name + " and " + alias + " are set and differ; expected one of them");
        assertThat(mistakes(with(name, one, alias, one))).isEmpty();
        assertThat(mistakes(with(alias, one, name, ""))).isEmpty();
    }

    @Test
    void aliasesAreNormalisedBeforeTheyAreCompared() {
        var config = new Env(
                        with(
                                "OPENAI_BASE_URL",
                                "http://m/v1/",
                                "API_URL",
                                "http://m",
                                "REDIS_HOST",
                                "redis",
                                "ADDRESS",
                                ":8011"),
                        directory)
                .serve();

        assertThat(config.upstream().baseUrl()).hasToString("http://m");
        assertThat(config.redis().url()).contains(new Secret("redis://redis"));
        assertThat(config.listen().port()).isEqualTo(8011);
        assertThat(mistakes(with("ADDRESS", "[::1]:1", "PORT", "2", "HOST", "::1")))
                .containsExactly("ADDRESS and PORT are both set and differ; expected one of them");
    }

    @Test
    void aShortTotalShortensTheDefaultsWithin() {
        var upstream = new Env(with("UPSTREAM_TOTAL_TIMEOUT", "30s"), directory)
                .serve()
                .upstream();

        assertThat(upstream.firstByteTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(upstream.connectTimeout()).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void anAzureAddressKeepsItsQuery() {
        var azure = "https://r.openai.azure.com/openai/deployments/d/completions?api-version=2024-06-01";

        assertThat(new Env(with("API_URL", azure), directory).serve().upstream().baseUrl())
                .hasToString(azure);
    }

    @Test
    void aModelOfOnesOwnNeedsNoKey() {
        assertThat(mistakes(with("OPENAI_API_KEY", "", "OPENAI_API_URL", "http://model:9090")))
                .isEmpty();
    }

    @Test
    void unknownNamesOfOursAreMistakesWithTheNearestName() {
        assertThat(mistakes(with("BROKER_DAILY_LIMT", "1", "BROKER_COLOUR", "red", "BROKER_PORT", "tcp://10.0.0.1:80")))
                .containsExactly(
                        "BROKER_COLOUR is not a variable of the broker; see env/example.env",
                        "BROKER_DAILY_LIMT is not a variable of the broker; did you mean DAILY_LIMIT?");
    }

    @Test
    void everyVariableMayComeFromAFile() throws Exception {
        Files.writeString(directory.resolve("key"), "  sk-file\n");
        var env = new Env(with("OPENAI_API_KEY", "", "API_KEY_FILE", "key"), directory);

        assertThat(env.serve().upstream().apiKey()).contains(new Secret("sk-file"));
        assertThat(env.describe()).contains("OPENAI_API_KEY=***  # API_KEY_FILE");
        assertThat(mistakes(with("OPENAI_API_KEY_FILE", "key")))
                .containsExactly("OPENAI_API_KEY and OPENAI_API_KEY_FILE are set and differ; expected one of them");
        assertThat(mistakes(with("ADMIN_KEY_FILE", "absent")))
                .containsExactly(
                        "ADMIN_KEY_FILE names no file of at most 64 KB; expected the path of a file with the value");
    }

    @Test
    void theRealEnvironmentWinsOverTheFile() throws Exception {
        dotenv("DAILY_LIMIT=7\nRATE_LIMIT=8\n");

        var limits = new Env(with("DAILY_LIMIT", "9"), directory).serve().limits();

        assertThat(limits.daily()).isEqualTo(9);
        assertThat(limits.ratePerMinute()).isEqualTo(8);
        assertThat(limits.addressRatePerMinute()).isEqualTo(80);
    }

    @Test
    void whatDotenvWouldLoseIsAMistake() throws Exception {
        dotenv("# fine\nREDIS_URL=redis://:p#hush@redis:6379\nADMIN_KEY=\"open hush\nDAILY_LIMIT=1\n");
        assertThat(mistakes(with()))
                .contains(
                        ".env line 2: REDIS_URL is cut at its #; expected quotes around a value with #",
                        ".env line 3: ADMIN_KEY is lost in a quote that is not closed; expected NAME=\"value\"",
                        ".env line 4: DAILY_LIMIT is lost in a quote that is not closed; expected NAME=\"value\"")
                .noneMatch(mistake -> mistake.contains("hush"));

        dotenv("DAILY_LIMIT=1\n\nexport ADMIN_KEY=hush\n");
        assertThat(mistakes(with()))
                .containsExactly(
                        ".env line 3 is not NAME=value; expected NAME=value, a comment or an empty line (no `export`)");
    }

    @Test
    void aFolderInPlaceOfTheFileIsAMistake() throws Exception {
        Files.createDirectory(directory.resolve(".env"));

        assertThat(mistakes(with())).singleElement().asString().startsWith(".env is a folder");
    }

    @Test
    void describeMasksSecretsAndNamesSources() {
        var text = new Env(
                        with(
                                "REDIS_URL",
                                "redis://u:hush@redis:6379/1",
                                "DB_ADDRESS",
                                "postgresql://u:hush@db/x?a=hush"),
                        directory)
                .describe();

        assertThat(text)
                .contains("OPENAI_API_KEY=***\n", "REDIS_URL=redis://***@redis:6379\n", "DAILY_LIMIT=50  # default\n")
                .contains("DATABASE_URL=postgresql://***@db  # DB_ADDRESS\n")
                .doesNotContain("hush");
    }

    @Test
    void warnings() throws Exception {
        dotenv("DAILY_LIMTI=5\nBASE_URL=http://x\n");
        var env = new Env(
                with("SUPABASE_URL", "http://ref.supabase.co", "ON_REDIS_DOWN", "open", "ACCESS", "allowlist"),
                directory);
        env.serve();

        var shared = with("REDIS_URL", "redis://one", "CACHE_REDIS_URL", "redis://one");
        assertThat(new Env(shared, directory).warnings()).anyMatch(w -> w.startsWith("CACHE_REDIS_URL is REDIS_URL"));
        assertThat(env.warnings()).hasSize(4).anyMatch(w -> w.contains("did you mean DAILY_LIMIT?"));
        assertThat(Stream.of(
                                "http://localhost:1",
                                "http://kong:8000",
                                "http://10.0.0.1",
                                "http://[::1]:2",
                                "https://x.co")
                        .map(url -> new Env(with("SUPABASE_URL", url), directory).warnings()))
                .allMatch(w -> w.size() == 1);
    }
}
