package gptbroker.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import gptbroker.testing.Eventually;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** Somebody who reads a chat live, by server-sent events; there when the constructor returns. */
final class Hearer implements AutoCloseable {
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<JsonNode> frames = new CopyOnWriteArrayList<>();
    private final Stream<String> lines;

    Hearer(Rig rig, Talker talker, String chat) {
        try {
            HttpResponse<Stream<String>> answer = http.send(
                    rig.request("/chat/stream")
                            .header("Authorization", "Bearer " + talker.token)
                            .header("Content-Type", "application/x-www-form-urlencoded")
                            .POST(BodyPublishers.ofString("id=" + chat))
                            .build(),
                    BodyHandlers.ofLines());
            if (answer.statusCode() != 200) {
                throw new AssertionError("status " + answer.statusCode());
            }
            lines = answer.body();
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        Thread.ofVirtual().name("hearer").start(this::hear);
    }

    private void hear() {
        try {
            lines.filter(line -> line.startsWith("data:"))
                    .forEach(line -> frames.add(Talker.tree(line.substring("data:".length()))));
        } catch (RuntimeException closed) {
            // The end of the test.
        }
    }

    /** All frames, once a last one has come. */
    List<JsonNode> untilTheLast() {
        return untilTheLast(1);
    }

    /** All frames, once so many last ones have come. */
    List<JsonNode> untilTheLast(int turns) {
        Eventually.within(
                Duration.ofSeconds(60),
                turns + " last frames",
                () -> frames.stream()
                                .filter(frame -> !frame.path("partial").asBoolean(true))
                                .count()
                        >= turns);
        return List.copyOf(frames);
    }

    /** What has come. */
    List<JsonNode> frames() {
        return List.copyOf(frames);
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
