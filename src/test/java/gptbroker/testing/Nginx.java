package gptbroker.testing;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A real nginx in front of a port, with the proxy settings that we ship. */
public final class Nginx implements AutoCloseable {
    /** Set on everything that passed through; a request without it reached the broker behind nginx's back. */
    public static final String MARK = "X-Edge";

    /** A host name of the shipped configuration. */
    public static final String TENANT = "sksndev.localhost";

    private static final String CONFIGURATION = """
            daemon off;
            worker_processes 1;
            user root;
            pid %1$s/nginx.pid;
            error_log %1$s/error.log warn;
            events { worker_connections 256; }
            http {
              access_log off;
              client_body_temp_path %1$s/body;
              proxy_temp_path %1$s/proxy;
              fastcgi_temp_path %1$s/fastcgi;
              uwsgi_temp_path %1$s/uwsgi;
              scgi_temp_path %1$s/scgi;
              large_client_header_buffers 4 32k;
              upstream broker { server 127.0.0.1:%2$d; keepalive 4; }
              server {
                listen 127.0.0.1:%3$d;
                location / {
                  proxy_pass http://broker;
                  proxy_http_version 1.1;
                  proxy_set_header Connection "";
                  proxy_set_header Host localhost;
                  proxy_set_header X-Edge nginx;
                }
              }
            }
            """;

    private final Process process;
    private final int port;

    private Nginx(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** The program, if this machine has it. */
    public static Optional<Path> program() {
        return Stream.concat(
                        Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)),
                        Stream.of("/usr/sbin"))
                .map(directory -> Path.of(directory, "nginx"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Starts one in this directory, in front of that port, and waits until it listens. It reuses connections. */
    public static Nginx before(int brokerPort, Path directory) throws Exception {
        int port = Ports.free();
        Files.writeString(directory.resolve("nginx.conf"), CONFIGURATION.formatted(directory, brokerPort, port));
        return start(directory, port, "");
    }

    /**
     * Starts one with the files of {@code deploy/nginx}; requests need {@link #TENANT} as host. Changed are addresses,
     * folders, and the rate limit, which the tests of one second would reach.
     */
    public static Nginx shipped(int brokerPort, Path directory) throws Exception {
        int port = Ports.free();
        Path source = Path.of("deploy/nginx");
        String configuration = Files.readString(source.resolve("nginx.conf"))
                .replace("/tmp/", directory + "/")
                .replace("/dev/stdout", directory + "/access.log")
                .replace("/dev/stderr", directory + "/error.log")
                .replace("/etc/nginx/broker.conf", directory + "/broker.conf")
                .replace("/etc/nginx/tls/", directory + "/tls/")
                .replace("rate=20r/s", "rate=10000r/s")
                .replace("burst=100", "burst=10000")
                .replaceAll("listen 8080", "listen 127.0.0.1:" + port)
                .replaceAll("http://[a-z]+-gpt-broker:8011", "http://127.0.0.1:" + brokerPort);
        Files.writeString(directory.resolve("nginx.conf"), configuration);
        Files.copy(source.resolve("broker.conf"), directory.resolve("broker.conf"));
        return start(directory, port, "daemon off;" + (isRoot() ? "user root;" : ""));
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    private static Nginx start(Path directory, int port, String directives) throws Exception {
        Process process = new ProcessBuilder(
                        program().orElseThrow().toString(),
                        "-p",
                        directory.toString(),
                        "-c",
                        directory.resolve("nginx.conf").toString(),
                        "-e",
                        directory.resolve("error.log").toString(),
                        "-g",
                        directives)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output.log").toFile())
                .start();
        Nginx nginx = new Nginx(process, port);
        Eventually.isTrue("nginx listens", nginx::listens);
        return nginx;
    }

    /** Where it listens. */
    public int port() {
        return port;
    }

    private boolean listens() {
        if (!process.isAlive()) {
            throw new AssertionError("nginx ended with " + process.exitValue());
        }
        try {
            RawHttp.connect(port).close();
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().completeOnTimeout(process, 10, TimeUnit.SECONDS).join();
        process.destroyForcibly();
    }
}
