package gptbroker.declare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import gptbroker.config.Durations;
import gptbroker.declare.Declaration.Cache;
import gptbroker.declare.Declaration.Form;
import gptbroker.declare.Declaration.Message;
import gptbroker.yaml.Fields;
import gptbroker.yaml.Mistakes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads one item of {@code prompts}. */
final class DeclarationReader {
    private static final Set<String> FIELDS = Set.of(
            "name",
            "model",
            "messages",
            "input",
            "temperature",
            "max_tokens",
            "answer",
            "json",
            "units",
            "on_disconnect",
            "cache");
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9_-]{0,62}[a-z0-9])?");
    private static final Pattern MODEL = Pattern.compile("[!-~]{1,128}");
    private static final Pattern ROLE = Pattern.compile("system|developer|user|assistant");
    private static final Pattern CONTENT = Pattern.compile(".*\\S.*", Pattern.DOTALL);
    private static final Pattern FORM = Pattern.compile("text|json|sse|ndjson");
    private static final Pattern JSON = Pattern.compile("message|model");
    private static final Pattern LEAVING = Pattern.compile("drain|cancel");
    private static final Pattern SCOPE = Pattern.compile("caller|shared");
    private static final Pattern ANY = Pattern.compile(".*", Pattern.DOTALL);
    private static final int MOST_TOKENS = 1_000_000;
    private static final int MOST_UNITS = 1_000;
    private static final double HOTTEST = 2;
    private static final Duration LONGEST = Duration.ofDays(30);

    private final Mistakes mistakes;
    private final Fields fields;

    DeclarationReader(Node node, Mistakes mistakes) {
        this.mistakes = mistakes;
        this.fields = Fields.of(node, "a prompt", FIELDS, mistakes);
    }

    /** Of use only when there were no mistakes. */
    Declaration read() {
        String name = fields.matching(
                        fields.required("name"), "name", NAME, "lower case letters, digits, - and _, at most 64")
                .orElse("");
        String model = fields.matching(fields.required("model"), "model", MODEL, "the name of a model")
                .orElse("");
        List<Message> messages = messages();
        Optional<InputSchema> input = input();
        input.ifPresent(schema -> fields.get("messages").ifPresent(node -> checkVariables(node, messages, schema)));
        Form form = form(messages);
        return new Declaration(
                name,
                model,
                messages,
                input.orElseGet(() -> InputSchema.of(nothing())),
                fields.number("temperature", 0, HOTTEST),
                fields.whole("max_tokens", 1, MOST_TOKENS),
                form,
                fields.whole("units", 1, MOST_UNITS).orElse(1),
                drain(form),
                fields.get("cache").map(this::cache));
    }

    private List<Message> messages() {
        Optional<Node> node = fields.required("messages");
        if (node.isEmpty()) {
            return List.of();
        }
        if (!(node.get() instanceof SequenceNode sequence)
                || sequence.getValue().isEmpty()) {
            mistakes.add(node.get(), "'messages' is wrong; expected a list of at least one message");
            return List.of();
        }
        List<Message> messages = new ArrayList<>();
        sequence.getValue().forEach(item -> message(item).ifPresent(messages::add));
        return messages;
    }

    private Optional<Message> message(Node node) {
        Fields message = Fields.of(node, "a message", Set.of("role", "content"), mistakes);
        Optional<String> role =
                message.matching(message.required("role"), "role", ROLE, "system, developer, user or assistant");
        Optional<Node> content = message.required("content");
        Optional<String> text = message.matching(content, "content", CONTENT, "text that is not empty");
        if (role.isEmpty() || text.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Message(role.get(), PromptTemplate.compile(text.get())));
        } catch (MalformedTemplate malformed) {
            mistakes.add(
                    content.orElseThrow(),
                    "'content' has a tag that is not closed, not opened or not supported; expected {{name}},"
                            + " {{#name}}…{{/name}} or {{^name}}…{{/name}}");
            return Optional.empty();
        }
    }

    /** Empty, with mistakes, when it is none. */
    private Optional<InputSchema> input() {
        Optional<Node> node = fields.get("input");
        Mistakes own = mistakes.own();
        JsonNode source = node.map(new YamlJson(own)::convert).orElseGet(DeclarationReader::nothing);
        node.filter(given -> !source.path("type").asText().equals("object"))
                .ifPresent(given -> own.add(given, "'input' has another type; expected a schema of type: object"));
        InputSchema.mistakes(source)
                .forEach(path -> own.add(
                        YamlJson.at(node.orElseThrow(), path), "'input' is no JSON Schema (2020-12) at " + path));
        Optional<InputSchema> schema = Optional.empty();
        // One with a mistake could make the validator look elsewhere.
        if (own.isEmpty()) {
            try {
                schema = Optional.of(InputSchema.of(source));
            } catch (RuntimeException unusable) {
                own.add(
                        node.orElse(fields.node()),
                        "'input' has a $ref that leads nowhere or a pattern that is no regular expression");
            }
        }
        mistakes.addAll(own);
        return schema;
    }

    /** Without a schema nothing may be sent. */
    private static JsonNode nothing() {
        return JsonNodeFactory.instance.objectNode().put("type", "object").put("additionalProperties", false);
    }

    private void checkVariables(Node node, List<Message> messages, InputSchema input) {
        int items = node instanceof SequenceNode sequence ? sequence.getValue().size() : 0;
        if (messages.size() != items) {
            return; // some are no messages, so the others' places are not theirs
        }
        for (int i = 0; i < items; i++) {
            PromptTemplate content = messages.get(i).content();
            Node where = YamlJson.at(node, "/" + i + "/content");
            for (String name : content.sections()) {
                if (!input.knows(name)) {
                    mistakes.add(where, "{{#" + name + "}} is not among the properties of 'input'");
                }
            }
            for (String name : content.variables()) {
                if (!input.knows(name)) {
                    mistakes.add(where, "{{" + name + "}} is not among the properties of 'input'");
                } else if (!input.required().contains(name)) {
                    mistakes.add(
                            where,
                            "{{" + name + "}} is not required by 'input'; expected it there, or inside of {{#" + name
                                    + "}}…{{/" + name + "}}");
                }
            }
        }
    }

    private Form form(List<Message> messages) {
        String form = fields.matching(fields.get("answer"), "answer", FORM, "text, json, sse or ndjson")
                .orElse("json");
        Optional<Node> node = fields.get("json");
        boolean model = fields.matching(node, "json", JSON, "message or model")
                .filter("model"::equals)
                .isPresent();
        if (node.isPresent() && !form.equals("json")) {
            mistakes.add(node.get(), "'json' is only for answer: json");
        }
        if (model && messages.stream().noneMatch(message -> message.content().mentions("json"))) {
            mistakes.add(
                    node.orElseThrow(),
                    "json: model needs the word JSON in a message; providers refuse the call otherwise");
        }
        return model && form.equals("json") ? Form.MODEL_JSON : Form.valueOf(form.toUpperCase(Locale.ROOT));
    }

    private boolean drain(Form form) {
        Optional<Node> node = fields.get("on_disconnect");
        String leaving = fields.matching(node, "on_disconnect", LEAVING, "drain or cancel")
                .orElse("");
        if (leaving.equals("cancel") && !form.isStream()) {
            mistakes.add(
                    node.orElseThrow(),
                    "on_disconnect: cancel is only for answer: sse or ndjson; a whole answer is always read to its end");
        }
        return leaving.equals("drain");
    }

    private Cache cache(Node node) {
        Fields cache = Fields.of(node, "'cache'", Set.of("scope", "ttl"), mistakes);
        boolean shared = cache.matching(cache.get("scope"), "scope", SCOPE, "caller or shared")
                .filter("shared"::equals)
                .isPresent();
        Optional<Node> field = cache.required("ttl");
        String expected = "a time from 1s to 30d with its unit, as in 90s, 5m, 1h";
        Duration ttl = cache.matching(field, "ttl", ANY, expected)
                .map(text -> duration(text, field.orElseThrow(), expected))
                .orElse(Duration.ZERO);
        return new Cache(shared, ttl);
    }

    private Duration duration(String text, Node node, String expected) {
        return Durations.parse(text)
                .filter(ttl -> ttl.toSeconds() >= 1 && ttl.compareTo(LONGEST) <= 0)
                .orElseGet(() -> {
                    mistakes.add(node, "'ttl' is wrong; expected " + expected);
                    return Duration.ZERO;
                });
    }
}
