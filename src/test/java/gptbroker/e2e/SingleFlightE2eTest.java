package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.Eventually;
import gptbroker.testing.FakeProvider;
import gptbroker.testing.RawHttp;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many calls for the same answer at once: who asks, who waits, and what becomes of those who wait in vain. */
class SingleFlightE2eTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    static Path folder;

    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        Files.writeString(folder.resolve("prompts.yaml"), """
                prompts:
                  - name: shared
                    model: gpt-4o-mini
                    messages: [{role: user, content: "{{text}}"}]
                    input: {type: object, required: [text], properties: {text: {type: string}}}
                    cache: {scope: shared, ttl: 1h}
                """);
        rig = Rig.start(Map.of(
                "PROMPTS_FILE",
                folder.resolve("prompts.yaml").toString(),
                "DAILY_LIMIT",
                "100000",
                "USER_CONCURRENCY",
                "0",
                "REDIS_TIMEOUT",
                "10s"));
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static String chat(String script, String more) {
        return "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"[[model:" + script + "]] Hello\"}]"
                + more + "}";
    }

    private static List<HttpResponse<String>> all(int count, Callable<HttpResponse<String>> call) throws Exception {
        List<Future<HttpResponse<String>>> running = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < count; i++) {
                running.add(threads.submit(call));
            }
        }
        List<HttpResponse<String>> answers = new ArrayList<>();
        for (Future<HttpResponse<String>> one : running) {
            answers.add(one.get());
        }
        return answers;
    }

    private static long asked(String script) {
        return rig.model().callsByScript().getOrDefault(script, 0L);
    }

    /** Calls of a user that are admitted and not over. */
    private static long open(Rig rig, UUID user) {
        return Long.parseLong(
                rig.archive("select count(*) from responses where status = 'open' and user_id = '" + user + "'")
                        .getFirst());
    }

    private static byte[] request(String token, String body) {
        return ("POST " + CHAT + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer "
                        + token + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void aThousandCallsAskOnce() throws Exception {
        UUID user = rig.user();
        String token = rig.token(user);
        List<HttpResponse<String>> answers = all(1_000, () -> rig.post(CHAT, token, chat("slow-1500", "")));
        assertThat(answers).allMatch(answer -> answer.statusCode() == 200);
        assertThat(answers)
                .extracting(HttpResponse::body)
                .containsOnly(answers.getFirst().body());
        assertThat(asked("slow-1500")).isEqualTo(1);
        assertThat(rig.get("/me/limits", token).headers().firstValue("x-ratelimit-remaining"))
                .hasValue("99999");
        rig.archived(
                "select status, units, count(*) from responses where user_id = '" + user + "' group by 1, 2 order by 1",
                List.of("cached|0|999", "done|1|1"));
    }

    @Test
    void manyUsersOfASharedPromptAskOnceAndUsersOfTheirOwnEach() throws Exception {
        all(40, () -> rig.post("/prompts/shared", rig.token(rig.user()), "{\"text\":\"[[model:slow-701]]\"}"));
        assertThat(asked("slow-701")).isEqualTo(1);
        all(10, () -> rig.post(CHAT, rig.token(rig.user()), chat("slow-702", "")));
        assertThat(asked("slow-702")).isEqualTo(10);
    }

    @Test
    void whoWaitsForAFailureAsksForItself() throws Exception {
        UUID user = rig.user();
        String token = rig.token(user);
        List<HttpResponse<String>> answers = all(10, () -> rig.post(CHAT, token, chat("fault-404", "")));
        assertThat(answers).allMatch(answer -> answer.statusCode() == 404);
        assertThat(asked("fault-404")).isEqualTo(10);
        rig.archived(
                "select status, units, count(*) from responses where user_id = '" + user + "' group by 1, 2",
                List.of("error|0|10"));
    }

    /** The one that asks leaves in the middle of its stream; one of the others takes over, and all get all of it. */
    @Test
    void whoAsksMayLeave() throws Exception {
        var hasLeft = new CountDownLatch(1);
        try (var provider = new FakeProvider((request, wire) -> {
                    if (request.number() > 1) {
                        wire.send(FakeProvider.stream("one ", "two"));
                        return;
                    }
                    wire.send(FakeProvider.streamHead(), FakeProvider.chunk(FakeProvider.event("one ")));
                    wire.await(hasLeft);
                    while (true) { // until the broker hangs up: a departure is found out by writing
                        wire.send(FakeProvider.chunk(FakeProvider.event("more ")));
                    }
                });
                Rig own = Rig.start(Map.of(
                        "USER_CONCURRENCY",
                        "0",
                        "OPENAI_API_URL",
                        provider.uri().toString()))) {
            leave(own, provider, hasLeft);
        }
    }

    private static void leave(Rig own, FakeProvider provider, CountDownLatch hasLeft) throws Exception {
        UUID user = own.user();
        String token = own.token(user);
        String question = chat("any", ",\"stream\":true");
        List<HttpResponse<String>> answers;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<List<HttpResponse<String>>> followers;
            try (RawHttp leader = RawHttp.connect(own.port())) {
                leader.send(request(token, question));
                Eventually.within(
                        SOON, "the leader asks", () -> provider.requests().size() == 1);
                followers = threads.submit(() -> all(5, () -> own.post(CHAT, token, question)));
                Eventually.within(SOON, "they wait", () -> open(own, user) == 6);
            }
            hasLeft.countDown();
            answers = followers.get();
        }
        assertThat(answers)
                .allSatisfy(answer -> assertThat(answer.body()).contains("two").endsWith("data: [DONE]\n\n"));
        assertThat(provider.requests()).hasSize(2);
        own.archived(
                "select status, units, count(*) from responses where user_id = '" + user + "' group by 1, 2 order by 1",
                List.of("cached|0|4", "done|1|1", "partial_client|1|1"));
    }
}
