package gptbroker.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Command lines of READMEs, run by the real curl. */
public final class Curl {
    /** What came back: the last answer's status, its header lines, its body. */
    public record Answer(int status, List<String> head, String body) {
        /** The first value of a header. */
        public Optional<String> header(String name) {
            String start = name.toLowerCase(Locale.ROOT) + ":";
            return head.stream()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(start))
                    .map(line -> line.substring(start.length()).strip())
                    .findFirst();
        }
    }

    private Curl() {}

    /** Runs curl with these arguments; skips the test where there is no curl. */
    public static Answer run(String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("curl", "-s", "-i", "--max-time", "60", "--noproxy", "*"));
        command.addAll(List.of(arguments));
        Process process = start(command);
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(70, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(text).isZero();
        int end = text.indexOf("\r\n\r\n");
        List<String> head = text.substring(0, end).lines().toList();
        return new Answer(
                Integer.parseInt(head.getFirst().split(" ")[1]), head.subList(1, head.size()), text.substring(end + 4));
    }

    private static Process start(List<String> command) {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException absent) {
            return Assumptions.abort("curl is not on the PATH; scripts/test installs it");
        }
    }
}
