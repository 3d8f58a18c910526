package gptbroker.archive;

import static gptbroker.archive.Upsert.set;

import gptbroker.archive.Entry.Closed;
import gptbroker.archive.Entry.Opened;
import gptbroker.archive.Upsert.Column;
import gptbroker.upstream.Usage;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/** How records become rows of {@code inputs}, {@code responses} and {@code archive_dead}. */
final class Tables {
    /** An input is written once and never changes. */
    static final Upsert<Opened> INPUTS = new Upsert<>(
            "inputs",
            List.of(
                    Column.of("id", "uuid", Opened::id),
                    Column.of("content", "text", opened -> ExactText.storable(opened.input())),
                    Column.optional("content_exact", "bytea", opened -> exact(opened.input())),
                    Column.of("\"timestamp\"", "timestamptz", opened -> micros(opened.at())),
                    Column.optional("user_id", "uuid", Opened::userId),
                    Column.of("caller_kind", "text", opened -> ExactText.storable(opened.callerKind())),
                    Column.of("caller_id", "text", opened -> ExactText.storable(opened.callerId())),
                    Column.of("endpoint", "text", opened -> ExactText.storable(opened.endpoint())),
                    Column.of("model", "text", opened -> ExactText.storable(opened.model())),
                    Column.optional("project_id", "uuid", Opened::projectId)),
            "on conflict (id) do nothing");

    private static final String HIGHER_STATUS = "excluded.status_rank > r.status_rank";
    private static final String BETTER_TEXT = "(excluded.text_rank > r.text_rank or (excluded.text_rank = 1"
            + " and r.text_rank = 1 and octet_length(excluded.content) > octet_length(r.content)))";
    /** While a call is open only its first record knows what it costs; the checkpoints say 1, and nothing of the rest. */
    private static final String UNITS = "case when " + HIGHER_STATUS + " and excluded.status_rank >= 2 then excluded.#"
            + " when r.status_rank >= 2 then r.# else greatest(r.#, excluded.#) end";

    private static final String ASKER_BECAME_KNOWN = "(r.caller_id is null and excluded.caller_id is not null)";

    /**
     * Three parts of a row are joined, each by its own rule: who asked is filled in once; the status and what comes with
     * it follow the higher rank; so does the text, which may stem from a lower record than the status does.
     */
    static final Upsert<Exchange> RESPONSES = new Upsert<>(
            "responses",
            List.of(
                    Column.of("id", "uuid", Exchange::id),
                    Column.of("input_id", "uuid", Exchange::id),
                    Column.optional("content", "text", row -> row.text().map(ExactText::storable)),
                    Column.optional("content_exact", "bytea", row -> row.text().flatMap(Tables::exact)),
                    Column.of("text_rank", "smallint", Exchange::textRank),
                    Column.of("\"timestamp\"", "timestamptz", row -> micros(row.at())),
                    Column.optional("user_id", "uuid", row -> row.opened().flatMap(Opened::userId)),
                    asked("caller_id", Opened::callerId),
                    asked("endpoint", Opened::endpoint),
                    asked("model", Opened::model),
                    Column.of("status", "text", Exchange::status),
                    Column.of("status_rank", "smallint", Exchange::statusRank),
                    answered("finish_reason", Closed::finishReason),
                    Column.optional(
                            "prompt_tokens", "bigint", row -> row.usage().map(Usage::promptTokens)),
                    Column.optional(
                            "completion_tokens", "bigint", row -> row.usage().map(Usage::completionTokens)),
                    optional("cached_tokens", row -> row.usage().map(Usage::cachedTokens)),
                    optional("reasoning_tokens", row -> row.usage().map(Usage::reasoningTokens)),
                    Column.of("units", "integer", Exchange::units),
                    Column.optional(
                            "charged_tokens", "bigint", row -> row.spent().map(Spent::tokens)),
                    Column.optional(
                            "cost_usd",
                            "numeric",
                            row -> row.spent().flatMap(Spent::usd).map(BigDecimal::toPlainString)),
                    Column.optional("price_date", "date", row -> row.spent().flatMap(Spent::priceDate)),
                    Column.of(
                            "usage_estimated",
                            "boolean",
                            row -> row.spent().filter(Spent::estimated).isPresent()),
                    Column.optional("latency_ms", "bigint", row -> row.closed().map(Closed::latencyMillis)),
                    Column.optional(
                            "first_token_ms", "bigint", row -> row.closed().flatMap(Closed::firstTokenMillis)),
                    answered("upstream_id", Closed::upstreamId),
                    answered("error_code", Closed::errorCode)),
            "on conflict (input_id, id) do update set "
                    + String.join(
                            ", ",
                            set("coalesce(r.#, excluded.#)", "user_id", "caller_id", "endpoint", "model"),
                            set(
                                    "case when " + BETTER_TEXT + " then excluded.# else r.# end",
                                    "content",
                                    "content_exact",
                                    "text_rank"),
                            set(
                                    "case when " + HIGHER_STATUS + " then excluded.# else r.# end",
                                    "\"timestamp\"",
                                    "status",
                                    "status_rank",
                                    "finish_reason",
                                    "prompt_tokens",
                                    "completion_tokens",
                                    "cached_tokens",
                                    "reasoning_tokens",
                                    "latency_ms",
                                    "first_token_ms",
                                    "upstream_id",
                                    "error_code"),
                            set(UNITS, "units", "charged_tokens", "cost_usd", "price_date", "usage_estimated"))
                    + " where " + String.join(" or ", HIGHER_STATUS, BETTER_TEXT, ASKER_BECAME_KNOWN));

    /** Entries that cannot be stored, as they came. */
    static final Upsert<Dead> DEAD = new Upsert<>(
            "archive_dead",
            List.of(
                    Column.of("stream", "text", dead -> dead.delivery().stream()),
                    Column.of("entry_id", "text", dead -> dead.delivery().entryId()),
                    Column.optional(
                            "exchange_id",
                            "uuid",
                            dead -> dead.delivery().decoded().map(Entry::id)),
                    Column.of("raw", "bytea", dead -> hex(dead.delivery().raw())),
                    Column.of("reason", "text", Dead::reason),
                    Column.of("parked_at", "timestamptz", dead -> micros(dead.at()))),
            "on conflict (stream, entry_id) do nothing");

    private Tables() {}

    /**
     * A delivery that goes to {@code archive_dead}.
     *
     * @param reason a class of errors, never a message
     */
    record Dead(Delivery delivery, String reason, Instant at) {}

    private static Column<Exchange> optional(String name, Function<Exchange, Optional<OptionalLong>> value) {
        return Column.optional(
                name,
                "bigint",
                row -> value.apply(row).filter(OptionalLong::isPresent).map(OptionalLong::getAsLong));
    }

    private static Column<Exchange> asked(String name, Function<Opened, String> value) {
        return Column.optional(name, "text", row -> row.opened().map(value).map(ExactText::storable));
    }

    private static Column<Exchange> answered(String name, Function<Closed, Optional<String>> value) {
        return Column.optional(name, "text", row -> row.closed().flatMap(value).map(ExactText::storable));
    }

    private static Optional<String> exact(String text) {
        return ExactText.exact(text).map(Tables::hex);
    }

    private static String hex(byte[] bytes) {
        return "\\x" + HexFormat.of().formatHex(bytes);
    }

    /** Postgres keeps microseconds and would round what is finer. */
    private static Instant micros(Instant time) {
        return time.truncatedTo(ChronoUnit.MICROS);
    }
}
