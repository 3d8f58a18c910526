package gptbroker.probe.load;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code 500ms}, {@code 10s}, {@code 5m}. */
final class SpanConverter implements ITypeConverter<Duration> {
    private static final Pattern SPAN = Pattern.compile("(\\d{1,9})(ms|s|m)");

    @Override
    public Duration convert(String value) {
        Matcher span = SPAN.matcher(value);
        if (!span.matches()) {
            throw new TypeConversionException("'" + value + "' is not a time such as 500ms, 10s or 5m");
        }
        long number = Long.parseLong(span.group(1));
        return switch (span.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            default -> Duration.ofMinutes(number);
        };
    }
}
