package gptbroker.archive;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import gptbroker.archive.Entry.Checkpoint;
import gptbroker.archive.Entry.Closed;
import gptbroker.archive.Entry.Opened;
import gptbroker.upstream.Usage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * {@link Entry} to compact JSON and back. Every Java string survives exactly: Jackson writes surrogates, lone ones
 * included, and control characters as escapes. Reading ignores fields that it does not know and takes absent optional
 * ones as empty, so brokers of neighbouring versions can share an outbox.
 *
 * <p>Thread-safe.
 */
public final class EntryCodec {
    private static final int VERSION = 1;
    private static final int USUAL_UNITS = 1;
    private static final String OPENED = "open";
    private static final String CHECKPOINT = "checkpoint";
    private static final String CLOSED = "close";

    private static final Map<String, Status> STATUSES =
            Stream.of(Status.values()).collect(Collectors.toUnmodifiableMap(Status::label, Function.identity()));

    /** No limit on a string's length: these are our own bytes, limited where they came in. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();

    private static final JsonMapper MAPPER = new JsonMapper(JSON);

    /** The bytes of an entry. */
    public byte[] encode(Entry entry) {
        var bytes = new ByteArrayOutputStream(512);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeNumberField("v", VERSION);
            switch (entry) {
                case Opened opened -> write(opened, json);
                case Checkpoint checkpoint -> write(checkpoint, json);
                case Closed closed -> write(closed, json);
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        return bytes.toByteArray();
    }

    /**
     * The close record of an exchange whose broker died: no text (the last checkpoint's stays), latency counted from the
     * id's own time.
     *
     * @param at when that was noticed
     * @param units what stays charged
     * @param spent what stays charged of the caller's budgets; empty where none is kept
     */
    public byte[] interrupted(UUID id, Instant at, int units, Optional<Spent> spent) {
        return encode(unanswered(id, at, Status.INTERRUPTED, units, Optional.empty(), spent));
    }

    /**
     * The close record of an exchange that was opened and then refused by the broker itself: status {@code error}, no
     * text, no units.
     *
     * @param errorCode the problem's stable code
     */
    public byte[] refused(UUID id, Instant at, String errorCode) {
        return encode(unanswered(id, at, Status.ERROR, 0, Optional.of(errorCode), Optional.empty()));
    }

    private static Closed unanswered(
            UUID id, Instant at, Status status, int units, Optional<String> errorCode, Optional<Spent> spent) {
        return new Closed(
                id,
                at,
                status,
                Optional.empty(),
                units,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Math.max(0, Duration.between(Uuid7.time(id), at).toMillis()),
                Optional.empty(),
                errorCode,
                spent);
    }

    private static void write(Opened entry, JsonGenerator json) throws IOException {
        start(OPENED, entry, json);
        json.writeStringField("kind", entry.callerKind());
        json.writeStringField("caller", entry.callerId());
        if (entry.userId().isPresent()) {
            json.writeStringField("user", entry.userId().get().toString());
        }
        json.writeStringField("endpoint", entry.endpoint());
        json.writeStringField("model", entry.model());
        json.writeStringField("input", entry.input());
        if (entry.units() != USUAL_UNITS) {
            json.writeNumberField("units", entry.units());
        }
        if (entry.projectId().isPresent()) {
            json.writeStringField("project", entry.projectId().get().toString());
        }
        writeIfPresent(entry.held(), json);
    }

    private static void write(Checkpoint entry, JsonGenerator json) throws IOException {
        start(CHECKPOINT, entry, json);
        json.writeStringField("output", entry.output());
    }

    private static void write(Closed entry, JsonGenerator json) throws IOException {
        start(CLOSED, entry, json);
        json.writeStringField("status", entry.status().label());
        json.writeNumberField("units", entry.units());
        json.writeNumberField("ms", entry.latencyMillis());
        if (entry.firstTokenMillis().isPresent()) {
            json.writeNumberField("first_ms", entry.firstTokenMillis().get());
        }
        if (entry.usage().isPresent()) {
            json.writeNumberField("prompt_tokens", entry.usage().get().promptTokens());
            json.writeNumberField("completion_tokens", entry.usage().get().completionTokens());
            writeIfPresent("cached_tokens", entry.usage().get().cachedTokens(), json);
            writeIfPresent("reasoning_tokens", entry.usage().get().reasoningTokens(), json);
        }
        writeIfPresent(entry.spent(), json);
        writeIfPresent("finish", entry.finishReason(), json);
        writeIfPresent("upstream", entry.upstreamId(), json);
        writeIfPresent("error", entry.errorCode(), json);
        writeIfPresent("output", entry.output(), json);
    }

    private static void start(String type, Entry entry, JsonGenerator json) throws IOException {
        json.writeStringField("t", type);
        json.writeStringField("id", entry.id().toString());
        json.writeStringField("at", at(entry).toString());
    }

    private static Instant at(Entry entry) {
        return switch (entry) {
            case Opened opened -> opened.at();
            case Checkpoint checkpoint -> checkpoint.at();
            case Closed closed -> closed.at();
        };
    }

    private static void writeIfPresent(Optional<Spent> spent, JsonGenerator json) throws IOException {
        if (spent.isEmpty()) {
            return;
        }
        json.writeNumberField("tokens", spent.get().tokens());
        writeIfPresent("nano_usd", spent.get().nanoUsd(), json);
        writeIfPresent("price_date", spent.get().priceDate().map(LocalDate::toString), json);
        if (spent.get().estimated()) {
            json.writeBooleanField("estimated", true);
        }
    }

    private static void writeIfPresent(String name, OptionalLong value, JsonGenerator json) throws IOException {
        if (value.isPresent()) {
            json.writeNumberField(name, value.getAsLong());
        }
    }

    private static void writeIfPresent(String name, Optional<String> value, JsonGenerator json) throws IOException {
        if (value.isPresent()) {
            json.writeStringField(name, value.get());
        }
    }

    /**
     * The entry that these bytes are.
     *
     * @throws Undecodable when they are none, or one of a kind that this version does not know
     */
    Entry decode(byte[] bytes) throws Undecodable {
        try {
            JsonNode json = MAPPER.readTree(bytes);
            return switch (text(json, "t")) {
                case OPENED -> opened(json);
                case CHECKPOINT -> new Checkpoint(id(json), at(json), text(json, "output"));
                case CLOSED -> closed(json);
                default -> throw new Undecodable("unknown kind of entry");
            };
        } catch (IOException e) {
            throw new Undecodable("not JSON");
        } catch (RuntimeException e) {
            throw new Undecodable("a field is malformed: " + e.getClass().getSimpleName());
        }
    }

    private static Opened opened(JsonNode json) throws Undecodable {
        return new Opened(
                id(json),
                at(json),
                text(json, "kind"),
                text(json, "caller"),
                optionalText(json, "user").map(UUID::fromString),
                text(json, "endpoint"),
                text(json, "model"),
                text(json, "input"),
                Math.toIntExact(number(json, "units").orElse((long) USUAL_UNITS)),
                optionalText(json, "project").map(UUID::fromString),
                spent(json));
    }

    private static Closed closed(JsonNode json) throws Undecodable {
        Status status = STATUSES.get(text(json, "status"));
        if (status == null) {
            throw new Undecodable("unknown status");
        }
        return new Closed(
                id(json),
                at(json),
                status,
                optionalText(json, "output"),
                Math.toIntExact(number(json, "units").orElseThrow(() -> absent("units"))),
                usage(json),
                optionalText(json, "finish"),
                optionalText(json, "upstream"),
                number(json, "ms").orElseThrow(() -> absent("ms")),
                number(json, "first_ms"),
                optionalText(json, "error"),
                spent(json));
    }

    private static Optional<Usage> usage(JsonNode json) {
        return number(json, "prompt_tokens")
                .flatMap(prompt -> number(json, "completion_tokens")
                        .map(completion -> new Usage(
                                prompt,
                                completion,
                                optionalNumber(json, "cached_tokens"),
                                optionalNumber(json, "reasoning_tokens"))));
    }

    private static Optional<Spent> spent(JsonNode json) {
        return number(json, "tokens")
                .map(tokens -> new Spent(
                        tokens,
                        optionalNumber(json, "nano_usd"),
                        optionalText(json, "price_date").map(LocalDate::parse),
                        json.path("estimated").asBoolean()));
    }

    private static OptionalLong optionalNumber(JsonNode json, String name) {
        return number(json, name).map(OptionalLong::of).orElseGet(OptionalLong::empty);
    }

    private static UUID id(JsonNode json) throws Undecodable {
        UUID id = UUID.fromString(text(json, "id"));
        if (!Uuid7.isDated(id)) {
            throw new Undecodable("the id is no UUIDv7 of our time");
        }
        return id;
    }

    private static Instant at(JsonNode json) throws Undecodable {
        return Instant.parse(text(json, "at"));
    }

    private static String text(JsonNode json, String name) throws Undecodable {
        return optionalText(json, name).orElseThrow(() -> absent(name));
    }

    private static Optional<String> optionalText(JsonNode json, String name) {
        JsonNode value = json.path(name);
        return value.isTextual() ? Optional.of(value.textValue()) : Optional.empty();
    }

    private static Optional<Long> number(JsonNode json, String name) {
        JsonNode value = json.path(name);
        return value.canConvertToLong() ? Optional.of(value.longValue()) : Optional.empty();
    }

    private static Undecodable absent(String name) {
        return new Undecodable("field " + name + " is absent");
    }
}
