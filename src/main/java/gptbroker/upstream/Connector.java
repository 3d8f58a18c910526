package gptbroker.upstream;

import gptbroker.config.BrokerConfig;
import gptbroker.config.Secret;
import io.helidon.common.socket.SocketOptions;
import io.helidon.common.tls.Tls;
import io.helidon.webclient.api.ConnectedSocketChannelInfo;
import io.helidon.webclient.api.ConnectedSocketInfo;
import io.helidon.webclient.api.ConnectionKey;
import io.helidon.webclient.api.ConnectionListener;
import io.helidon.webclient.api.Proxy;
import io.helidon.webclient.api.TcpClientConnection;
import io.helidon.webclient.api.WebClient;
import io.helidon.webclient.http1.Http1Client;
import io.helidon.webclient.http1.Http1ClientProtocolConfig;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLDecoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Opens connections to the provider, straight or through {@code PROXY_URL}. Thread-safe. */
final class Connector {
    /** A connection with the socket under it, for looking whether bytes wait there that nobody asked for. */
    record Connected(TcpClientConnection connection, Socket socket) {}

    /** Tells the connecting thread its socket; a proxy's tunnel is announced first and then replaced. */
    private record Announced(ThreadLocal<@Nullable Socket> place) implements ConnectionListener {
        @Override
        public void socketConnected(ConnectedSocketInfo info) {
            place.set(info.socket());
        }

        @Override
        public void socketChannelConnected(ConnectedSocketChannelInfo info) {
            // Unix domain sockets; we have none.
        }
    }

    private static final Duration FOREVER = Duration.ZERO;
    /** At DEBUG Helidon would log whole requests, the key and the prompt with them, whatever the log's configuration. */
    private static final Http1ClientProtocolConfig UNLOGGED = Http1ClientProtocolConfig.builder()
            .log(log -> log.sendLog(false).receiveLog(false))
            .build();

    private static final List<String> HTTP_1_ONLY = List.of("http/1.1");

    private final ThreadLocal<@Nullable Socket> justConnected = new ThreadLocal<>();
    private final WebClient webClient;
    private final Http1Client client;
    private final ConnectionKey key;

    /** @throws IllegalArgumentException when the proxy's URL is none; the message does not repeat it */
    Connector(BrokerConfig.Upstream config, URI origin) {
        Optional<URI> proxyUrl = config.proxyUrl().map(Connector::proxyUri);
        Proxy proxy = proxyUrl.map(Connector::proxy).orElseGet(Proxy::noProxy);
        var builder = WebClient.builder()
                .baseUri(origin)
                .addProtocolPreference("http/1.1")
                .addProtocolConfig(UNLOGGED) // for the request of a proxy's tunnel
                .connectTimeout(config.connectTimeout())
                .readTimeout(FOREVER) // deadlines are Exchange's: a timer less per read
                .followRedirects(false)
                .sendExpectContinue(false)
                .shareConnectionCache(false)
                .connectionCacheSize(1) // unused: Connections keeps them
                .connectionListener(new Announced(justConnected))
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(config.connectTimeout())
                        .readTimeout(FOREVER)
                        .tcpNoDelay(true)
                        .build())
                .proxy(proxy);
        // Helidon resolves the target even when only the proxy can; it never uses that address then.
        proxyUrl.ifPresent(url -> builder.dnsResolver((host, lookup) -> address(host, url.getHost())));
        webClient = builder.build();
        client = webClient.client(Http1Client.PROTOCOL, UNLOGGED);
        boolean secure = "https".equalsIgnoreCase(origin.getScheme());
        key = ConnectionKey.create(
                origin.getScheme().toLowerCase(Locale.ROOT),
                origin.getHost(),
                origin.getPort() > 0 ? origin.getPort() : secure ? 443 : 80,
                secure
                        ? webClient.prototype().tls()
                        : Tls.builder().enabled(false).build(),
                webClient.prototype().dnsResolver(),
                webClient.prototype().dnsAddressLookup(),
                proxy);
    }

    /** The client whose requests are sent over our own connections. */
    Http1Client client() {
        return client;
    }

    /** Opens a connection: TCP, the proxy's tunnel, TLS. Blocks; an interrupt ends it. */
    Connected connect() {
        try {
            TcpClientConnection connection = TcpClientConnection.create(
                            webClient, key, HTTP_1_ONLY, it -> true, it -> {})
                    .connect();
            Socket socket = justConnected.get();
            if (socket == null) {
                throw new IllegalStateException("no socket was announced");
            }
            return new Connected(connection, socket);
        } finally {
            justConnected.remove();
        }
    }

    void close() {
        webClient.closeResource();
    }

    private static URI proxyUri(Secret secret) {
        try {
            URI uri = URI.create(secret.reveal());
            if ("http".equalsIgnoreCase(uri.getScheme()) && uri.getHost() != null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // Its message would repeat the credentials.
        }
        throw new IllegalArgumentException("PROXY_URL must be http://[user:password@]host[:port]");
    }

    private static Proxy proxy(URI url) {
        var builder = Proxy.builder()
                .type(Proxy.ProxyType.HTTP)
                .host(url.getHost())
                .port(url.getPort() > 0 ? url.getPort() : 80);
        if (url.getRawUserInfo() != null) {
            String[] parts = url.getRawUserInfo().split(":", 2);
            builder.username(decoded(parts[0]));
            builder.password(decoded(parts.length > 1 ? parts[1] : "").toCharArray());
        }
        return builder.build();
    }

    private static String decoded(String part) {
        return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static InetAddress address(String host, String proxyHost) {
        try {
            return host.equalsIgnoreCase(proxyHost)
                    ? InetAddress.getByName(host)
                    : InetAddress.getByAddress(host, new byte[4]);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("the proxy's host is unknown");
        }
    }
}
