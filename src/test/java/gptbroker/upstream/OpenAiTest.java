package gptbroker.upstream;

import static gptbroker.testing.FakeProvider.answer;
import static gptbroker.testing.FakeProvider.ascii;
import static gptbroker.testing.FakeProvider.chunk;
import static gptbroker.testing.FakeProvider.completion;
import static gptbroker.testing.FakeProvider.concat;
import static gptbroker.testing.FakeProvider.ending;
import static gptbroker.testing.FakeProvider.event;
import static gptbroker.testing.FakeProvider.json;
import static gptbroker.testing.FakeProvider.lastChunk;
import static gptbroker.testing.FakeProvider.stream;
import static gptbroker.testing.FakeProvider.streamHead;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import gptbroker.config.BrokerConfig;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.testing.FakeProvider;
import gptbroker.upstream.Configs.Heard;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The bare client against a provider that behaves and misbehaves: fault rows U1 to U8. */
final class OpenAiTest {
    private static final String TEXT = "Grüße 日本語 👩‍👩‍👧 😀!";

    private final FakeProvider provider;
    private OpenAi openAi;

    OpenAiTest() throws IOException {
        provider = new FakeProvider((request, wire) -> wire.send(json(completion(TEXT))));
        openAi = open(Configs.config(provider.uri()));
    }

    @AfterEach
    void close() throws IOException {
        openAi.close();
        provider.close();
    }

    @Test
    void completes() {
        provider.script((request, wire) -> wire.send(answer(200, "x-request-id: req_1\r\n", completion(TEXT))));
        Completion completion = openAi.complete(Configs.call());
        assertThat(completion)
                .isEqualTo(
                        new Completion(TEXT, Optional.of(new Usage(11, 5)), Optional.of("stop"), Optional.of("req_1")));
    }

