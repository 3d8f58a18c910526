package gptbroker.http;

import java.math.BigDecimal;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One JSON line a request: ids, sizes, times and outcomes; never a raw path, query, header or any content. */
final class AccessLog {
    private static final Logger LOG = LoggerFactory.getLogger("gptbroker.access");
    private static final Pattern CLIENT_ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    /** With this no line passes a kilobyte. */
    private static final int MAX_TEXT = 64;

    private AccessLog() {}

    /** Writes the line of a request that was routed, or refused by the gate. */
    static void write(Exchange x, int status, long nanos) {
        if (!LOG.isInfoEnabled()) {
            return;
        }
        LOG.info(line(x, status, nanos));
    }

    /** Writes the line of a request that was refused while its head was being parsed. */
    static void writeUnparsed(String id, String method, int status, String code) {
        Line line = Line.ofNow();
        line.text("id", id).text("method", method).text("route", "none").number("status", status);
        LOG.info(line.text("outcome", "refused").text("code", code).end());
    }

    private static String line(Exchange x, int status, long nanos) {
        Trace trace = x.trace();
        Route route = x.routeOrNull();
        Line line = Line.ofNow();
        line.text("id", x.id().toString());
        line.text("client_request_id", clientRequestId(x.headers("x-request-id")));
        line.text("method", Router.METHODS.contains(x.method()) ? x.method() : "other");
        line.text("route", route == null ? "none" : route.path());
        line.text("caller", trace.callerId);
        line.number("status", status).number("ms", nanos / 1_000_000);
        line.number(
                        "upstream_ms",
                        trace.upstreamNanos == Trace.UNKNOWN ? Trace.UNKNOWN : trace.upstreamNanos / 1_000_000)
                .number("first_token_ms", trace.firstTokenMillis);
        line.text("model", trace.model);
        line.number("prompt_tokens", trace.promptTokens).number("completion_tokens", trace.completionTokens);
        line.number("units", trace.units).billionths("cost_usd", trace.nanoUsd);
        line.text("cache", trace.cache).text("outcome", trace.outcome);
        line.text("code", trace.problem == null ? null : trace.problem.code()).text("reason", trace.reason);
        return line.number("bytes", x.reply().bytes()).end();
    }

    private static @Nullable String clientRequestId(List<String> lines) {
        return lines.size() == 1 && CLIENT_ID.matcher(lines.getFirst()).matches() ? lines.getFirst() : null;
    }

    /** A JSON object under construction; absent values are left out. */
    private static final class Line {
        private final StringBuilder json = new StringBuilder(384).append('{');

        /** Under the name and in the form that the broker's other lines have it: milliseconds since 1970. */
        static Line ofNow() {
            return new Line().number("timestamp", System.currentTimeMillis());
        }

        Line text(String name, @Nullable String value) {
            if (value != null) {
                name(name);
                String whole = Json.string(value);
                json.append(whole.length() > MAX_TEXT + 2 ? Json.string(cut(value, whole)) : whole);
            }
            return this;
        }

        Line number(String name, long value) {
            if (value != Trace.UNKNOWN) {
                name(name);
                json.append(value);
            }
            return this;
        }

        /** As a decimal fraction. */
        Line billionths(String name, long value) {
            if (value != Trace.UNKNOWN) {
                name(name);
                json.append(BigDecimal.valueOf(value, 9).toPlainString());
            }
            return this;
        }

        String end() {
            return json.append('}').toString();
        }

        /** An escape takes six characters, so what holds any is cut harder. */
        private static String cut(String value, String escaped) {
            boolean plain = escaped.length() == value.length() + 2;
            return value.substring(0, Math.min(value.length(), plain ? MAX_TEXT : MAX_TEXT / 6));
        }

        private void name(String name) {
            if (json.length() > 1) {
                json.append(',');
            }
            json.append('"').append(name).append("\":");
        }
    }
}
