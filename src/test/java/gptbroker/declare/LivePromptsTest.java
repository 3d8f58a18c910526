package gptbroker.declare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gptbroker.config.ConfigException;
import gptbroker.ops.Meters;
import gptbroker.ops.Scrape;
import gptbroker.testing.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file of prompts that changes. */
class LivePromptsTest {
    @TempDir
    Path folder;

    private final Meters meters = new Meters();
    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("prompts.yaml");
        declare("one");
    }

    private void declare(String name) throws IOException {
        Files.writeString(file, """
                prompts:
                  - name: %s
                    model: gpt-4o
                    messages: [{role: user, content: Hello}]
                """.formatted(name));
    }

    @Test
    void aChangedFileIsNoticed() throws Exception {
        try (var prompts = new LivePrompts(file, meters)) {
            prompts.start();
            assertThat(prompts.find("ONE")).isPresent();
            declare("two");
            Eventually.isTrue("two is declared", () -> prompts.find("two").isPresent());
            assertThat(prompts.find("one")).isEmpty();
        }
    }

    @Test
    void aBadFileChangesNothing() throws Exception {
        try (var prompts = new LivePrompts(file, meters)) {
            for (String name : new String[] {"Wrong Name", "[", ""}) {
                declare(name);
                prompts.reload();
                assertThat(prompts.find("one")).isPresent();
            }
            Files.delete(file);
            prompts.reload();
            assertThat(prompts.find("one")).isPresent();
            declare("two");
            prompts.reload();
            assertThat(prompts.find("one")).isEmpty();
            assertThat(prompts.find("two")).isPresent();
        }
    }

    @Test
    void anAlarmCanSeeABadFile() throws Exception {
        try (var prompts = new LivePrompts(file, meters)) {
            assertThat(refused()).isEqualTo("0");
            declare("Wrong Name");
            prompts.reload();
            assertThat(refused()).isEqualTo("1");
            Files.delete(file);
            prompts.reload();
            assertThat(refused()).isEqualTo("1");
            declare("one");
            prompts.reload();
            assertThat(refused()).isEqualTo("0");
        }
    }

    private String refused() {
        Matcher gauge = Pattern.compile("gpt_broker_degraded\\{what=\"prompts\",?} (\\d)")
                .matcher(new Scrape(meters).text());
        assertThat(gauge.find()).isTrue();
        return gauge.group(1);
    }

    @Test
    void aBadFileAtStartIsToldToTheCaller() throws IOException {
        declare("Wrong Name");
        assertThatThrownBy(() -> new LivePrompts(file, meters))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("PROMPTS_FILE line 2");
    }
}
