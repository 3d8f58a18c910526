package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The original's refusals and failures, to the byte, as {@code docs/seeds.md} promises them. */
class SeedRowsE2eTest {
    private static final String HELLO = "[{\"role\":\"user\",\"content\":\"%s\"}]";
    private static Rig rig;
    private static UUID user;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of());
        user = rig.user();
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    /** T, M, A, N and I are the texts (1) to (4) of S3.24 and the model's; a + stands for {@code "message":null}. */
    private static String body(String text) {
        String sentence = switch (text.charAt(0)) {
            case 'T' -> "'temperature' must be a number between [0, 1]";
            case 'M' -> "Missing required 'messages' in body of request";
            case 'A' -> "'messages' must be an array";
            case 'I' -> "each 'message' object must have a 'role' and 'content' property";
            case 'N' -> "'model' must be one of gpt-4o,gpt-4o-mini";
            default -> throw new IllegalArgumentException(text);
        };
        return "{\"error\":\"" + sentence + "\"" + (text.endsWith("+") ? ",\"message\":null}" : "}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "/v2/advanced-gpt-4o-mini-complete | {} | M+",
                "/v2/advanced-gpt-4o-mini-complete | {\"temperature\":-1} | T",
                "/v2/advanced-gpt-4o-mini-complete | {\"temperature\":\"\",\"messages\":[]} | T",
                "/v2/advanced-gpt-4o-mini-complete | {\"temperature\":false,\"messages\":[]} | T",
                "/v2/advanced-gpt-4o-mini-complete | {\"messages\":{}} | A",
                "/v2/advanced-gpt-4o-mini-complete | {\"messages\":\"hello\"} | A",
                "/v2/advanced-gpt-4o-mini-complete | {\"messages\":[]} | A",
                "/v2/advanced-gpt-4o-mini-complete | {\"messages\":[null]} | I",
                "/gpt-4o | {\"messages\":[{\"role\":\"system\"},{\"content\":\"hello\"}]} | I",
                "/gpt-4o | {\"messages\":[{\"role\":\"user\",\"content\":\"\"}]} | I",
                "/gpt-4o | {\"temperature\":null} | M+",
                "/advanced-gpt-4o-mini-complete | {} | M+",
                "/advanced-gpt-4o-mini-complete | {\"messages\":7} | A+",
                "/advanced-gpt-4o-mini-complete | [{\"role\":\"user\"}] | I+",
                "/stream | {} | M",
                "/stream | {\"temperature\":2} | T",
                "/stream | {\"messages\":{}} | A",
                "/stream | {\"messages\":[null]} | N",
                "/stream | {\"messages\":[null],\"model\":\"gpt-2\"} | N",
                "/stream | {\"messages\":[null],\"model\":\"gpt-4o\"} | I"
            })
    void refusalsHaveTheTextsAndTheOrder(String path, String json, String text) {
        HttpResponse<String> answer = rig.post(path, rig.token(user), json);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).isEqualTo(body(text));
        assertThat(answer.headers().firstValue("x-ratelimit-remaining")).hasValue("50");
    }

    @Test
    void simpleWantsOnePrompt() {
        String path = "/simple-gpt-4o-mini-complete";
        for (String query : List.of("", "?prompt=")) {
            assertThat(rig.get(path + query, rig.token(user)).body())
                    .isEqualTo("{\"error\":\"Missing required 'prompt' query parameter\",\"message\":null}");
        }
        assertThat(rig.get(path + "?prompt=a&prompt=b", rig.token(user)).body())
                .isEqualTo("{\"error\":\"'prompt' must be a string\",\"message\":null}");
    }

    @Test
    void aTokenIsAskedForFirst() {
        HttpResponse<String> nobody = rig.send(rig.request("/gpt-4o")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{not json")));
        assertThat(nobody.statusCode()).isEqualTo(401);
        assertThat(nobody.body()).isEqualTo("{\"error\":\"Authorization header is required\",\"message\":null}");
        HttpResponse<String> wrong = rig.post("/stream", "abcdefg", "{}");
        assertThat(wrong.statusCode()).isEqualTo(401);
        assertThat(wrong.body()).isEqualTo("{\"error\":\"Invalid or expired token\",\"message\":null}");
    }

    @Test
    void bodiesThatAreNotUnderstood() {
        HttpResponse<String> malformed = rig.post("/gpt-4o", rig.token(user), "{\"messages\":");
        assertThat(malformed.statusCode()).isEqualTo(400);
        assertThat(malformed.body()).startsWith("{\"error\":\"Bad Request\"");
        HttpResponse<String> other = rig.send(rig.request("/gpt-4o")
                .header("Authorization", "Bearer " + rig.token(user))
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString("[]")));
        assertThat(other.body()).isEqualTo(body("M+"));
    }

    @Test
    void formsAndSpelledOutArraysAreRead() {
        String spelled = HELLO.formatted("Hello").replace("\"", "\\\"");
        assertThat(rig.post("/gpt-4o", rig.token(rig.user()), "{\"messages\":\"" + spelled + "\"}")
                        .statusCode())
                .isEqualTo(200);
        HttpResponse<String> form = rig.send(rig.request("/gpt-4o")
                .header("Authorization", "Bearer " + rig.token(rig.user()))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString("messages=%5B%7B%22role%22:%22user%22,%22content%22:%22Hello%22%7D%5D")));
        assertThat(form.statusCode()).isEqualTo(200);
    }

    @Test
    void failuresOfTheModelHaveTheirCauseInTheStatusAndNothingOfTheirs() {
        String messages = HELLO.formatted("[[model:fault-500]] x");
        HttpResponse<String> answer = rig.post("/gpt-4o", rig.token(rig.user()), "{\"messages\":" + messages + "}");
        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(answer.body())
                .isEqualTo("{\"error\":\"GPT Threw an error - The model could not answer\",\"message\":null}");
        HttpResponse<String> simple =
                rig.get("/simple-gpt-4o-mini-complete?prompt=%5B%5Bmodel:fault-500%5D%5D%20x", rig.token(rig.user()));
        assertThat(simple.statusCode()).isEqualTo(502);
        assertThat(simple.body()).isEqualTo("{\"error\":\"GPT Threw an error - The model could not answer\"}");
    }

    @Test
    void aStreamThatFailsIsA200WithALine() {
        String json = "{\"model\":\"gpt-4o\",\"messages\":" + HELLO.formatted("[[model:fault-500]] x") + "}";
        HttpResponse<String> answer = rig.post("/stream", rig.token(rig.user()), json);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{\"error\":\"Error while streaming\"}\n");
    }
}
