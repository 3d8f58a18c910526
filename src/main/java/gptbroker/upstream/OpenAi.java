package gptbroker.upstream;

import gptbroker.config.BrokerConfig;
import gptbroker.config.Secret;
import gptbroker.ops.Patience;
import gptbroker.problem.Problem;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.webclient.api.HttpClientResponse;
import io.helidon.webclient.http1.Http1ClientRequest;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
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
    private static final Header AGENT = HeaderValues.createCached(HeaderNames.USER_AGENT, USER_AGENT);
    private static final Header JSON_BODY = HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "application/json");
    /** Nothing is unpacked here, so nothing is to be packed. */
    private static final Header PLAIN = HeaderValues.createCached(HeaderNames.ACCEPT_ENCODING, "identity");

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
    private final Patience streams = new Patience("upstream-streams", Duration.ofMillis(50));
    private final List<Header> credentials;
    private final boolean tellsOurCodes;

    private OpenAi(BrokerConfig.Upstream config, LongSupplier nanoTime, InstantSource clock, boolean tellsOurCodes) {
        this.config = config;
        this.tellsOurCodes = tellsOurCodes;
        this.nanoTime = nanoTime;
        this.clock = clock;
        this.endpoint = Endpoint.of(config);
        this.connector = new Connector(config, endpoint.origin());
        this.connections = new Connections(connector::connect, nanoTime);
        this.credentials = credentials(config, endpoint.isAzure());
    }

    /**
     * The way to the provider.
     *
     * @throws IllegalArgumentException when a URL, key or header value cannot be used; it is not repeated
     */
    static OpenAi provider(BrokerConfig.Upstream config, LongSupplier nanoTime, InstantSource clock) {
        return new OpenAi(config, nanoTime, clock, false);
    }

    /** The way to an inference process of ours: what it says of a failure is believed, so that the cause passes. */
    static OpenAi inference(BrokerConfig.Upstream config, LongSupplier nanoTime, InstantSource clock) {
        return new OpenAi(config, nanoTime, clock, true);
    }

    @Override
    public Completion complete(Call call) {
        return new WholeAnswer(connections, chat(call, false), config, nanoTime, patience).ask();
    }

    @Override
    public DeltaStream stream(Call call) {
        return new LiveAnswer(connections, chat(call, true), config, nanoTime, patience, streams).open();
    }

    @Override
    public RawAnswer relay(RawCall call) {
        return new LiveRelay(
                        connections, raw(call), config, nanoTime, patience, streams, call.foreign(), this::isSecret)
                .open();
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
        streams.close();
    }

    /** What shows the provider who we are. */
    private static List<Header> credentials(BrokerConfig.Upstream config, boolean azure) {
        List<Header> all = new ArrayList<>();
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

    private boolean isSecret(String text) {
        return Stream.of(config.apiKey().map(Secret::reveal), config.organization(), config.project())
                .anyMatch(secret -> secret.filter(text::contains).isPresent());
    }

    private static Header header(String name, String variable, String scheme, String value) {
        if (value.isEmpty() || !value.chars().allMatch(c -> c > 0x20 && c < 0x7F)) {
            throw new IllegalArgumentException(variable + " has characters that a header cannot hold");
        }
        return HeaderValues.createCached(HeaderNames.create(name), scheme + value);
    }

    private Request chat(Call call, boolean stream) {
        List<Header> headers = new ArrayList<>(List.of(AGENT, JSON_BODY, PLAIN, stream ? AS_STREAM : AS_JSON));
        headers.addAll(credentials);
        byte[] body = ChatJson.request(endpoint.modelName(call.model()), call, stream);
        return new Request(Method.POST, endpoint.target(call.model()), headers, body);
    }

    private Request raw(RawCall call) {
        Map<String, List<String>> lines = new LinkedHashMap<>();
        call.headers()
                .forEach(line -> lines.computeIfAbsent(line.name(), name -> new ArrayList<>())
                        .add(line.value()));
        List<Header> headers = new ArrayList<>();
        lines.forEach((name, values) -> headers.add(HeaderValues.create(HeaderNames.create(name), values)));
        headers.add(PLAIN);
        if (!call.foreign()) {
            headers.addAll(credentials);
        }
        String target = endpoint.target(call.path(), call.query(), call.model());
        return new Request(Method.create(call.method()), target, headers, call.body());
    }

    /** One request, ready to be sent. */
    private final class Request implements Exchange.Wire {
        private final Method method;
        private final String target;
        private final List<Header> headers;
        private final byte[] body;

        Request(Method method, String target, List<Header> headers, byte[] body) {
            this.method = method;
            this.target = target;
            this.headers = headers;
            this.body = body;
        }

        @Override
        public HttpClientResponse send(Lease lease) {
            Http1ClientRequest request = connector
                    .client()
                    .method(method)
                    .skipUriEncoding(true)
                    .path(target)
                    .connection(lease);
            headers.forEach(request::header);
            return body.length == 0 ? request.request() : request.submit(body);
        }

        @Override
        public Problem refusal(HttpClientResponse response, Link link) {
            int status = response.status().code();
            String code = status < 200 ? null : errorCode(response, link);
            Optional<Problem> told = tellsOurCodes ? Told.of(response.headers(), clock.instant()) : Optional.empty();
            return told.orElseGet(() -> Faults.refused(status, response.headers(), code, clock.instant()));
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
