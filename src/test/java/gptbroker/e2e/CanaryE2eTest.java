package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.testing.Eventually;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Planted keys, tokens and prompts must not turn up in any log line, error body, header or metric. */
class CanaryE2eTest {
    private static final String KEY = "sk-canary-" + UUID.randomUUID();
    private static final String ADMIN = "admin-canary-" + UUID.randomUUID();
    private static final String SERVICE = "service-canary-" + UUID.randomUUID();
    private static final String SECRET = "jwt-secret-canary-" + UUID.randomUUID();
    private static final String PROMPT = "prompt-canary-" + UUID.randomUUID();
    private static final String PASSWORD = "password-canary-" + UUID.randomUUID();
    private static final String DECLARED = "declared-canary-" + UUID.randomUUID();
    private static final String PROMPTS = """
            prompts:
              - name: whole
                model: gpt-4o
                messages: &messages [{role: system, content: "%1$s {{text}}"}, {role: user, content: "{{text}}"}]
                input: &input {type: object, required: [text], properties: {text: {type: string, maxLength: 200}}}
              - {name: stream, model: gpt-4o, messages: *messages, input: *input, answer: sse}
            """.formatted(DECLARED);
    private static final List<String> FAULTS = List.of(
            "fault-500",
            "fault-401",
            "fault-429",
            "fault-400-html",
            "fault-cut-mid",
            "fault-error-mid",
            "fault-nonjson",
            "fault-no-done");

    @TempDir
    Path folder;

    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private final List<String> seen = new ArrayList<>();
    private final List<String> tokens = new ArrayList<>();
    private OutputStreamAppender<ILoggingEvent> appender;
    private Logger access;
    private Level before;
    private Rig rig;

    @BeforeEach
    void start() throws IOException {
        Files.writeString(promptsFile(), PROMPTS);
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        var encoder = new JsonEncoder();
        encoder.setContext(context);
        encoder.start();
        appender = new OutputStreamAppender<>();
        appender.setContext(context);
        appender.setEncoder(encoder);
        appender.setOutputStream(log);
        appender.start();
        Logger root = context.getLogger("gptbroker");
        before = root.getLevel();
        root.setLevel(Level.TRACE);
        root.addAppender(appender);
        access = context.getLogger("gptbroker.access");
        access.setLevel(Level.INFO);
        // Other tests and the shipped configuration cut it off from its parents.
        access.addAppender(appender);
        rig = Rig.start(Map.of(
                "OPENAI_API_KEY", KEY,
                "ADMIN_KEY", ADMIN,
                "ACCOUNTS", "on",
                "SUPABASE_SERVICE_KEY", SERVICE,
                "SUPABASE_JWT_SECRET", SECRET,
                "PROMPTS_FILE", promptsFile().toString()));
    }

    private Path promptsFile() {
        return folder.resolve("prompts.yaml");
    }

    @AfterEach
    void end() {
        rig.close();
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.getLogger("gptbroker").detachAppender(appender);
        context.getLogger("gptbroker").setLevel(before);
        access.detachAppender(appender);
        access.setLevel(Level.OFF);
    }

    private String token() {
        String token = rig.token(rig.user());
        tokens.add(token);
        return token;
    }

    /** Keeps everything of an answer that is not the model's own words. */
    private void note(HttpResponse<String> answer) {
        seen.add(answer.headers().map().toString());
        if (answer.statusCode() != 200) {
            seen.add(answer.body());
        }
    }

    /** Calls with good and bad input, then a file that has become wrong. */
    private void callDeclaredPrompts() throws IOException {
        for (String path : List.of("/prompts/whole", "/functions/v1/stream")) {
            note(rig.post(path, token(), "{\"text\":\"" + PROMPT + "\"}"));
            note(rig.post(path, token(), "{\"text\":[\"" + PROMPT + "\"]}"));
            note(rig.post(path, token(), "{\"text\":\"" + PROMPT.repeat(9) + "\"}"));
            note(rig.post(path, token(), "{\"text\":\"" + PROMPT));
            for (String fault : FAULTS) {
                note(rig.post(path, token(), "{\"text\":\"[[model:" + fault + "]] " + PROMPT + "\"}"));
            }
        }
        for (String broken : List.of("{{text", "{{#text}}", "\" \"", "{{unknown}}")) {
            int before = log.toString(StandardCharsets.UTF_8).length();
            Files.writeString(promptsFile(), PROMPTS.replace("{{text}}", broken));
            Eventually.within(
                    Duration.ofSeconds(60),
                    "the mistake is told",
                    () -> log.toString(StandardCharsets.UTF_8).indexOf("PROMPTS_FILE line", before) > 0);
        }
    }

