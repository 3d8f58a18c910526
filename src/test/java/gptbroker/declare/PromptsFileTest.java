package gptbroker.declare;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.config.ConfigException;
import gptbroker.declare.Declaration.Form;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What a file of prompts may say, and how its mistakes are told. */
class PromptsFileTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A file without mistakes; its last line is 13. */
    private static final String GOOD = """
            prompts:
              - name: greet
                model: gpt-4o
                messages:
                  - role: system
                    content: Greet {{who}}.
                input:
                  type: object
                  required: [who]
                  properties:
                    who: {type: string}
                answer: text
                units: 3
            """;

    private static Declaration only(String yaml) {
        Map<String, Declaration> prompts = PromptsFile.parse(yaml.getBytes(UTF_8));
        assertThat(prompts).hasSize(1);
        return prompts.values().iterator().next();
    }

    private static List<String> mistakes(String yaml) {
        var wrong = catchThrowableOfType(ConfigException.class, () -> PromptsFile.parse(yaml.getBytes(UTF_8)));
        assertThat(wrong).as("has mistakes").isNotNull();
        return wrong.mistakes();
    }

    private static JsonNode json(String text) throws Exception {
        return JSON.readTree(text);
    }

    @Test
    void theExampleIsGood() {
        Map<String, Declaration> prompts = PromptsFile.read(Path.of("env", "prompts.example.yaml"));
        assertThat(prompts.keySet())
                .containsExactlyInAnyOrder("summarise", "title", "extract-contact", "chat", "ideas");
        assertThat(prompts.values().stream().map(Declaration::form))
                .containsExactlyInAnyOrder(Form.TEXT, Form.JSON, Form.MODEL_JSON, Form.SSE, Form.NDJSON);
        assertThat(prompts.get("extract-contact").units()).isEqualTo(3);
        assertThat(prompts.get("chat").drain()).isTrue();
        assertThat(prompts.get("summarise").temperature()).hasValue(0.2);
        assertThat(prompts.get("summarise").maxTokens()).hasValue(400);
        assertThat(prompts.get("title").cache()).hasValue(new Declaration.Cache(false, Duration.ofHours(1)));
    }

    @Test
    void valuesAreTextAndNeverTemplates() throws Exception {
        PromptTemplate content = only(GOOD).messages().getFirst().content();
        assertThat(content.render(json("{\"who\":\"{{who}} <b>&amp;{{{x}}}\"}")))
                .isEqualTo("Greet {{who}} <b>&amp;{{{x}}}.");
    }

    @Test
    void sectionsListsAndNumbers() throws Exception {
        PromptTemplate chat = PromptsFile.read(Path.of("env", "prompts.example.yaml"))
                .get("chat")
                .messages()
                .getFirst()
                .content();
        assertThat(chat.render(json("{\"question\":\"?\",\"cart\":[{\"name\":\"hat\",\"count\":2}]}")))
                .contains("In the cart: 2 x hat");
        assertThat(chat.render(json("{\"question\":\"?\"}"))).doesNotContain("cart");
        assertThat(PromptTemplate.compile("{{a}} {{b}} {{c}}").render(json("{\"a\":1.50,\"b\":true,\"c\":[1,\"x\"]}")))
                .isEqualTo("1.5 true [1,\"x\"]");
    }

    @Test
    void onlyTheInputsFieldsAreReached() throws Exception {
        for (String template : List.of("{{a.class}}", "{{a.length}}", "{{b}}", "{{getClass}}", "{{n}}")) {
            PromptTemplate compiled = PromptTemplate.compile(template);
            assertThatThrownBy(() -> compiled.render(json("{\"a\":\"text\",\"n\":null}")))
                    .as(template)
                    .isInstanceOf(MissingVariable.class);
        }
    }

    @Test
    void failuresNameFieldsAndNoValues() throws Exception {
        InputSchema input = only(GOOD.replace("required: [who]", "required: [who]\n      additionalProperties: false"))
                .input();
        assertThat(input.failures(json("{\"who\":\"me\"}"))).isEmpty();
        assertThat(input.failures(json("{}"))).containsExactly("/who");
        assertThat(input.failures(json("{\"who\":12345}"))).containsExactly("/who");
        assertThat(input.failures(json("{\"who\":\"me\",\"a/b\":\"value\"}"))).containsExactly("/a~1b");
        assertThat(input.failures(json("[]"))).containsExactly("/");
    }

    @Test
    void definitionsBelongToTheirOwnSchema() throws Exception {
        String yaml = GOOD.replace("{type: string}", "{$ref: '#/$defs/w'}")
                .replace("    answer: text\n", "      $defs: {w: {const: first}}\n    answer: text\n");
        String other = yaml.replace("prompts:\n", "")
                .replace("name: greet", "name: other")
                .replace("first", "second");
        Map<String, Declaration> prompts = PromptsFile.parse((yaml + other).getBytes(UTF_8));
        assertThat(prompts.get("greet").input().failures(json("{\"who\":\"first\"}")))
                .isEmpty();
        assertThat(prompts.get("other").input().failures(json("{\"who\":\"second\"}")))
                .isEmpty();
        assertThat(prompts.get("other").input().failures(json("{\"who\":\"first\"}")))
                .containsExactly("/who");
    }

    private record Case(String from, String to, String mistake) {}

    @TestFactory
    Stream<DynamicTest> everyMistakeIsToldWithItsLine() {
        return Stream.of(
                        new Case("name: greet", "name: Greet Me", "line 2: 'name' is wrong"),
                        new Case("name: greet", "nam: greet", "line 2: a prompt has no 'name'"),
                        new Case("name: greet", "nam: greet", "line 2: a prompt has an unknown field 'nam'"),
                        new Case("model: gpt-4o", "model: 4", "line 3: 'model' is wrong"),
                        new Case("    messages:", "    messages: hello\n    ignored:", "line 4: 'messages' is wrong"),
                        new Case("role: system", "role: root", "line 5: 'role' is wrong"),
                        new Case("content: Greet {{who}}.", "content: ''", "line 6: 'content' is wrong"),
                        new Case("{{who}}.", "{{#who}}.", "line 6: 'content' has a tag"),
                        new Case("{{who}}.", "{{who.", "line 6: 'content' has a tag"),
                        new Case("{{who}}.", "{{who}}{{>file}}", "line 6: 'content' has a tag"),
                        new Case("{{who}}.", "{{whom}}.", "line 6: {{whom}} is not among the properties"),
                        new Case("{{who}}.", "{{#x}}{{who}}{{/x}}", "line 6: {{#x}} is not among the properties"),
                        new Case("required: [who]", "required: []", "line 6: {{who}} is not required"),
                        new Case("type: object", "type: array", "line 8: 'input' has another type"),
                        new Case("{type: string}", "{type: sting}", "line 11: 'input' is no JSON Schema"),
                        new Case("{type: string}", "{pattern: '('}", "line 11: 'input' is no JSON Schema"),
                        new Case("{type: string}", "{$ref: '#/$defs/none'}", "line 8: 'input' has a $ref"),
                        new Case("{type: string}", "{$ref: 'http://x.test/'}", "line 11: '$ref' leads out"),
                        new Case("{type: string}", "{type: string, type: number}", "line 11: 'type' is given twice"),
                        new Case("{type: string}", "{const: .inf}", "line 11: this is nothing that JSON can say"),
                        new Case("answer: text", "answer: xml", "line 12: 'answer' is wrong"),
                        new Case("answer: text", "json: model\n    answer: text", "line 12: 'json' is only for"),
                        new Case("answer: text", "json: model", "line 12: json: model needs the word JSON"),
                        new Case("answer: text", "on_disconnect: cancel", "line 12: on_disconnect: cancel is only"),
                        new Case("answer: text", "on_disconnect: stay", "line 12: 'on_disconnect' is wrong"),
                        new Case("units: 3", "units: 0", "line 13: 'units' is wrong"),
                        new Case("units: 3", "units: 1.5", "line 13: 'units' is wrong"),
                        new Case("units: 3", "units: 3\n    units: 4", "line 14: 'units' is given twice"),
                        new Case("units: 3", "temperature: 3", "line 13: 'temperature' is wrong"),
                        new Case("units: 3", "max_tokens: many", "line 13: 'max_tokens' is wrong"),
                        new Case("units: 3", "cache: {scope: all, ttl: 1h}", "line 13: 'scope' is wrong"),
                        new Case("units: 3", "cache: {ttl: 1 hour}", "line 13: 'ttl' is wrong"),
                        new Case("units: 3", "cache: {}", "line 13: 'cache' has no 'ttl'"),
                        new Case("units: 3", "units: 3: 4", "line 13: no YAML"),
                        new Case("units: 3", "units: *three", "line 13: no YAML"),
                        new Case("units: 3", "units: !!java.net.URL {}", "line 13: 'units' is wrong"),
                        new Case("prompts:", "prompt:", "line 1: the file has no 'prompts'"))
                .map(wrong -> DynamicTest.dynamicTest(wrong.to, () -> {
                    assertThat(GOOD).contains(wrong.from);
                    List<String> told = mistakes(GOOD.replace(wrong.from, wrong.to));
                    assertThat(told).anyMatch(mistake -> mistake.startsWith("PROMPTS_FILE " + wrong.mistake));
                    assertThat(told.toString()).doesNotContain("Greet");
                }));
    }

    @Test
    void allMistakesAreToldAtOnce() {
        assertThat(mistakes(GOOD.replace("name: greet", "name: Greet")
                        .replace("units: 3", "units: -1")
                        .replace("{{who}}", "{{whom}}")))
                .hasSize(3)
                .extracting(mistake -> mistake.split(":")[0])
                .containsExactly("PROMPTS_FILE line 2", "PROMPTS_FILE line 6", "PROMPTS_FILE line 13");
    }

    @Test
    void aNameIsGivenOnce() {
        assertThat(mistakes(GOOD + GOOD.replace("prompts:\n", "")))
                .containsExactly("PROMPTS_FILE line 14: the name 'greet' is taken by another prompt");
    }

    @Test
    void hostileFilesEnd() {
        assertThat(mistakes(""))
                .containsExactly("PROMPTS_FILE line 1: the file is empty; expected a list under 'prompts'");
        assertThat(mistakes("prompts: []\n---\nprompts: []")).first().asString().contains("no YAML");
        assertThat(mistakes("a: &a [*a]\nprompts: []")).isNotEmpty();
        assertThat(mistakes(GOOD.replace("{type: string}", "&x {items: *x}"))).isNotEmpty();
        assertThatThrownBy(() -> PromptsFile.parse(new byte[] {'a', (byte) 0xff}))
                .hasMessageContaining("not UTF-8");
        assertThatThrownBy(() -> PromptsFile.read(Path.of("no", "such.yaml")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("cannot be read");
    }
}