    @Test
    void sendsWhatTheProviderNeedsAndNothingElse() {
        openAi.complete(
                new Call("gpt-4o", "[ 1 , \"\\ud800\" ]".getBytes(StandardCharsets.UTF_8), OptionalDouble.of(0.25)));
        FakeProvider.Request request = provider.requests().getFirst();
        assertThat(request.line()).isEqualTo("POST /v1/chat/completions HTTP/1.1");
        assertThat(request.text())
                .isEqualTo("{\"model\":\"mapped-4o\",\"messages\":[ 1 , \"\\ud800\" ],\"temperature\":0.25}");
        assertThat(request.headers())
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "host", "127.0.0.1:" + provider.port(),
                        "authorization", "Bearer " + Configs.KEY,
                        "openai-organization", "org-1",
                        "openai-project", "proj-1",
                        "content-type", "application/json",
                        "accept", "application/json",
                        "accept-encoding", "identity",
                        "user-agent", "gpt-broker/dev",
                        "content-length", String.valueOf(request.body().length)));
    }

    @Test
    void signsInAtAzureWithItsOwnHeader() {
        reopen(Configs.config(provider.uri().resolve("/openai/deployments/DEP/completions?api-version=2024-06-01")));
        openAi.complete(Configs.call());
        FakeProvider.Request request = provider.requests().getFirst();
        assertThat(request.line())
                .isEqualTo("POST /openai/deployments/DEP/chat/completions?api-version=2024-06-01 HTTP/1.1");
        assertThat(request.headers()).containsEntry("api-key", Configs.KEY).doesNotContainKey("authorization");
    }

    @Test
    void streams() throws InterruptedException {
        provider.script((request, wire) -> wire.send(stream("Grüße ", "", "日本語", " 👩‍👩‍👧 😀!")));
        Heard heard = hear();
        assertThat(heard.pieces()).containsExactly("Grüße ", "日本語", " 👩‍👩‍👧 😀!");
        assertThat(heard.end())
                .isEqualTo(
                        new Delta.Done(Optional.of(new Usage(7, 3)), Optional.of("stop"), Optional.of("chatcmpl-1")));
        assertThat(provider.requests().getFirst().text())
                .endsWith(",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
    }

    @Test
    void usesAConnectionAgain() throws InterruptedException {
        provider.script((request, wire) -> wire.send(
                switch (request.number() % 3) {
                    case 0 -> stream("a", "b");
                    case 1 -> json(completion(TEXT));
                    default -> answer(400, "", "{\"error\":{}}");
                }));
        for (int i = 1; i <= 30; i++) {
            if (i % 3 == 0) {
                assertThat(hear().text()).isEqualTo("ab");
                waitUntilIdle();
            } else if (i % 3 == 1) {
                assertThat(openAi.complete(Configs.call()).text()).isEqualTo(TEXT);
            } else {
                assertThat(refusal().code()).isEqualTo(ProblemCode.UPSTREAM_REJECTED);
            }
        }
        assertThat(provider.connections()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"secret\":1}", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"})
    void bytesLeftOverNeverReachTheNextCall(String surplus) {
        provider.script((request, wire) ->
                wire.send(concat(json(completion("number " + request.number())), ascii(surplus))));
        for (int i = 1; i <= 5; i++) {
            assertThat(openAi.complete(Configs.call()).text()).isEqualTo("number " + i);
        }
        assertThat(provider.connections()).isEqualTo(5);
    }

    @Test
    void aStreamIsTheSameHoweverItIsSliced() throws InterruptedException {
        byte[] whole = stream("Grüße ", "日本語", " 👩‍👩‍👧 😀!");
        provider.script((request, wire) -> wire.drip(whole));
        Heard heard = hear();
        assertThat(heard.text()).isEqualTo(TEXT);
        assertThat(heard.isDone()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r", "\r\n"})
    void aStreamMayEndItsLinesAnyWay(String end) throws InterruptedException {
        String body = ("\uFEFF: hello\n\n" + event("日本") + ": comment\n" + event("語") + ending()).replace("\n", end);
        provider.script((request, wire) -> wire.send(streamHead(), chunk(body), lastChunk()));
        assertThat(hear().text()).isEqualTo("日本語");
    }

    @Test
    void aCutAtAnyByteIsAPrefixAndMarked() throws Exception {
        byte[] whole = stream("Grüße ", "日本語", " 👩‍👩‍👧 😀!");
        int complete = indexOf(whole, "[DONE]") + "[DONE]\n".length();
        for (int length = 0; length <= whole.length; length++) {
            int cut = length;
            provider.script((request, wire) -> wire.cutAfter(whole, cut));
            Heard heard;
            try {
                heard = hear();
            } catch (Problem problem) {
                assertThat(problem.code()).isEqualTo(ProblemCode.UPSTREAM_FAILED);
                assertThat(cut).isLessThan(streamHead().length);
                continue;
            }
            assertThat(TEXT).startsWith(heard.text());
            assertThat(heard.text()).doesNotContain("\uFFFD");
            if (heard.isDone()) {
                assertThat(heard.text()).isEqualTo(TEXT);
                assertThat(cut).isGreaterThanOrEqualTo(complete);
            } else {
                assertThat(heard.problem().code()).isEqualTo(ProblemCode.UPSTREAM_FAILED);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "400, UPSTREAM_REJECTED", "401, UPSTREAM_FAILED", "402, UPSTREAM_FAILED", "403, UPSTREAM_FAILED",
        "404, UPSTREAM_REJECTED", "408, UPSTREAM_TIMEOUT", "409, UPSTREAM_REJECTED", "418, UPSTREAM_FAILED",
        "422, UPSTREAM_REJECTED", "429, UPSTREAM_RATE_LIMITED", "500, UPSTREAM_FAILED", "502, UPSTREAM_FAILED",
        "503, UPSTREAM_FAILED", "504, UPSTREAM_FAILED", "529, UPSTREAM_FAILED", "100, UPSTREAM_FAILED",
        "103, UPSTREAM_FAILED", "201, UPSTREAM_FAILED", "204, UPSTREAM_FAILED", "302, UPSTREAM_FAILED",
        "307, UPSTREAM_FAILED", "304, UPSTREAM_FAILED", "999, UPSTREAM_FAILED",
    })
    void mapsEveryStatus(int status, ProblemCode code) {
        String key = Configs.KEY;
        for (String body : new String[] {
            "", "<html>" + key + "</html>", "{\"error\":{\"message\":\"" + key + "\",\"code\":\"x\"}}", key.repeat(9000)
        }) {
            provider.script((request, wire) -> wire.send(
                    answer(status, "Location: http://127.0.0.1:1/" + key + "\r\nX-Note: " + key + "\r\n", body)));
            for (Problem problem : new Problem[] {refusal(), streamRefusal()}) {
                assertThat(problem.code()).isEqualTo(code);
                assertNoSecret(problem);
            }
        }
        assertThat(provider.requests()).hasSize(8);
    }

    @ParameterizedTest
    @CsvSource({"7, 7", "3600, 120", "-1, 5", "abc, 5", "1000000000, 120", "'Fri, 20 Nov 2020 12:00:30 GMT', 1"})
    void tellsWhenToComeBack(String said, int told) {
        provider.script((request, wire) -> wire.send(answer(429, "Retry-After: " + said + "\r\n", "{}")));
        assertThat(refusal().retryAfter()).contains(Duration.ofSeconds(told));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "data: {\"error\":{\"message\":\"no\"}}\n\n",
                "event: error\ndata: {}\n\n",
                "data: not json\n\n",
                "data: {\"choices\":[{\"delta\":{\"content\":\n\n",
                "<html>\n",
                "",
                ": only\n: comments\n\n",
            })
    void aStreamThatGoesWrongIsBroken(String rest) throws InterruptedException {
        provider.script((request, wire) -> wire.send(streamHead(), chunk(event("ab") + rest), lastChunk()));
        Heard heard = hear();
        assertThat(heard.text()).isEqualTo("ab");
        assertThat(heard.problem().code()).isEqualTo(ProblemCode.UPSTREAM_FAILED);
    }

    @Test
    void nothingAfterDoneCounts() throws InterruptedException {
        provider.script((request, wire) -> wire.send(
                streamHead(),
                chunk(event("ab") + ending() + event("more") + "data: [DONE]\n\ndata: garbage\n\n<html>\n"),
                chunk("x".repeat(100)),
                lastChunk()));
        assertThat(hear().text()).isEqualTo("ab");
        assertThat(hear().isDone()).isTrue();
    }

    @Test
    void usageComesFromTheLastThatIsThere() throws InterruptedException {
        String usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":0}}\n\n";
        String none = "data: {\"choices\":[],\"usage\":null}\n\n";
        provider.script((request, wire) -> wire.send(
                streamHead(), chunk(usage.replace(":0", ":9") + usage + none + "data: [DONE]\n\n"), lastChunk()));
        assertThat(((Delta.Done) hear().end()).usage()).contains(new Usage(1, 0));
        provider.script((request, wire) -> wire.send(streamHead(), chunk("data: [DONE]\n\n"), lastChunk()));
        assertThat(((Delta.Done) hear().end()).usage()).isEmpty();
    }

    @Test
    void longLinesAndChunks() throws InterruptedException {
        String mega = "日".repeat(340_000);
        provider.script((request, wire) -> wire.send(stream(mega, "ok")));
        assertThat(hear().text()).isEqualTo(mega + "ok");
        provider.script((request, wire) -> wire.send(stream("ok", "x".repeat(2 << 20))));
        Heard heard = hear();
        assertThat(heard.text()).isEqualTo("ok");
        assertThat(heard.problem().code()).isEqualTo(ProblemCode.UPSTREAM_FAILED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "{\"choices\":[]}",
                "[]",
                "{\"error\":{\"message\":\"m\"}}",
                "<html>",
                "{\"choices\":[{"
            })
    void anAnswerThatIsNoneFails(String body) {
        provider.script((request, wire) -> wire.send(json(body)));
        assertThat(refusal().code()).isEqualTo(ProblemCode.UPSTREAM_FAILED);
        assertThat(hearOrProblem()).isEqualTo(ProblemCode.UPSTREAM_FAILED);
    }

    @Test
    void anAnswerMayEndWithItsConnection() throws InterruptedException {
        provider.script((request, wire) -> wire.send(
                        ascii("HTTP/1.1 200 OK\r\n\r\n"), completion(TEXT).getBytes(StandardCharsets.UTF_8))
                .close());
        assertThat(openAi.complete(Configs.call()).text()).isEqualTo(TEXT);
        provider.script((request, wire) -> wire.send(
                        ascii("HTTP/1.1 200 OK\r\n\r\n"), (event("ab") + ending()).getBytes(StandardCharsets.UTF_8))
                .close());
        assertThat(hear().isDone()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"choices\":[]}",
                "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\nx",
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
                "HTTP/1.1 abc OK\r\n\r\n",
                "HTTP/9.9 200 OK\r\n\r\n",
                "SSH-2.0-OpenSSH\r\n",
                "\r\n\r\n",
            })
    void badFramingFails(String bytes) {
        provider.script((request, wire) -> wire.send(ascii(bytes)).close());
        assertThat(refusal().code()).isEqualTo(ProblemCode.UPSTREAM_FAILED);
        assertThat(hearOrProblem()).isEqualTo(ProblemCode.UPSTREAM_FAILED);
    }

    @Test
    void resetsAndRefusalsAndUnknownHosts() throws Exception {
        provider.script((request, wire) -> wire.reset());
        assertThat(refusal().code()).isEqualTo(ProblemCode.UPSTREAM_FAILED);
        provider.close();
        assertThat(refusal().code()).isEqualTo(ProblemCode.UPSTREAM_FAILED);
        reopen(Configs.config(java.net.URI.create("http://no-such-host.invalid")));
        assertThat(refusal().code()).isEqualTo(ProblemCode.UPSTREAM_FAILED);
    }

    @Test
    void aLimitEndsWhatDoesNotEnd() {
        reopen(Configs.config(provider.uri(), Configs.LONG, Configs.LONG, Configs.LONG, 9, 10_000));
        provider.script((request, wire) -> {
            wire.send(streamHead());
            for (; ; ) {
                wire.send(chunk(event("x")));
            }
        });
        assertThat(hearOrProblem()).isEqualTo(ProblemCode.UPSTREAM_FAILED);
        provider.script((request, wire) -> {
            wire.send(streamHead());
            for (; ; ) {
                wire.send(chunk(": ping\n"));
            }
        });
        assertThat(hearOrProblem()).isEqualTo(ProblemCode.UPSTREAM_FAILED);
        provider.script((request, wire) -> wire.send(json(completion("x".repeat(20_000)))));
        assertThat(refusal().getMessage()).startsWith("too_large");
        provider.script((request, wire) -> {
            for (; ; ) {
                wire.send(ascii("HTTP/1.1 100 Continue\r\n\r\n"));
            }
        });
        assertThat(refusal().code()).isEqualTo(ProblemCode.UPSTREAM_FAILED);
    }

    @Test
    void silenceBeforeTheHead() {
        reopen(Configs.config(provider.uri(), Configs.SHORT, Configs.LONG, Configs.LONG, 9, 10_000));
        CountDownLatch left = new CountDownLatch(2);
        provider.script((request, wire) -> wire.stall(left));
        assertThat(refusal().code()).isEqualTo(ProblemCode.UPSTREAM_TIMEOUT);
        assertThat(streamRefusal().code()).isEqualTo(ProblemCode.UPSTREAM_TIMEOUT);
        await(left);
    }

    @Test
    void aHeadThatDripsIsSilence() {
        reopen(Configs.config(provider.uri(), Configs.SHORT, Configs.LONG, Configs.LONG, 9, 10_000));
        CountDownLatch never = new CountDownLatch(1);
        provider.script((request, wire) -> {
            wire.send(ascii("HTTP/1.1 200 OK\r\n"));
            while (!never.await(5, TimeUnit.MILLISECONDS)) {
                wire.send(ascii("X-Drip: 1\r\n"));
            }
        });
        assertThat(refusal().code()).isEqualTo(ProblemCode.UPSTREAM_TIMEOUT);
    }

    @Test
    void silenceAfterTheHead() throws InterruptedException {
        reopen(Configs.config(provider.uri(), Configs.SHORT, Configs.LONG, Configs.LONG, 9, 10_000));
        CountDownLatch left = new CountDownLatch(1);
        provider.script((request, wire) -> wire.send(streamHead()).stall(left));
        assertThat(hear().problem().code()).isEqualTo(ProblemCode.UPSTREAM_TIMEOUT);
        await(left);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void silenceInTheMiddleOrBeforeTheEnd(boolean atTheEnd) throws InterruptedException {
        reopen(Configs.config(provider.uri(), Configs.LONG, Configs.SHORT, Configs.LONG, 9, 10_000));
        CountDownLatch left = new CountDownLatch(1);
        String rest = atTheEnd ? ending().replace("data: [DONE]\n\n", "") : "";
        provider.script((request, wire) ->
                wire.send(streamHead(), chunk(event("ab") + rest)).stall(left));
        Heard heard = hear();
        assertThat(heard.text()).isEqualTo("ab");
        assertThat(heard.problem().code()).isEqualTo(ProblemCode.UPSTREAM_TIMEOUT);
        await(left);
    }

    @Test
    void totalTimeEndsALivelyStream() throws InterruptedException {
        // Within it the head must come, however busy the machine is.
        reopen(Configs.config(provider.uri(), Configs.LONG, Configs.LONG, Duration.ofSeconds(2), 9, 1 << 30));
        CountDownLatch never = new CountDownLatch(1);
        provider.script((request, wire) -> {
            wire.send(streamHead());
            while (!never.await(5, TimeUnit.MILLISECONDS)) {
                wire.send(chunk(event("x")));
            }
        });
        assertThat(hear().problem().code()).isEqualTo(ProblemCode.UPSTREAM_TIMEOUT);
    }

    @Test
    void silenceIsFilledUntilItEnds() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch fillings = new CountDownLatch(3);
        byte[] b = chunk(event("b") + ending());
        provider.script((request, wire) -> wire.send(streamHead(), chunk(event("a")))
                .send(Arrays.copyOf(b, 7)) // silent in the middle of a chunk
                .await(go)
                .send(Arrays.copyOfRange(b, 7, b.length), lastChunk()));
        try (DeltaStream stream = openAi.stream(Configs.call())) {
            assertThat(stream.next()).isEqualTo(new Delta.Text("a"));
            Thread reader = Thread.currentThread();
            Delta next = stream.next(Duration.ofMillis(20), () -> {
                assertThat(Thread.currentThread()).isNotSameAs(reader);
                fillings.countDown();
                if (fillings.getCount() == 0) {
                    go.countDown();
                }
            });
            assertThat(next).isEqualTo(new Delta.Text("b"));
            assertThat(fillings.getCount()).isZero();
            Delta end = stream.next();
            assertThat(end).isInstanceOf(Delta.Done.class);
            assertThat(stream.next()).isEqualTo(end);
        }
    }

    @Test
    void aSilenceThatCannotBeFilledEndsTheAnswer() throws InterruptedException {
        CountDownLatch left = new CountDownLatch(1);
        provider.script(
                (request, wire) -> wire.send(streamHead(), chunk(event("a"))).stall(left));
        try (DeltaStream stream = openAi.stream(Configs.call())) {
            assertThat(stream.next()).isEqualTo(new Delta.Text("a"));
            assertThatThrownBy(() -> stream.next(Duration.ofMillis(20), () -> {
                        throw new IOException("the client has left");
                    }))
                    .isInstanceOf(IOException.class)
                    .hasMessage("the client has left");
            await(left);
            assertThat(stream.next()).isInstanceOf(Delta.Broken.class);
        }
    }

    @Test
    void anInterruptEndsTheWaitForAStep() throws Exception {
        CountDownLatch left = new CountDownLatch(1);
        provider.script(
                (request, wire) -> wire.send(streamHead(), chunk(event("a"))).stall(left));
        var reading = new CompletableFuture<Boolean>();
        var caught = new CompletableFuture<Throwable>();
        Thread reader = Thread.ofVirtual().start(() -> {
            try (DeltaStream stream = openAi.stream(Configs.call())) {
                stream.next();
                stream.next(Duration.ofMillis(20), () -> reading.complete(true));
            } catch (InterruptedException e) {
                caught.complete(e);
            }
        });
        assertThat(reading.get(60, TimeUnit.SECONDS)).isTrue();
        reader.interrupt();
        assertThat(caught.get(60, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
        await(left);
    }

    @Test
    void closingFromAnotherThreadEndsTheConnection() throws InterruptedException {
        CountDownLatch left = new CountDownLatch(1);
        provider.script(
                (request, wire) -> wire.send(streamHead(), chunk(event("a"))).stall(left));
        DeltaStream stream = openAi.stream(Configs.call());
        assertThat(stream.next()).isEqualTo(new Delta.Text("a"));
        Thread.ofVirtual().start(stream::close);
        assertThat(stream.next()).isInstanceOf(Delta.Broken.class);
        await(left);
    }

    @Test
    void closingWhileTheReaderWaitsForRoom() throws InterruptedException {
        CountDownLatch left = new CountDownLatch(1);
        provider.script((request, wire) -> {
            try {
                wire.send(streamHead());
                for (; ; ) {
                    wire.send(chunk(event("x".repeat(1000))));
                }
            } finally {
                left.countDown();
            }
        });
        DeltaStream stream = openAi.stream(Configs.call());
        assertThat(stream.next()).isInstanceOf(Delta.Text.class);
        stream.close();
        await(left);
        assertThat(stream.next()).isInstanceOf(Delta.Broken.class);
    }

    @Test
    void anInterruptEndsTheWait() throws Exception {
        CountDownLatch left = new CountDownLatch(1);
        CountDownLatch arrived = new CountDownLatch(1);
        provider.script((request, wire) -> {
            arrived.countDown();
            wire.stall(left);
        });
        var caught = new CompletableFuture<Boolean>();
        Thread caller = Thread.ofVirtual().start(() -> {
            refusal();
            caught.complete(Thread.currentThread().isInterrupted());
        });
        await(arrived);
        caller.interrupt();
        assertThat(caught.get(60, TimeUnit.SECONDS)).isTrue();
        await(left);
    }

    private Heard hear() throws InterruptedException {
        return Configs.hear(openAi.stream(Configs.call()));
    }

    private ProblemCode hearOrProblem() {
        try {
            return hear().problem().code();
        } catch (Problem problem) {
            return problem.code();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private Problem refusal() {
        return catchThrowableOfType(Problem.class, () -> openAi.complete(Configs.call()));
    }

    private Problem streamRefusal() {
        return catchThrowableOfType(Problem.class, () -> openAi.stream(Configs.call()));
    }

    private void reopen(BrokerConfig.Upstream config) {
        openAi.close();
        openAi = open(config);
    }

    private static OpenAi open(BrokerConfig.Upstream config) {
        return OpenAi.provider(config, System::nanoTime, InstantSource.system());
    }

    /** After a stream its connection goes back a moment later than its last element. */
    private void waitUntilIdle() throws InterruptedException {
        Configs.until(() -> openAi.idleConnections() == 1);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void assertNoSecret(Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            assertThat(t.toString()).doesNotContain(Configs.KEY).doesNotContain("html");
            assertThat(t.getSuppressed()).isEmpty();
        }
    }

    private static int indexOf(byte[] bytes, String text) {
        return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
    }
}
