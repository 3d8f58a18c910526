package gptbroker.openai;

import gptbroker.http.Exchange;
import gptbroker.identity.CredentialForm;
import gptbroker.upstream.RawHeader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Which header lines cross the broker, and which belong to one side of it alone. */
final class RelayHeaders {
    /** Of one connection (RFC 9110 §7.6.1), or written anew on the other. */
    private static final Set<String> HOP_BY_HOP = Set.of(
            "connection",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "content-length",
            "host",
            "expect");
    /** Of the caller and its browser: nothing for a provider to know. */
    private static final Set<String> CALLERS = Set.of(
            "cookie",
            "origin",
            "referer",
            "forwarded",
            "via",
            "x-real-ip",
            "x-request-id",
            "accept-encoding",
            "content-encoding",
            "traceparent",
            "tracestate");
    /** Told to the provider by us, when its key is ours. */
    private static final Set<String> KEYS =
            Set.of("authorization", "api-key", "apikey", "x-api-key", "openai-organization", "openai-project");
    /** Of the provider about its customer, or set by us. */
    private static final Set<String> PROVIDERS = Set.of(
            "content-type",
            "date",
            "server",
            "via",
            "alt-svc",
            "vary",
            "retry-after",
            "cache-control",
            "pragma",
            "age",
            "x-cache",
            "x-cache-timestamp",
            "www-authenticate",
            "strict-transport-security",
            "x-content-type-options",
            "x-request-id",
            "apim-request-id",
            "x-error-code",
            "x-should-retry",
            "openai-organization",
            "openai-project",
            "openai-processing-ms",
            "ratelimit",
            "ratelimit-policy",
            "report-to",
            "nel");

    private RelayHeaders() {}

    /** What goes to the provider. */
    static List<RawHeader> request(Exchange exchange, boolean foreign) {
        Set<String> named = named(exchange.headers("Connection"));
        List<RawHeader> lines = new ArrayList<>();
        exchange.eachHeader((name, value) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            boolean dropped = HOP_BY_HOP.contains(lower)
                    || named.contains(lower)
                    || CALLERS.contains(lower)
                    || lower.startsWith("x-forwarded-")
                    || lower.startsWith("sec-")
                    || lower.startsWith("access-control-")
                    || !foreign && KEYS.contains(lower)
                    // A key of ours beside a foreign bearer: the bearer decides, but ours never travels.
                    || lower.equals("x-api-key") && CredentialForm.of(value.strip()) != CredentialForm.OTHER;
            if (!dropped) {
                lines.add(new RawHeader(name, value));
            }
        });
        return lines;
    }

    /** Writes what goes to the caller; the content type is the answer's own affair. */
    static void respond(Exchange exchange, List<RawHeader> headers, boolean foreign) {
        Set<String> named = named(headers.stream()
                .filter(line -> line.name().equalsIgnoreCase("connection"))
                .map(RawHeader::value)
                .toList());
        for (RawHeader line : headers) {
            String lower = line.name().toLowerCase(Locale.ROOT);
            boolean dropped = HOP_BY_HOP.contains(lower)
                    || named.contains(lower)
                    || PROVIDERS.contains(lower) && !(foreign && lower.equals("retry-after"))
                    || lower.startsWith("access-control-")
                    || lower.startsWith("cf-")
                    || !foreign && (lower.startsWith("x-ratelimit-") || lower.equals("set-cookie"));
            if (!dropped && line.value().chars().allMatch(c -> c >= 0x20 && c != 0x7f && c <= 0xff)) {
                exchange.addHeader(line.name(), line.value());
            }
        }
    }

    /** The first value of a header, or a fallback. */
    static String value(List<RawHeader> headers, String name, String fallback) {
        return headers.stream()
                .filter(line -> line.name().equalsIgnoreCase(name))
                .map(RawHeader::value)
                .findFirst()
                .orElse(fallback);
    }

    /** The headers that {@code Connection} says are of this connection too. */
    private static Set<String> named(List<String> connection) {
        Set<String> names = new HashSet<>();
        for (String line : connection) {
            for (String name : line.split(",")) {
                names.add(name.strip().toLowerCase(Locale.ROOT));
            }
        }
        return names;
    }
}
