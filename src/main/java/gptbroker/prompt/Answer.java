package gptbroker.prompt;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import gptbroker.http.ClientGone;
import gptbroker.http.Exchange;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** The form in which an endpoint answers. */
sealed interface Answer {
    /** A whole answer in one body. */
    sealed interface Whole extends Answer {
        /** The text that the client will read, and the archive keeps. */
        default String text(String completion) {
            return completion;
        }

        void send(Exchange exchange, String text) throws ClientGone;

        /** Sends a text that is known. */
        default void sendKnown(Exchange exchange, String text) throws ClientGone {
            send(exchange, text);
        }
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

    /** JSON with the ids of the archive's rows, as backend projects read it (S0.6). */
    record Reply(InstantSource clock) implements Whole {
        @Override
        public void send(Exchange exchange, String text) throws ClientGone {
            send(exchange, text, false);
        }

        @Override
        public void sendKnown(Exchange exchange, String text) throws ClientGone {
            send(exchange, text, true);
        }

        private void send(Exchange exchange, String text, boolean cached) throws ClientGone {
            // An exchange has one answer, and both rows its id.
            String body = "{\"id\":\"" + exchange.id() + "\",\"input_id\":\"" + exchange.id() + "\",\"content\":"
                    + JsonText.quote(text) + ",\"timestamp\":\""
                    + clock.instant().truncatedTo(ChronoUnit.MILLIS) + "\",\"cached\":" + cached + "}";
            exchange.send(200, "application/json; charset=utf-8", body.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** The model's own JSON as the body; an answer that is none is a failure of the model. */
    record ModelJson() implements Whole {
        private static final JsonMapper STRICT = JsonMapper.builder()
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build();

        @Override
        public String text(String completion) {
            try {
                if (STRICT.readTree(completion).isContainerNode()) {
                    return completion.strip();
                }
            } catch (JsonProcessingException malformed) {
                // Its message quotes the answer.
            }
            throw Problem.of(ProblemCode.UPSTREAM_FAILED, "the answer is no JSON");
        }

        @Override
        public void send(Exchange exchange, String text) throws ClientGone {
            exchange.send(200, "application/json; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
        }
    }

    /**
     * A stream of deltas.
     *
     * @param form how it looks; empty: NDJSON as the seed, SSE for who accepts {@code text/event-stream} (S3.27)
     * @param drain whether the model's answer is read to its end after the client has left
     */
    record Stream(Optional<StreamForm> form, boolean drain) implements Answer {}
}
