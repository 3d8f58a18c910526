package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.Eventually;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Declared prompts that ask for a cache, and the endpoints that have none. */
class CachedPromptsE2eTest {
    private static final String PROMPT = """
              - name: %s
                model: gpt-4o-mini
                messages: [{role: user, content: "%s{{text}}"}]
                input: {type: object, required: [text], properties: {text: {type: string}}}
                %s
            """;
    private static final String OWN = "cache: {scope: caller, ttl: 1h}";
    private static final String SHARED = "cache: {scope: shared, ttl: 1h}";

    @TempDir
    static Path folder;

    private static Rig rig;

    @BeforeAll
    static void start() throws IOException {
        declare("");
        rig = Rig.start(Map.of(
                "PROMPTS_FILE", folder.resolve("prompts.yaml").toString(), "REDIS_TIMEOUT", "5s", "CACHE_V1", "false"));
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static void declare(String before) throws IOException {
        String prompts = "prompts:\n"
                + PROMPT.formatted("own", "", OWN)
                + PROMPT.formatted("shared", "", SHARED)
                + PROMPT.formatted("twin", "", SHARED)
                + PROMPT.formatted("none", "", "units: 1")
                + PROMPT.formatted("events", "", "answer: sse\n    " + SHARED)
                + PROMPT.formatted("lines", "", "answer: ndjson\n    " + SHARED)
                + PROMPT.formatted("text", "", "answer: text\n    " + SHARED)
                + PROMPT.formatted("dear", "", "units: 3\n    " + SHARED)
                + PROMPT.formatted("changing", before, SHARED);
        Files.writeString(folder.resolve("prompts.yaml"), prompts);
    }

    private static HttpResponse<String> ask(String name, UUID user, String text) {
        HttpResponse<String> answer = rig.post("/prompts/" + name, rig.token(user), "{\"text\":\"" + text + "\"}");
        assertThat(answer.statusCode()).as(answer.body()).isLessThan(503);
        return answer;
    }

    private static String cache(HttpResponse<String> answer) {
        return answer.headers().firstValue("x-cache").orElse("");
    }

    @Test
    void onlyWhatIsDeclaredSharedIsShared() {
        UUID alice = rig.user();
        UUID bob = rig.user();
        assertThat(cache(ask("own", alice, "mine"))).isEqualTo("MISS");
        assertThat(cache(ask("own", bob, "mine"))).isEqualTo("MISS");
        assertThat(cache(ask("own", alice, "mine"))).isEqualTo("HIT");
        assertThat(cache(ask("own", alice, "other"))).isEqualTo("MISS");
        assertThat(cache(ask("shared", alice, "all"))).isEqualTo("MISS");
        assertThat(cache(ask("shared", bob, "all"))).isEqualTo("HIT");
        assertThat(cache(ask("twin", bob, "all"))).isEqualTo("MISS");
        assertThat(cache(rig.post("/functions/v1/shared", rig.token(bob), "{\"text\":\"all\"}")))
                .isEqualTo("HIT");
    }

    @Test
    void whoAsksForNoneGetsNone() {
        UUID user = rig.user();
        for (int i = 0; i < 2; i++) {
            assertThat(cache(ask("none", user, "x"))).isEmpty();
            assertThat(cache(rig.get("/simple-gpt-4o-mini-complete?prompt=x", rig.token(user))))
                    .isEmpty();
        }
        rig.archived("select count(*) from responses where status = 'done' and user_id = '" + user + "'", List.of("4"));
    }

    @Test
    void everyFormComesAgain() {
        for (String name : List.of("own", "text", "events", "lines")) {
            UUID user = rig.user();
            String long_ = "a text that takes more than one piece, with \\\"quotes\\\" in it";
            HttpResponse<String> first = ask(name, user, long_);
            HttpResponse<String> second = ask(name, user, long_);
            assertThat(cache(second)).as(name).isEqualTo("HIT");
            assertThat(second.headers().firstValue("content-type"))
                    .isEqualTo(first.headers().firstValue("content-type"));
            assertThat(joined(second.body())).isEqualTo(joined(first.body())).contains("more than one piece");
            rig.archived(
                    "select status, units, endpoint, content like 'Echo: a text%it' from responses where user_id = '"
                            + user + "' order by input_id",
                    List.of("done|1|/prompts/" + name + "|t", "cached|0|/prompts/" + name + "|t"));
        }
    }

    /** A known answer is one piece; how a stream was cut is nobody's business. */
    private static String joined(String body) {
        return body.replaceAll("\"}\\s+(data: )?\\{\"data\":\"", "");
    }

    @Test
    void aDearPromptIsRefundedWhole() {
        UUID user = rig.user();
        ask("dear", user, "x");
        HttpResponse<String> hit = ask("dear", user, "x");
        assertThat(hit.headers().firstValue("x-ratelimit-remaining")).hasValue("47");
        rig.archived(
                "select status, units from responses where user_id = '" + user + "' order by input_id",
                List.of("done|3", "cached|0"));
    }

    @Test
    void onlyCompleteAnswersAreKept() {
        UUID user = rig.user();
        for (String name : List.of("own", "events")) {
            for (String script : List.of("fault-500", "fault-cut-mid", "cut-short", "filtered")) {
                for (int i = 0; i < 2; i++) {
                    assertThat(cache(ask(name, user, "[[model:" + script + "]] of some length")))
                            .isEqualTo("MISS");
                }
            }
        }
    }

    @Test
    void aPromptThatHasChangedStartsAnew() throws IOException {
        UUID user = rig.user();
        ask("changing", user, "x");
        assertThat(cache(ask("changing", user, "x"))).isEqualTo("HIT");
        declare("Now differently: ");
        Eventually.within(
                Duration.ofSeconds(60),
                "the new prompt",
                () -> ask("changing", user, "x").body().contains("differently"));
        declare("");
    }

    @Test
    void anErasedUsersAnswersAreForgotten() {
        UUID user = rig.user();
        ask("own", user, "private");
        assertThat(cache(ask("own", user, "private"))).isEqualTo("HIT");
        rig.send(rig.request("/me/data")
                .header("Authorization", "Bearer " + rig.token(user))
                .DELETE());
        assertThat(cache(ask("own", user, "private"))).isEqualTo("MISS");
    }
}
