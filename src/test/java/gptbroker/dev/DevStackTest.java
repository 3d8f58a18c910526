package gptbroker.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.auth0.jwt.JWT;
import gptbroker.config.BrokerConfig;
import gptbroker.config.Secret;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DevStackTest {
    @TempDir
    Path folder;

    @Test
    void startsEverythingAnnouncesItAndLeavesNothingBehind() throws Exception {
        long redis;
        long postgres;
        var printed = new ByteArrayOutputStream();
        try (var stack = DevStack.start(dev(), new DevStack.Wanted(true, true, true, true))) {
            redis = stack.redis().orElseThrow().pid();
            postgres = stack.postgres().orElseThrow().pid();
            var variables = stack.environment();
            assertThat(variables)
                    .containsOnlyKeys(
                            "REDIS_URL",
                            "DATABASE_URL",
                            "SUPABASE_URL",
                            "SUPABASE_ANON_KEY",
                            "SUPABASE_SERVICE_KEY",
                            "OPENAI_API_URL",
                            "OPENAI_API_KEY");
            stack.announce(
                    config(variables, stack.adminKey()),
                    "http://127.0.0.1:8080",
                    "http://127.0.0.1:9464",
                    new PrintStream(printed, true, StandardCharsets.UTF_8));
            var file = folder.resolve("dev.env");
            assertThat(Files.readAllLines(file))
                    .contains("BASE_URL=http://127.0.0.1:8080", "SUPABASE_EMAIL=dev@example.com")
                    .contains("DATABASE_URL=" + variables.get("DATABASE_URL"))
                    .contains("ADMIN_URL=http://127.0.0.1:9464", "SUPABASE_OTHER_EMAIL=other@example.com")
                    .hasSize(13);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
        }
        assertThat(folder.resolve("dev.env")).doesNotExist();
        assertThat(ProcessHandle.of(redis)).isEmpty();
        assertThat(ProcessHandle.of(postgres)).isEmpty();
        var text = printed.toString(StandardCharsets.UTF_8);
        var token = text.replaceAll("(?s).*Bearer ([^']+)'.*", "$1");
        assertThat(JWT.decode(token).getClaim("email").asString()).isEqualTo(DevStack.EMAIL);
    }

    @Test
    void tokensOutliveARestartOnAFreePort() {
        String token;
        try (var stack = DevStack.start(dev(), new DevStack.Wanted(false, false, true, false))) {
            token = stack.issuer().orElseThrow().signIn(DevStack.EMAIL, DevStack.PASSWORD);
        }
        try (var stack = DevStack.start(dev(), new DevStack.Wanted(false, false, true, false))) {
            assertThat(JWT.decode(token).getIssuer())
                    .isEqualTo(stack.issuer().orElseThrow().issuer());
        }
    }

    @Test
    void aTakenPortStopsWhatHadStarted() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var dev = new BrokerConfig.Dev(folder, 0, taken.getLocalPort());
            assertThatThrownBy(() -> DevStack.start(dev, new DevStack.Wanted(true, false, true, true)))
                    .isInstanceOf(DevException.class)
                    .hasMessageContaining("DEV_MODEL_PORT");
        }
        assertThat(ServerProcess.inFolder("redis-server", folder.toRealPath().resolve("redis")))
                .isEmpty();
        DevStack.start(dev(), new DevStack.Wanted(false, false, false, false)).close();
    }

    private BrokerConfig.Dev dev() {
        return new BrokerConfig.Dev(folder, 0, 0);
    }

    private BrokerConfig config(Map<String, String> variables, Secret adminKey) {
        var supabase = URI.create(variables.get("SUPABASE_URL"));
        var second = Duration.ofSeconds(1);
        return new BrokerConfig(
                "dev",
                new BrokerConfig.Listen(
                        "127.0.0.1",
                        0,
                        "127.0.0.1",
                        0,
                        1,
                        1,
                        1,
                        second,
                        second,
                        second,
                        second,
                        second,
                        Set.of(),
                        List.of()),
                new BrokerConfig.Identity(
                        supabase,
                        supabase,
                        "",
                        Set.of(),
                        Set.of(),
                        Optional.empty(),
                        Optional.of(new Secret(variables.get("SUPABASE_ANON_KEY"))),
                        Optional.empty(),
                        Optional.of(adminKey),
                        false,
                        second,
                        true,
                        false,
                        8192,
                        second,
                        second,
                        false),
                new BrokerConfig.Limits(
                        1,
                        1,
                        Map.of(),
                        ZoneOffset.UTC,
                        1,
                        1,
                        1,
                        Set.of(),
                        BrokerConfig.Access.OPEN,
                        BrokerConfig.OnRedisDown.CLOSED),
                new BrokerConfig.V1(true, BrokerConfig.ProxyAuth.AUTO),
                new BrokerConfig.Redis(Optional.of(new Secret(variables.get("REDIS_URL"))), "gb:dev", 1, second, 1),
                new BrokerConfig.Database(Optional.of(new Secret(variables.get("DATABASE_URL"))), 1, true),
                new BrokerConfig.Upstream(
                        URI.create(variables.get("OPENAI_API_URL")),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Map.of(),
                        second,
                        second,
                        second,
                        second,
                        1,
                        1),
                new BrokerConfig.Archive(0, 1, 1, second, 1),
                dev());
    }
}
