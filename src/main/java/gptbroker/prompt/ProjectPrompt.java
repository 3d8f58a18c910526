package gptbroker.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.declare.MissingVariable;
import gptbroker.declare.PromptTemplate;
import gptbroker.http.Exchange;
import gptbroker.project.ProjectSettings;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The question of a backend project: {@code {"content":"…","variables"?:{…}}}, or a form with the
 * same fields, the variables spelled out as JSON. The content is the user's message, the variables go into the project's system prompt.
 */
record ProjectPrompt(ProjectSettings project) implements PromptParser {
    private static final String CONTENT = "content";
    private static final String VARIABLES = "variables";

    @Override
    public Prompt parse(Exchange exchange) {
        Optional<Map<String, List<String>>> form = PromptBody.form(exchange);
        JsonNode body = form.isPresent() ? ofForm(form.get()) : DeclaredPrompt.input(PromptBody.json(exchange));
        String messages = "["
                + project.systemPrompt()
                        .map(prompt -> message("system", rendered(prompt, variables(body))) + ",")
                        .orElse("")
                + message("user", content(body)) + "]";
        return new Prompt(
                project.model(),
                messages.getBytes(StandardCharsets.UTF_8),
                project.temperature(),
                project.maxTokens(),
                false,
                messages);
    }

    /** A form's values are texts; variables are spelled out as JSON. */
    private static JsonNode ofForm(Map<String, List<String>> form) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        PromptBody.field(form, CONTENT).ifPresent(content -> body.put(CONTENT, content));
        PromptBody.field(form, VARIABLES).ifPresent(variables -> body.set(VARIABLES, DeclaredPrompt.input(variables)));
        return body;
    }

    private static String content(JsonNode body) {
        JsonNode content = body.path(CONTENT);
        if (!content.isTextual() || content.textValue().isBlank()) {
            throw DeclaredPrompt.refused(List.of("/" + CONTENT));
        }
        return content.textValue();
    }

    private static JsonNode variables(JsonNode body) {
        JsonNode variables = body.path(VARIABLES);
        if (variables.isMissingNode() || variables.isNull()) {
            return JsonNodeFactory.instance.objectNode();
        }
        if (!variables.isObject()) {
            throw DeclaredPrompt.refused(List.of("/" + VARIABLES));
        }
        return variables;
    }

    private static String rendered(PromptTemplate prompt, JsonNode variables) {
        try {
            return prompt.render(variables);
        } catch (MissingVariable missing) {
            throw DeclaredPrompt.refused(
                    List.of("/" + VARIABLES + "/" + missing.name().replace('.', '/')));
        }
    }

    private static String message(String role, String content) {
        return "{\"role\":\"" + role + "\",\"content\":" + JsonText.quote(content) + "}";
    }
}
