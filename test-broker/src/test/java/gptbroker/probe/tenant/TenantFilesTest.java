package gptbroker.probe.tenant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TenantFilesTest {
    private static final String GOOD = """
            BASE_URL=http://localhost:8011/
            SUPABASE_URL=https://project.supabase.co
            SUPABASE_ANON_KEY=anon
            SUPABASE_EMAIL=user@example.org
            SUPABASE_PASSWORD="with # and blank "
            """;

    @TempDir
    private Path directory = Path.of("");

    private List<Tenant> find(String... names) {
        return new TenantFiles(directory).find(List.of(names), List.of());
    }

    @Test
    void readsEveryKnownFileThatIsPresentInOrder() throws IOException {
        Files.writeString(directory.resolve(".env.techsksn"), GOOD);
        Files.writeString(directory.resolve(".env.sksndev"), GOOD);
        Files.writeString(directory.resolve(".env.unknown"), "no");
        assertThat(find()).extracting(Tenant::name).containsExactly("sksndev", "techsksn");
        assertThat(find().getFirst().baseUrl()).isEqualTo(URI.create("http://localhost:8011"));
        assertThat(find().getFirst().login().password().value()).startsWith("with # and blank");
    }

    @Test
    void takesNamesAndPaths() throws IOException {
        Files.writeString(directory.resolve(".env.mine"), GOOD);
        Files.writeString(directory.resolve("dev.env"), GOOD);
        assertThat(find("mine", "dev.env")).extracting(Tenant::name).containsExactly("mine", "dev");
        assertThat(new TenantFiles(directory).find(List.of(), List.of(directory.resolve("dev.env"))))
                .hasSize(1);
    }

    @Test
    void readsWhatNotEveryFileHas() throws IOException {
        Files.writeString(directory.resolve(".env.mine"), GOOD + """
                ADMIN_KEY=operator
                ADMIN_URL=http://127.0.0.1:9464/
                SUPABASE_OTHER_EMAIL=other@example.org
                SUPABASE_OTHER_PASSWORD=secret
                """);
        Further further = find("mine").getFirst().further();
        assertThat(further.adminUrl()).hasValue(URI.create("http://127.0.0.1:9464"));
        assertThat(further.other()).hasValue(new Login(new Secret("other@example.org"), new Secret("secret")));
        Files.writeString(
                directory.resolve(".env.half"), GOOD + "ADMIN_URL=nowhere\nSUPABASE_OTHER_EMAIL=o@example.org\n");
        assertThatThrownBy(() -> find("half"))
                .hasMessageContainingAll("ADMIN_URL is not an http(s) URL", "SUPABASE_OTHER_PASSWORD is missing");
    }

    @Test
    void saysWhatIsMissingAllAtOnce() throws IOException {
        Files.writeString(directory.resolve(".env.mine"), "BASE_URL=localhost:8011\nSUPABASE_PASSWORD=hidden\n");
        assertThatThrownBy(() -> find("mine"))
                .isInstanceOf(ConfigurationError.class)
                .hasMessageContainingAll(
                        "BASE_URL is not an http(s) URL",
                        "SUPABASE_URL is missing",
                        "SUPABASE_ANON_KEY is missing",
                        "SUPABASE_EMAIL is missing")
                .hasMessageNotContaining("hidden");
    }

    @Test
    void refusesWhatIsNotThere() {
        assertThatThrownBy(() -> find()).hasMessageContaining("no tenant to test");
        assertThatThrownBy(() -> find("nobody")).hasMessageContaining("no tenant 'nobody'");
    }

    @Test
    void quotesNoMalformedLine() throws IOException {
        Files.writeString(directory.resolve(".env.mine"), "hidden password without a key\n");
        assertThatThrownBy(() -> find("mine"))
                .isInstanceOf(ConfigurationError.class)
                .hasMessageNotContaining("hidden");
    }

    @Test
    void printsNoSecret() throws IOException {
        Files.writeString(directory.resolve(".env.mine"), GOOD);
        assertThat(find("mine").toString()).doesNotContain("anon,", "user@example.org", "blank");
    }
}
