package gptbroker.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** What no client should send: for one operation of an OpenAPI document, all that its parameters and its body can be. */
final class Nonsense {
    private static final String JSON = "application/json";
    private static final String FORM = "application/x-www-form-urlencoded";

    /** Values of a path segment or a query parameter, encoded already. */
    private static final List<String> WORDS = List.of(
            "x",
            "0",
            "-1",
            "99999999999999999999",
            "1e400",
            "true",
            "null",
            "%00",
            "%ff%fe",
            "%ed%a0%80",
            "%0d%0aX-Injected:%20x",
            "..%2f..%2fetc",
            "'%22%3b--",
            "%f0%9f%92%a9",
            "00000000-0000-0000-0000-000000000000",
            "01926d3c-0000-7000-8000-000000000000",
            "0-0",
            "a".repeat(3_000));

    /** Values of a field, as JSON. */
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "0",
            "-1",
            "1.5",
            "1e400",
            "99999999999999999999999",
            "\"\"",
            "\" \"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"\\u202e\\ufeff\"",
            "\"' or 1=1 --\"",
            "\"../../etc\"",
            "\"00000000-0000-0000-0000-000000000000\"",
            "\"" + "a".repeat(20_000) + "\"",
            "[]",
            "[null]",
            "[[[]]]",
            "[\"x\",1]",
            "{}",
            "{\"a\":{}}",
            "[{\"role\":1,\"content\":{}}]",
            "[{\"role\":\"user\"}]");

    private static final List<String> BODIES = List.of(
            "",
            " ",
            "{",
            "}",
            "null",
            "0",
            "\"x\"",
            "[]",
            "[1]",
            "{}",
            "{\"\":0}",
            "{\"a\":1,\"a\":2}",
            "{\"a\":NaN}",
            "{\"a\":1} x",
            "\ufeff{}",
            "a=%zz&b",
            "=&=&&",
            "[".repeat(50_000),
            "{\"a\":".repeat(5_000));

    private Nonsense() {}

    /** A request: the path with its query, and a body of a content type, both empty when there is none. */
    record Ask(String target, String contentType, String body) {}

    /**
     * All requests for an operation, with one thing wrong in most of them.
     *
     * @param usual what is right for a field, as JSON
     */
    static List<Ask> of(String path, JsonNode operation, UnaryOperator<String> usual) {
        var asks = new ArrayList<Ask>();
        for (String word : WORDS) {
            targets(path, operation, word).forEach(target -> asks.add(new Ask(target, "", "")));
        }
        String target = segments(path, "x");
        JsonNode content = operation.at("/requestBody/content");
        if (content.isObject()) {
            bodies(content, usual).forEach(body -> asks.add(new Ask(target, body.getValue(), body.getKey())));
            BODIES.forEach(body -> asks.add(new Ask(target, "text/plain", body)));
            asks.add(new Ask(target, "///", "{}"));
            asks.add(new Ask(target, JSON + "; charset=utf-16", "{}"));
        }
        return asks;
    }

    private static Stream<String> targets(String path, JsonNode operation, String word) {
        Stream<String> ofQuery = StreamSupport.stream(
                        operation.path("parameters").spliterator(), false)
                .filter(parameter -> parameter.path("in").asText().equals("query"))
                .map(parameter -> parameter.path("name").textValue())
                .flatMap(name -> Stream.of(name + "=" + word, name + "=" + word + "&" + name + "=" + word))
                .map(query -> segments(path, "x") + "?" + query);
        return Stream.concat(Stream.of(segments(path, word), segments(path, "x") + "?" + word), ofQuery);
    }

    private static String segments(String path, String word) {
        return path.replaceAll("\\{[^}]+}", word.replace("$", "\\$"));
    }

    /** Bodies with their content types. */
    private static Stream<Map.Entry<String, String>> bodies(JsonNode content, UnaryOperator<String> usual) {
        var bodies = new ArrayList<Map.Entry<String, String>>();
        BODIES.forEach(body -> {
            bodies.add(Map.entry(body, JSON));
            bodies.add(Map.entry(body, FORM));
        });
        List<String> names = new ArrayList<>();
        content.path(JSON).at("/schema/properties").fieldNames().forEachRemaining(names::add);
        for (String name : names) {
            for (String value : VALUES) {
                bodies.add(Map.entry(object(names, name, value, usual), JSON));
                if (content.has(FORM)) {
                    bodies.add(Map.entry(form(names, name, value, usual), FORM));
                }
            }
        }
        return bodies.stream();
    }

    private static String object(List<String> names, String odd, String value, UnaryOperator<String> usual) {
        return names.stream()
                .map(name -> "\"" + name + "\":" + (name.equals(odd) ? value : usual.apply(name)))
                .collect(Collectors.joining(",", "{", "}"));
    }

    private static String form(List<String> names, String odd, String value, UnaryOperator<String> usual) {
        return names.stream()
                .map(name -> name + "=" + encoded(name.equals(odd) ? value : usual.apply(name)))
                .collect(Collectors.joining("&"));
    }

    /** A form's value: a JSON string without its quotes, anything else as it is. */
    private static String encoded(String json) {
        String text = json.startsWith("\"") ? json.substring(1, json.length() - 1) : json;
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
