package gptbroker.http;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** Typed query parameters: each at most once, else 400 {@code parameter_invalid}. */
public final class Parameters {
    private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");
    private static final Pattern ID = Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");

    private Parameters() {}

    /** A parameter as it came; an empty one is not valid, nor one with U+0000, which Postgres cannot hold. */
    public static Optional<String> text(Exchange exchange, String name) {
        List<String> values = exchange.query(name);
        if (values.size() > 1 || values.stream().anyMatch(value -> value.isEmpty() || value.indexOf(0) >= 0)) {
            throw invalid(name);
        }
        return values.stream().findFirst();
    }

    /** A whole number from {@code min} to {@code max}. */
    public static int number(Exchange exchange, String name, int min, int max, int fallback) {
        int value = text(exchange, name)
                .map(text -> NUMBER.matcher(text).matches() ? Integer.parseInt(text) : -1)
                .orElse(fallback);
        if (value < min || value > max) {
            throw invalid(name);
        }
        return value;
    }

    /** A UUID in its usual form. */
    public static Optional<UUID> id(Exchange exchange, String name) {
        return text(exchange, name).map(text -> id(name, text));
    }

    /** A UUID that stands in the path. */
    public static UUID pathId(Exchange exchange, String name) {
        return id(name, exchange.pathParameter(name));
    }

    /** A date as {@code 2026-11-20}. */
    public static Optional<LocalDate> date(Exchange exchange, String name) {
        return text(exchange, name).map(text -> {
            try {
                return LocalDate.parse(text);
            } catch (DateTimeParseException e) {
                throw invalid(name);
            }
        });
    }

    /** The refusal of a parameter; its name goes to the log. */
    public static Problem invalid(String name) {
        return Problem.of(ProblemCode.PARAMETER_INVALID, name);
    }

    private static UUID id(String name, String text) {
        if (!ID.matcher(text).matches()) {
            throw invalid(name);
        }
        return UUID.fromString(text);
    }
}
