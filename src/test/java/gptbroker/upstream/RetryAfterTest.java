package gptbroker.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RetryAfterTest {
    private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "1, PT1S, PT1S",
                "3600, PT1H, PT2M",
                "1000000000, PT1000000000S, PT2M",
                "0, PT0S, PT1S",
                "1.5, PT1.5S, PT1.5S",
                "-1, -, PT5S",
                "abc, -, PT5S",
                "99999999999999999999, -, PT5S",
                "1e9, -, PT5S",
                "'', -, PT5S",
                "-, -, PT5S",
                "'Fri, 20 Nov 2026 12:00:30 GMT', PT30S, PT30S",
                "'Fri, 20 Nov 2020 12:00:30 GMT', PT0S, PT1S",
                "'Fri, 99 Nov 2026 12:00:30 GMT', -, PT5S",
            })
    void takesWhatIsSane(String value, String parsed, String told) {
        Optional<Duration> said = RetryAfter.parse(value, NOW);
        assertThat(said).isEqualTo(Optional.ofNullable(parsed).map(Duration::parse));
        assertThat(RetryAfter.forClient(said)).isEqualTo(Duration.parse(told));
    }
}
