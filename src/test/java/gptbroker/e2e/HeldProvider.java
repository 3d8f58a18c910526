package gptbroker.e2e;

import static gptbroker.testing.FakeProvider.chunk;
import static gptbroker.testing.FakeProvider.event;

import gptbroker.testing.FakeProvider;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;

/**
 * A provider whose streams stop after their first piece until the test lets them go on: what is to happen while a reply is
 * being written happens then, however slow the machine is. Other answers come at once.
 */
final class HeldProvider implements AutoCloseable {
    /** The pieces of a stream. */
    static final String FIRST = "one ";

    static final String SECOND = "two";

    private final CountDownLatch released = new CountDownLatch(1);
    private final FakeProvider provider;

    /** Holds from now on. */
    HeldProvider() throws IOException {
        provider = new FakeProvider(this::answer);
    }

    private void answer(FakeProvider.Request request, FakeProvider.Wire wire) throws Exception {
        if (request.text().contains("\"stream\":true")) {
            wire.send(FakeProvider.streamHead(), chunk(event(FIRST)));
            wire.await(released);
            wire.send(chunk(event(SECOND)), chunk(FakeProvider.ending()), FakeProvider.lastChunk());
        } else {
            wire.send(FakeProvider.json(FakeProvider.completion("Hello")));
        }
    }

    /** As {@code OPENAI_API_URL}. */
    String url() {
        return provider.uri().toString();
    }

    /** Lets the streams end, those to come too. */
    void release() {
        released.countDown();
    }

    /** The body of the last call. */
    String lastAsked() {
        return provider.requests().getLast().text();
    }

    @Override
    public void close() throws IOException {
        release();
        provider.close();
    }
}
