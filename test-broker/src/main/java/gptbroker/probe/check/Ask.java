package gptbroker.probe.check;

import gptbroker.probe.tenant.Secret;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One request, before it is sent.
 *
 * @param target path and query, as they go over the wire
 * @param chunked whether the body goes without a Content-Length
 */
record Ask(String method, String target, Map<String, String> headers, Optional<String> body, boolean chunked) {
    Ask {
        headers = Map.copyOf(headers);
    }

    static Ask of(String method, String target) {
        return new Ask(method, target, Map.of(), Optional.empty(), false);
    }

    static Ask get(String target) {
        return of("GET", target);
    }

    static Ask post(String target, String json) {
        return withJson("POST", target, json);
    }

    static Ask withJson(String method, String target, String json) {
        return new Ask(method, target, Map.of("Content-Type", "application/json"), Optional.of(json), false);
    }

    Ask with(String header, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(header, value);
        return new Ask(method, target, more, body, chunked);
    }

    Ask bearer(Secret token) {
        return with("Authorization", "Bearer " + token.value());
    }

    Ask inChunks() {
        return new Ask(method, target, headers, body, true);
    }

    byte[] bytes() {
        return body.orElse("").getBytes(StandardCharsets.UTF_8);
    }

    /** What it is called in a report: no headers, no body, no query. */
    String label() {
        return method + " " + target.replaceFirst("\\?.*", "");
    }
}
