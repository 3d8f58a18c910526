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
        return Stream.of(aim(Doors.STREAM, true), aim(Doors.GPT_4O, true), aim(Doors.ADVANCED, false))
                .flatMap(aim -> Stream.of(Door.values()).map(door -> table(door, aim)));
    }

    /** A body that is no JSON, and a query without a prompt: refused even with a token, but only after routing. */
    private static Aim aim(String post, boolean signedIn) {
        int refused = signedIn ? 400 : 401;
        return new Aim(
                Nginx.TENANT,
                (signedIn ? doors.bearer() : "") + Doors.JSON,
                new Target(post, refused),
                new Target(post, refused),
                new Target(Doors.SIMPLE, refused),
                "GET " + Doors.SIMPLE + "?prompt=" + Doors.CANARY + " HTTP/1.1\r\nHost: " + Nginx.TENANT + "\r\n"
                        + doors.bearer() + "\r\n");
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
            List<Integer> statuses = answers.stream().map(Answer::status).toList();
            if (door == Door.DIRECT) {
                assertThat(statuses).matches(framing::accepts);
            } else {
                assertThat(statuses).hasSizeLessThanOrEqualTo(1);
            }
            return answers;
        });
    }

    private static List<Answer> answers(Door door, FramingCase framing) {
        try (RawHttp client = RawHttp.connect(doors.port(door))) {
            return client.send(framing.bytes()).finish().readAll();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
