package gptbroker.dev;

import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import java.time.Duration;
import java.util.function.Consumer;

/** How the stand-ins listen: on 127.0.0.1 alone, without delay, gone at once when stopped. */
final class LoopbackServer {
    private static final int MAX_HEADERS = 64 * 1024;

    private LoopbackServer() {}

    /** @throws DevException when the port is taken; {@code what} names the server and its variable */
    static WebServer start(String what, int port, int maxBody, Consumer<HttpRouting.Builder> routes) {
        var routing = HttpRouting.builder();
        routes.accept(routing);
        var server = WebServer.builder()
                .host("127.0.0.1")
                .port(port)
                .featuresDiscoverServices(false)
                .protocolsDiscoverServices(false)
                .addProtocol(Http1Config.builder().maxHeadersSize(MAX_HEADERS).build())
                .maxPayloadSize(maxBody)
                .connectionOptions(options -> options.tcpNoDelay(true))
                .shutdownHook(false)
                .shutdownGracePeriod(Duration.ofMillis(100))
                .routing(routing)
                .build()
                .start();
        if (!server.isRunning()) {
            throw new DevException(what + " cannot listen on port " + port + "; is another broker dev running?");
        }
        return server;
    }
}
