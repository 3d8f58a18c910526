package gptbroker.upstream;

import gptbroker.config.BrokerConfig;
import gptbroker.config.Secret;
import gptbroker.ops.Patience;
import gptbroker.problem.Problem;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webclient.api.HttpClientResponse;
import io.helidon.webclient.http1.Http1ClientRequest;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A provider that speaks OpenAI's chat completions over HTTP/1.1: OpenAI itself, Azure, or anything compatible. One
 * call is one request; retries and limits are the decorators' business.
 *
 * <p>Thread-safe.
 */
final class OpenAi implements Upstream, AutoCloseable {
    private static final String USER_AGENT = "gpt-broker/"
            + Optional.ofNullable(OpenAi.class.getPackage().getImplementationVersion())
                    .orElse("dev");
    private static final Header AS_JSON = HeaderValues.createCached(HeaderNames.ACCEPT, "application/json");
    private static final Header AS_STREAM = HeaderValues.createCached(HeaderNames.ACCEPT, "text/event-stream");
    private static final int MOST_OF_A_REFUSAL = 64 * 1024;
    private static final Duration PATIENCE_WITH_A_REFUSAL = Duration.ofSeconds(1);

    private final BrokerConfig.Upstream config;
    private final LongSupplier nanoTime;
    private final InstantSource clock;
    private final Endpoint endpoint;
    private final Connector connector;
    private final Connections connections;
    private final Patience patience = new Patience("upstream-patience");
    private final List<Header> headers;

    /** @throws IllegalArgumentException when a URL, key or header value cannot be used; it is not repeated */
    OpenAi(BrokerConfig.Upstream config, LongSupplier nanoTime, InstantSource clock) {
        this.config = config;
        this.nanoTime = nanoTime;
        this.clock = clock;
        this.endpoint = Endpoint.of(config);
        this.connector = new Connector(config, endpoint.origin());
        this.connections = new Connections(connector::connect, nanoTime);
        this.headers = headers(config, endpoint.isAzure());
    }

    @Override
    public Completion complete(Call call) {
        return new WholeAnswer(connections, new Request(call, false), config, nanoTime, patience).ask();
    }

    @Override
    public DeltaStream stream(Call call) {
        return new LiveAnswer(connections, new Request(call, true), config, nanoTime, patience).open();
    }

    /** Connections that wait for a call. */
    int idleConnections() {
        return connections.idle();
    }

    @Override
    public void close() {
        connections.close();
        connector.close();
        patience.close();
    }

    private static List<Header> headers(BrokerConfig.Upstream config, boolean azure) {
        List<Header> all = new ArrayList<>();
        all.add(HeaderValues.createCached(HeaderNames.USER_AGENT, USER_AGENT));
        all.add(HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "application/json"));
        all.add(HeaderValues.createCached(HeaderNames.ACCEPT_ENCODING, "identity"));
        config.apiKey()
                .map(Secret::reveal)
                .ifPresent(key -> all.add(
                        azure
                                ? header("api-key", "OPENAI_API_KEY", "", key)
                                : header("Authorization", "OPENAI_API_KEY", "Bearer ", key)));
        config.organization().ifPresent(it -> all.add(header("OpenAI-Organization", "OPENAI_ORGANIZATION", "", it)));
        config.project().ifPresent(it -> all.add(header("OpenAI-Project", "OPENAI_PROJECT", "", it)));
        return List.copyOf(all);
    }

    private static Header header(String name, String variable, String scheme, String value) {
        if (value.isEmpty() || !value.chars().allMatch(c -> c > 0x20 && c < 0x7F)) {
            throw new IllegalArgumentException(variable + " has characters that a header cannot hold");
        }
        return HeaderValues.createCached(HeaderNames.create(name), scheme + value);
    }

    /** One request, ready to be sent. */
    private final class Request implements Exchange.Wire {
        private final String target;
        private final byte[] body;
        private final Header accept;

        Request(Call call, boolean stream) {
            target = endpoint.target(call.model());
            body = ChatJson.request(endpoint.modelName(call.model()), call, stream);
            accept = stream ? AS_STREAM : AS_JSON;
        }

        @Override
        public HttpClientResponse send(Lease lease) {
            Http1ClientRequest request = connector
                    .client()
                    .post()
                    .skipUriEncoding(true)
                    .path(target)
                    .connection(lease)
                    .header(accept);
            headers.forEach(request::header);
            return request.submit(body);
        }

        @Override
        public Problem refusal(HttpClientResponse response, Link link) {
            int status = response.status().code();
            String code = status < 200 ? null : errorCode(response, link);
            return Faults.refused(status, response.headers(), code, clock.instant());
        }

        /** Reads a refusal's body, so that its connection can be used again, but not at any price. */
        private @Nullable String errorCode(HttpClientResponse response, Link link) {
            byte[] bytes = new byte[MOST_OF_A_REFUSAL];
            int length = 0;
            try {
                link.connection().readTimeout(PATIENCE_WITH_A_REFUSAL);
                long since = nanoTime.getAsLong();
                InputStream in = response.inputStream();
                int count = 0;
                while (count >= 0
                        && length < bytes.length
                        && nanoTime.getAsLong() - since < PATIENCE_WITH_A_REFUSAL.toNanos()) {
                    length += count;
                    count = length < bytes.length ? in.read(bytes, length, bytes.length - length) : -1;
                }
                return ChatJson.read(bytes, 0, length).errorCode();
            } catch (IOException | RuntimeException e) {
                return null; // HTML, nothing, or cut: the status says enough
            }
        }
    }
}
