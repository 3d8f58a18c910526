package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.e2e.Doors.Door;
import gptbroker.testing.FramingCase;
import gptbroker.testing.FramingCase.Aim;
import gptbroker.testing.FramingCase.Target;
import gptbroker.testing.Nginx;
import gptbroker.testing.RawHttp;
import gptbroker.testing.RawHttp.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The framing table (A) at the whole broker, with and without a good token: what is hidden would be a paid call. */
class FramingE2eTest {
    private static Doors doors;

    @BeforeAll
    static void start() {
        doors = new Doors(Map.of());
    }

    @AfterAll
    static void stop() {
        doors.archived(0);
        doors.close();
    }

    @TestFactory
    Stream<DynamicNode> nothingHiddenRuns() {
        return Stream.of(Door.values())
                .flatMap(door -> Stream.of(
                                aim(door, Doors.STREAM, true),
                                aim(door, Doors.GPT_4O, true),
                                aim(door, Doors.ADVANCED, false))
                        .map(aim -> table(door, aim)));
    }

    /**
     * A body that is no JSON, and a query without a prompt: refused even with a token, but only after routing. What is
     * hidden would cost a unit; not so behind nginx, which reads some of it as a request of its own right.
     */
    private static Aim aim(Door door, String post, boolean signedIn) {
        int refused = signedIn ? 400 : 401;
        String query = door == Door.DIRECT ? "?prompt=" + Doors.CANARY : "";
        return new Aim(
                Nginx.TENANT,
                (signedIn ? doors.bearer() : "") + Doors.JSON,
                new Target(post, refused),
                new Target(post, refused),
                new Target(Doors.SIMPLE, refused),
                "GET " + Doors.SIMPLE + query + " HTTP/1.1\r\nHost: " + Nginx.TENANT + "\r\n" + doors.bearer()
                        + "\r\n");
    }

    private static DynamicNode table(Door door, Aim aim) {
        return DynamicContainer.dynamicContainer(
                door + " " + aim,
                FramingCase.all(aim).stream()
                        .map(framing -> DynamicTest.dynamicTest(framing.name(), () -> run(door, framing))));
    }

    private static void run(Door door, FramingCase framing) {
        doors.untouched(door, () -> {
            List<Answer> answers = answers(door, framing);
            if (door == Door.DIRECT) {
                assertThat(answers.stream().map(Answer::status).toList()).matches(framing::accepts);
            }
            return answers;
        });
    }

    /** nginx drops the request of a client that has sent its FIN, so it gets a last request instead where it can. */
    private static List<Answer> answers(Door door, FramingCase framing) {
        boolean incomplete = framing.name().matches("(23|33) .*");
        try (RawHttp client = RawHttp.connect(doors.port(door))) {
            client.send(framing.bytes());
            if (door == Door.DIRECT || incomplete) {
                client.finish();
            } else {
                client.send(Doors.request("GET", "/health", "Connection: close\r\n", new byte[0]));
            }
            return client.readAll();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
