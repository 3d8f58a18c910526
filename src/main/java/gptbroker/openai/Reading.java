package gptbroker.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.upstream.Usage;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What one JSON document of an answer says, be it a whole answer or the data of an event.
 *
 * @param text the first choice's text in it, may be empty
 * @param content whether it holds anything worth a unit, text or not
 * @param usageOnly whether it is the chunk without choices that tells the usage
 * @param last whether it ends a stream of the responses API
 * @param fit whether nothing in it stands against giving it again: no tool is called, no choice ended but by itself
 */
record Reading(
        String text,
        boolean content,
        boolean usageOnly,
        boolean last,
        boolean fit,
        Optional<Usage> usage,
        Optional<String> finishReason,
        Optional<String> id) {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int LONGEST_WORD = 200;

    /**
     * Reads a document.
     *
     * @throws Problem {@code upstream_failed} when it is no JSON object, or tells an error
     */
    static Reading of(Kind kind, byte[] json, int from, int length) {
        JsonNode root;
        try {
            root = MAPPER.readTree(json, from, length);
        } catch (IOException malformed) {
            throw Problem.of(ProblemCode.UPSTREAM_FAILED, "an answer that is no JSON");
        }
        if (root == null || !root.isObject()) {
            throw Problem.of(ProblemCode.UPSTREAM_FAILED, "an answer that is no JSON object");
        }
        String type = root.path("type").asText("");
        if (!root.path("error").isMissingNode() && !root.path("error").isNull()
                || type.equals("error")
                || type.equals("response.failed")) {
            throw Problem.of(ProblemCode.UPSTREAM_FAILED, "an error in a good answer");
        }
        return switch (kind) {
            case CHAT, COMPLETION -> choices(root);
            case EMBEDDING ->
                new Reading(
                        "", true, false, false, true, usage(root.path("usage"), 0), Optional.empty(), Optional.empty());
            case RESPONSE -> type.isEmpty() ? response(root, false) : event(type, root);
        };
    }

    private static Reading choices(JsonNode root) {
        StringBuilder text = new StringBuilder();
        boolean content = false;
        boolean fit = true;
        Optional<String> finish = Optional.empty();
        JsonNode choices = root.path("choices");
        for (JsonNode choice : choices) {
            JsonNode said = choice.has("delta") ? choice.path("delta") : choice.path("message");
            boolean acts = said.path("tool_calls").size() > 0
                    || said.path("function_call").size() > 0
                    || said.path("audio").size() > 0;
            fit &= !acts && choice.path("finish_reason").asText("stop").equals("stop");
            content |= acts || !said.path("refusal").asText("").isEmpty();
            String words = choice.has("text")
                    ? choice.path("text").asText("")
                    : said.path("content").asText("");
            content |= !words.isEmpty();
            if (choice.path("index").asInt(0) == 0) {
                text.append(words);
                finish = word(choice.path("finish_reason"));
            }
        }
        Optional<Usage> usage = usage(root.path("usage"), -1);
        boolean usageOnly = choices.isArray() && choices.isEmpty() && usage.isPresent();
        return new Reading(text.toString(), content, usageOnly, false, fit, usage, finish, word(root.path("id")));
    }

    private static Reading event(String type, JsonNode root) {
        if (type.equals("response.completed") || type.equals("response.incomplete")) {
            Reading whole = response(root.path("response"), true);
            // Its text has been told in deltas before.
            return new Reading("", whole.content, false, true, false, whole.usage, whole.finishReason, whole.id);
        }
        String delta = root.path("delta").isTextual() ? root.path("delta").textValue() : "";
        String text = type.equals("response.output_text.delta") ? delta : "";
        return new Reading(
                text, !delta.isEmpty(), false, false, false, Optional.empty(), Optional.empty(), Optional.empty());
    }

    private static Reading response(JsonNode root, boolean last) {
        StringBuilder text = new StringBuilder();
        JsonNode output = root.path("output");
        for (JsonNode item : output) {
            for (JsonNode part : item.path("content")) {
                text.append(part.path("text").asText(""));
            }
        }
        return new Reading(
                text.toString(),
                !output.isEmpty(),
                false,
                last,
                false,
                usage(root.path("usage"), -1),
                word(root.path("status")),
                word(root.path("id")));
    }

    /** @param fallback the tokens of an answer that has none; below zero when it must tell them */
    private static Optional<Usage> usage(JsonNode usage, long fallback) {
        long prompt = count(usage, "prompt_tokens", "input_tokens", -1);
        long completion = count(usage, "completion_tokens", "output_tokens", fallback);
        if (prompt < 0 || completion < 0) {
            return Optional.empty();
        }
        return Optional.of(new Usage(
                prompt,
                completion,
                detail(usage, "prompt_tokens_details", "input_tokens_details", "cached_tokens"),
                detail(usage, "completion_tokens_details", "output_tokens_details", "reasoning_tokens")));
    }

    private static OptionalLong detail(JsonNode usage, String place, String newerPlace, String name) {
        JsonNode details = usage.has(place) ? usage.path(place) : usage.path(newerPlace);
        long told = count(details, name, name, -1);
        return told < 0 ? OptionalLong.empty() : OptionalLong.of(told);
    }

    private static long count(JsonNode usage, String name, String newer, long fallback) {
        JsonNode value = usage.has(name) ? usage.path(name) : usage.path(newer);
        boolean told = value.isIntegralNumber() && value.canConvertToLong() && value.longValue() <= Usage.MOST;
        return told ? value.longValue() : fallback;
    }

    private static Optional<String> word(JsonNode value) {
        return Optional.ofNullable(value.textValue()).filter(it -> !it.isEmpty() && it.length() <= LONGEST_WORD);
    }
}
