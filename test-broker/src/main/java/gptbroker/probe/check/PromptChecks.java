package gptbroker.probe.check;

import static gptbroker.probe.check.Expect.message;
import static gptbroker.probe.check.Expect.refusal;
import static gptbroker.probe.check.Expect.text;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The four endpoints that answer at once: their successes, and each of their refusals to the byte. */
final class PromptChecks {
    private static final String HALF = "[{\"role\":\"system\"},{\"content\":\"hello\"}]";

    private PromptChecks() {}

    static List<Check> all() {
        List<Check> checks = new ArrayList<>(simple());
        checks.addAll(advanced());
        Paths.JSON.forEach(path -> checks.addAll(jsonRefusals(path)));
        checks.addAll(jsonSuccesses());
        return checks;
    }

    private static List<Check> simple() {
        return List.of(
                refused("simple: no prompt (S3.19, S3.40a)", Ask.get(Paths.SIMPLE), Refusal.PROMPT_MISSING),
                refused("simple: empty prompt (S3.19)", Ask.get(Paths.SIMPLE + "?prompt="), Refusal.PROMPT_MISSING),
                refused(
                        "simple: prompt twice (S3.19)",
                        Ask.get(Paths.SIMPLE + "?prompt=a&prompt=b"),
                        Refusal.PROMPT_REPEATED),
                refused(
                        "simple: upper case, slash at the end (S3.15)",
                        Ask.get(Paths.SIMPLE.toUpperCase(Locale.ROOT) + "/"),
                        Refusal.PROMPT_MISSING),
                Check.user(
                        "simple: an answer in plain text (S3.18, S3.40b)",
                        s -> text(s, s.call(Ask.get(Paths.SIMPLE + "?prompt=Hello%20GPT")))));
    }

    private static List<Check> advanced() {
        String path = Paths.ADVANCED;
        Refusal missing = Refusal.MESSAGES_MISSING;
        Refusal notArray = Refusal.NOT_ARRAY.withNull();
        Refusal badMessage = Refusal.BAD_MESSAGE.withNull();
        return List.of(
                refused("advanced: no body (S3.41a, S3.44)", Ask.of("POST", path), missing),
                refused("advanced: {} (S3.44)", Ask.post(path, "{}"), missing),
                refused("advanced: messages a number (S3.44)", Ask.post(path, Paths.messages("7")), notArray),
                refused("advanced: half messages, raw array (S3.44)", Ask.post(path, HALF), badMessage),
                refused("advanced: half messages, object (S3.44)", Ask.post(path, Paths.messages(HALF)), badMessage),
                refused("advanced: not JSON (S3.14)", Ask.post(path, "{\"messages\":"), Refusal.BAD_JSON),
                Check.user(
                        "advanced: a raw array is answered (S3.20, S3.41b)",
                        s -> text(s, s.call(Ask.post(path, Paths.MESSAGES)))),
                Check.user(
                        "advanced: {messages} is answered (S3.44)",
                        s -> text(s, s.call(Ask.post(path, Paths.messages(Paths.MESSAGES))))));
    }

    private static List<Check> jsonRefusals(String path) {
        String name = path.equals(Paths.V2) ? "v2: " : "gpt-4o: ";
        List<Check> checks = new ArrayList<>(List.of(
                refused(name + "no body (S3.24, S3.42b)", Ask.of("POST", path), Refusal.MESSAGES_MISSING),
                refused(name + "{} (S3.24)", Ask.post(path, "{}"), Refusal.MESSAGES_MISSING),
                refused(name + "not JSON (S3.14)", Ask.post(path, "{\"messages\":"), Refusal.BAD_JSON),
                refused(name + "messages an object (S3.24)", Ask.post(path, Paths.messages("{}")), Refusal.NOT_ARRAY),
                refused(name + "messages a text (S3.45)", Ask.post(path, Paths.messages("\"hi\"")), Refusal.NOT_ARRAY),
                refused(
                        name + "half messages (S3.24, S3.42d)",
                        Ask.post(path, Paths.messages(HALF)),
                        Refusal.BAD_MESSAGE),
                refused(name + "[null] (S3.25)", Ask.post(path, Paths.messages("[null]")), Refusal.BAD_MESSAGE),
                Check.user(name + "no messages in the array (S3.25)", s -> emptyArray(s, path))));
        for (String wrong : List.of("-1", "1.01", "\"0.5\"", "\"\"", "false")) {
            Ask ask = Ask.post(path, Paths.withTemperature(wrong));
            checks.add(refused(name + "temperature " + wrong + " (S3.24, S3.25)", ask, Refusal.TEMPERATURE));
        }
        Ask first = Ask.post(path, "{\"temperature\":2}");
        checks.add(refused(name + "temperature is looked at first (S3.24)", first, Refusal.TEMPERATURE));
        return checks;
    }

    private static List<Check> jsonSuccesses() {
        String encoded = "\"" + Paths.MESSAGES.replace("\"", "\\\"") + "\"";
        String parts = "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Say hello.\"}]}]";
        return List.of(
                answered("v2: temperature 0.3 (S3.42e)", Paths.V2, Paths.withTemperature("0.3")),
                answered("v2: temperature 0 (S3.25)", Paths.V2, Paths.withTemperature("0")),
                answered("v2: temperature null is none (S3.25)", Paths.V2, Paths.withTemperature("null")),
                answered(
                        "v2: temperature 1, content in parts (S3.25)",
                        Paths.V2,
                        "{\"messages\":" + parts + ",\"temperature\":1}"),
                answered("v2: messages as a string of JSON (S3.45)", Paths.V2, Paths.messages(encoded)),
                answered("gpt-4o: no temperature (S3.43a)", Paths.GPT_4O, Paths.messages(Paths.MESSAGES)));
    }

    /** The original sent it upstream; which of the texts it gets is open, that it is refused is not. */
    private static String emptyArray(Session session, String path) throws IOException, InterruptedException {
        Reply reply = session.call(Ask.post(path, Paths.messages("[]")));
        Expect.status(reply, 400);
        Expect.framed(session, reply);
        Mismatch.unless(reply.json().path("error").isTextual(), "no error text");
        return "400 " + reply.header("X-Error-Code");
    }

    private static Check refused(String name, Ask ask, Refusal refusal) {
        return Check.user(name, session -> refusal(session, session.call(ask), refusal));
    }

    private static Check answered(String name, String path, String body) {
        return Check.user(name, session -> message(session, session.call(Ask.post(path, body))));
    }
}
