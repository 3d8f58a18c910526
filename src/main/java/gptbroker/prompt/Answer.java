package gptbroker.prompt;

import gptbroker.http.ClientGone;
import gptbroker.http.Exchange;
import java.nio.charset.StandardCharsets;

/** The form in which an endpoint answers. */
sealed interface Answer {
    /** A whole answer in one body. */
    sealed interface Whole extends Answer {
        /** The text that the client will read, and the archive keeps. */
        default String text(String completion) {
            return completion;
        }

        void send(Exchange exchange, String text) throws ClientGone;
    }

    /** Plain text (S3.18, S3.20). */
    record Text(boolean trimmed) implements Whole {
        @Override
        public String text(String completion) {
            return trimmed ? completion.strip() : completion;
        }

        @Override
        public void send(Exchange exchange, String text) throws ClientGone {
            exchange.send(200, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** JSON {@code {"message":"…"}} (S3.22, S3.23). */
    record Message() implements Whole {
        @Override
        public void send(Exchange exchange, String text) throws ClientGone {
            String body = "{\"message\":" + JsonText.quote(text) + "}";
            exchange.send(200, "application/json; charset=utf-8", body.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** A stream of deltas: NDJSON as the seed, SSE for who accepts {@code text/event-stream} (S3.27). */
    record Stream() implements Answer {}
}
