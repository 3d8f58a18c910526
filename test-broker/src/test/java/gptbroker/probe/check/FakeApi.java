package gptbroker.probe.check;

import gptbroker.probe.check.FakeRules.Refused;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the {@link FakeBroker} has beside its five endpoints: {@code /me}, {@code /v1}, prompts, the operator's routes. */
record FakeApi(Set<Fault> faults, long remaining) {
    private static final String JSON = "application/json; charset=utf-8";
    private static final String UNKNOWN = "{\"error\":\"Endpoint not found\"}";

    /** @param costs whether it takes a unit */
    record Answer(int status, String code, String type, String body, boolean costs) {}

    static boolean serves(String path) {
        return path.equals("/me")
                || path.startsWith("/me/")
                || path.startsWith("/v1/")
                || path.startsWith("/prompts/")
                || path.startsWith("/functions/v1/")
                || isOperators(path);
    }

    static boolean isOperators(String path) {
        return Set.of("/openapi.json", "/admin/status").contains(path);
    }

    static String operators(String path) {
        return path.equals("/openapi.json") ? "{\"openapi\":\"3.1.0\"}" : "{}";
    }

    /** The same refusal in the words of the path's dialect. */
    Refused refusal(String path, Refused refused) {
        if (!path.startsWith("/v1/") || faults.contains(Fault.NO_ENVELOPE)) {
            return refused;
        }
        return new Refused(refused.status(), refused.code(), envelope("invalid_api_key"));
    }

    private static String envelope(String code) {
        return "{\"error\":{\"message\":\"no\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"" + code
                + "\"}}";
    }

    Answer answer(String path, @Nullable String query, String body) {
        String rest = query == null ? "" : query.toLowerCase(Locale.ROOT);
        return switch (path) {
            case "/me" ->
                free("{\"id\":\"11111111-2222-4333-8444-555555555555\",\"tier\":\"default\",\"anonymous\":false,"
                        + "\"expires_at\":\"2030-01-01T00:00:00Z\"}");
            case "/me/limits" -> {
                long told = faults.contains(Fault.ME_DISAGREES) ? remaining + 1 : remaining;
                yield free("{\"day\":{\"limit\":50,\"remaining\":" + told + "},\"minute\":null}");
            }
            case "/me/usage" ->
                rest.equals("days=0") ? parameter() : free("{\"from\":\"2026-01-01\",\"days\":[{\"calls\":3}]}");
            case "/me/history" ->
                rest.equals("before=x") ? parameter() : free("{\"exchanges\":[{\"id\":\"x\"}],\"next\":null}");
            case "/me/export" -> new Answer(200, "", "application/x-ndjson; charset=utf-8", "{}\n", false);
            case "/v1/chat/completions" -> chat(body);
            case "/v1/models" -> paid(JSON, "{\"data\":[{\"id\":\"gpt-4o\"}]}");
            case "/v1/embeddings" -> paid(JSON, "{\"data\":[{\"embedding\":[0.5]}]}");
            case "/prompts/declared", "/functions/v1/declared" ->
                body.equals("{\"text\":\"x\"}") ? paid(JSON, "{\"message\":\"hi\"}") : parameter();
            default -> new Answer(404, "not_found", JSON, UNKNOWN, false);
        };
    }

    private Answer chat(String body) {
        if (!body.endsWith("}")) {
            return new Answer(400, "invalid_json", JSON, envelope("invalid_json"), false);
        }
        if (!body.contains("\"stream\":true")) {
            return paid(JSON, "{\"choices\":[{\"message\":{\"content\":\"hi\"}}]}");
        }
        String usage = faults.contains(Fault.USAGE_SHOWN) ? "data: {\"choices\":[],\"usage\":{}}\n\n" : "";
        return paid(
                "text/event-stream; charset=utf-8",
                "data: {\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}\n\n" + usage + "data: [DONE]\n\n");
    }

    private Answer free(String body) {
        return new Answer(200, "", JSON, body, faults.contains(Fault.ME_COSTS));
    }

    private static Answer paid(String type, String body) {
        return new Answer(200, "", type, body, true);
    }

    private static Answer parameter() {
        return new Answer(400, "parameter_invalid", JSON, "{\"error\":\"no\",\"message\":null}", false);
    }
}
