package gptbroker.upstream;

import static gptbroker.testing.FakeProvider.answer;
import static gptbroker.testing.FakeProvider.completion;
import static gptbroker.testing.FakeProvider.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import gptbroker.config.BrokerConfig;
import gptbroker.problem.Problem;
import gptbroker.testing.FakeProvider;
import java.io.IOException;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Whatever an operator sets the log to: no key, no prompt, no answer, no proxy password. */
final class SilentLogTest {
    private final Logger helidon = (Logger) LoggerFactory.getLogger("io.helidon");

    @Test
    void neitherKeyNorContentAreLoggedAtTrace() throws IOException {
        Level usual = helidon.getLevel();
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        helidon.addAppender(log);
        helidon.setAdditive(false);
        helidon.setLevel(Level.TRACE);
        try (FakeProvider provider = new FakeProvider((request, wire) -> wire.send(json(completion("the-answer"))))) {
            ask(Configs.config(provider.uri()));
            ask(Configs.through(Configs.config(URI.create("http://h.invalid")), proxy(provider)));
            provider.script((request, wire) -> wire.send(answer(407, "", "")));
            ask(Configs.through(Configs.config(URI.create("https://h.invalid")), proxy(provider)));
            assertThat(provider.requests()).hasSize(4); // two of them for tunnels
        } finally {
            helidon.setLevel(usual);
            helidon.setAdditive(true);
            helidon.detachAppender(log);
        }
        List<String> lines = new ArrayList<>();
        List.copyOf(log.list).forEach(event -> lines.add(event.getFormattedMessage()));
        assertThat(String.join("\n", lines))
                .doesNotContain(Configs.KEY, "héllo", "the-answer", "proxy-canary", "dXNlcjpwcm94eS1jYW5hcnk=");
    }

    private static String proxy(FakeProvider provider) {
        return "http://user:proxy-canary@127.0.0.1:" + provider.port();
    }

    private static void ask(BrokerConfig.Upstream config) {
        try (OpenAi openAi = OpenAi.provider(config, System::nanoTime, InstantSource.system())) {
            catchThrowableOfType(Problem.class, () -> openAi.complete(Configs.call()));
        }
    }
}