    /** A key's whole life; the answers that show it are the only ones that may. */
    private void callWithKeys() {
        var operator = new Operator(rig, ADMIN);
        operator.project("canary", "\"system_prompt\":\"" + DECLARED + " {{x}}\"");
        JsonNode made = operator.key("canary");
        String id = made.path("id").textValue();
        String body = "{\"content\":\"" + PROMPT + "\",\"variables\":{\"x\":\"" + PROMPT + "\"}}";
        String rotated = operator.ok("POST", "/admin/keys/" + id + "/rotate", "")
                .path("key")
                .textValue();
        for (String key : List.of(made.path("key").textValue(), rotated)) {
            tokens.add(key);
            note(rig.post("/query", key, body));
            note(rig.post("/query", key, "{\"content\":\"" + PROMPT + "\"}"));
            note(rig.post("/gpt-4o", key, body));
            note(rig.get("/inputs/" + PROMPT, key));
            note(rig.send(rig.request("/v1/models").header("X-API-Key", key).header("Authorization", "Bearer sk-x")));
        }
        note(operator.send("POST", "/admin/projects", "{\"slug\":\"canary\",\"model\":\"" + PROMPT + " \"}"));
        note(operator.send("DELETE", "/admin/keys/" + id, ""));
    }

    /** Signs up and in, rightly and wrongly; a token is shown to its owner alone, so those answers are not noted. */
    private void callAccounts() throws IOException {
        String ann = "username=ann-" + PROMPT + "&password=" + PASSWORD;
        String signedUp = form("/user/signup", ann).body();
        String session = new ObjectMapper().readTree(signedUp).path("Token").textValue();
        tokens.add(session);
        note(form("/user/signup", ann));
        note(form("/user/login", ann + "x"));
        note(form("/user/login?" + ann, ""));
        note(form("/user/login", "{\"username\":\"" + PROMPT + "\",\"password\":\"" + PASSWORD));
        note(form("/user/login", ann + "&redirect_url=https://evil.com/" + PROMPT));
        note(rig.get("/user/session", session));
        note(rig.post("/user/read", session, "{\"id\":\"" + PROMPT + "\"}"));
        note(rig.post(
                "/user/password/update",
                session,
                "{\"old_password\":\"" + PASSWORD + "x\",\"new_password\":\"" + PASSWORD + "\"}"));
        note(rig.get("/simple-gpt-4o-mini-complete?prompt=x", session));
        note(rig.post("/user/logout", session, ""));
        note(rig.get("/user/session", session));
    }

    private HttpResponse<String> form(String path, String form) {
        return rig.send(rig.request(path)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(form)));
    }

    @Test
    void nothingLeaks() throws IOException {
        callDeclaredPrompts();
        callWithKeys();
        callAccounts();
        note(rig.get("/simple-gpt-4o-mini-complete?prompt=" + PROMPT, token()));
        for (String fault : FAULTS) {
            String messages = "[{\"role\":\"user\",\"content\":\"[[model:" + fault + "]] " + PROMPT + "\"}]";
            note(rig.post("/gpt-4o", token(), "{\"messages\":" + messages + "}"));
            note(rig.post("/stream", token(), "{\"model\":\"gpt-4o\",\"messages\":" + messages + "}"));
            note(rig.post("/v1/chat/completions", token(), "{\"model\":\"gpt-4o\",\"messages\":" + messages + "}"));
        }
        note(rig.post("/gpt-4o", token(), "{\"messages\":\"" + PROMPT + "\""));
        note(rig.post("/gpt-4o", token(), "{\"messages\":[{\"role\":\"" + PROMPT + "\"}]}"));
        note(rig.post("/stream", token(), "{\"messages\":[],\"model\":\"" + PROMPT + "\"}"));
        note(rig.get("/" + PROMPT + "?prompt=" + PROMPT, token()));
        note(rig.get("/gpt-4o", rig.issuer().mint(rig.user()).foreignKey().sign() + PROMPT));
        note(rig.get("/simple-gpt-4o-mini-complete?prompt=x", KEY));
        note(rig.get("/v1/files/" + PROMPT + "?q=" + PROMPT, token() + "x"));
        note(rig.post("/v1/chat/completions", ADMIN, "{\"model\":\"" + PROMPT + "\"}"));
        note(rig.get("/metrics", ADMIN + "x"));
        note(rig.send(rig.request("/gpt-4o")
                .header("Authorization", "Basic " + PROMPT)
                .header("X-Request-Id", PROMPT + "\u00e9")
                .POST(BodyPublishers.ofString(PROMPT))));

        List<String> planted = new ArrayList<>(tokens);
        planted.addAll(List.of(KEY, ADMIN, SERVICE, SECRET, PROMPT, PASSWORD, DECLARED));
        String logged = log.toString(StandardCharsets.UTF_8);
        String metrics = rig.internal("/metrics").body();
        assertThat(logged).as("the log has access lines").contains("/gpt-4o");
        assertThat(metrics).contains("gpt_broker_requests_total");
        for (String canary : planted) {
            assertThat(logged).doesNotContain(canary);
            assertThat(metrics).doesNotContain(canary);
            assertThat(seen).noneMatch(text -> text.contains(canary));
        }
    }
}
