package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies as an HTML form sends them. */
class FormBodyE2eTest {
    private static final String HELLO = "%5B%7B%22role%22%3A%22user%22%2C%22content%22%3A%22Hello%22%7D%5D";
    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of());
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    @Test
    void aFormAsks() {
        assertThat(send("messages=" + HELLO + "&other=1").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"messages=%FF", "messages=%5", "messages=é", "messages=1&messages=2"})
    void whatCannotBeDecodedIsRefused(String form) {
        HttpResponse<String> answer = send(form);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.headers().firstValue("x-error-code")).hasValue("bad_request");
    }

    private static HttpResponse<String> send(String form) {
        return rig.send(rig.request("/gpt-4o")
                .header("Authorization", "Bearer " + rig.token(rig.user()))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(form)));
    }
}
