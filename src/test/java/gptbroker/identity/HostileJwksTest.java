package gptbroker.identity;

import static gptbroker.problem.ProblemCode.IDENTITY_UNAVAILABLE;
import static gptbroker.problem.ProblemCode.TOKEN_INVALID;
import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.config.Secret;
import gptbroker.ops.Meters;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Key sets that cannot be trusted leave the old one in force; entries that are no keys of ours are passed over (J4). */
class HostileJwksTest {
    private static final TestKey GOOD = TestKey.es256("good");
    private static final TestKey OTHER = TestKey.es256("good");
    private static final TestKey RSA = TestKey.rs256("rsa", 2048);
    private static final String OCT = "{\"kty\":\"oct\",\"kid\":\"oct\",\"alg\":\"HS256\",\"k\":\"c2VjcmV0\"}";

    private final Fixture fixture = new Fixture(Fixture.Options.PLAIN);

    @AfterEach
    void stop() {
        fixture.close();
    }

    static Stream<FakeIssuer.Reply> untrustedSets() {
        String keys = "{\"keys\":[" + OTHER.jwk() + "]}";
        String many = IntStream.range(0, 33)
                .mapToObj(i -> OTHER.renamed("kid-" + i).jwk())
                .collect(Collectors.joining(",", "{\"keys\":[", "]}"));
        byte[] half = keys.getBytes(StandardCharsets.UTF_8);
        return Stream.of(
                FakeIssuer.Reply.of(200, keys + " ".repeat(10 * 1024 * 1024)),
                FakeIssuer.Reply.of(200, "<html>captive portal</html>"),
                FakeIssuer.Reply.of(200, ""),
                FakeIssuer.Reply.of(200, "{}"),
                FakeIssuer.Reply.of(200, "[]"),
                FakeIssuer.Reply.of(200, "null"),
                FakeIssuer.Reply.of(200, "{\"keys\":{}}"),
                FakeIssuer.Reply.of(200, "{\"keys\":null}"),
                FakeIssuer.Reply.of(200, keys + keys),
                FakeIssuer.Reply.of(200, "{\"keys\":[]," + keys.substring(1)),
                FakeIssuer.Reply.of(200, many),
                FakeIssuer.Reply.of(200, set(GOOD.jwk(), OTHER.jwk())),
                FakeIssuer.Reply.of(200, set(OTHER.jwk(), RSA.renamed("good").jwk())),
                FakeIssuer.Reply.of(200, set(OCT)),
                FakeIssuer.Reply.of(200, set("{\"kty\":\"RSA\",\"kid\":\"good\",\"n\":\"AQ\",\"e\":\"AQAB\"}")),
                FakeIssuer.Reply.of(200, set(TestKey.rs256("good", 1024).jwk())),
                FakeIssuer.Reply.of(
                        200, set(TestKey.es("secp384r1", "good", "ES384").jwk())),
                FakeIssuer.Reply.of(200, set("1", "null", "[]", "\"x\"")),
                FakeIssuer.Reply.of(200, "[".repeat(10_000)),
                FakeIssuer.Reply.of(302, ""),
                FakeIssuer.Reply.of(404, keys),
                FakeIssuer.Reply.of(401, "{}"),
                FakeIssuer.Reply.of(503, keys),
                new FakeIssuer.Reply(200, half, half.length / 2));
    }

    @ParameterizedTest
    @MethodSource("untrustedSets")
    void keepsTheOldSet(FakeIssuer.Reply hostile) {
        // A time-out of our own, so that only the answer that never ends is waited for, and that for three seconds.
        boolean ends = hostile.sent() == hostile.body().length;
        try (IssuerClient client = new IssuerClient(Duration.ofSeconds(ends ? 60 : 3));
                JwksKeys keys = new JwksKeys(
                        new JwksSource(client, fixture.issuer.jwksUrl(), Optional.<Secret>empty()),
                        Fixture.TTL,
                        Fixture.MAX_STALE,
                        fixture.clock,
                        new Meters())) {
            fixture.issuer.serve(GOOD);
            VerificationKey old = keys.find("good").orElseThrow();
            fixture.issuer.serve(hostile);
            fixture.clock.advance(Fixture.TTL);
            keys.tick().join();
            assertThat(fixture.fetches()).isEqualTo(2);
            assertThat(keys.find("good")).containsSame(old);
            assertThat(fixture.issuer.userRequests).isEmpty();
        }
    }

    static Stream<String> foreignEntries() {
        String good = GOOD.renamed("foreign").jwk();
        return Stream.of(
                OCT,
                "{}",
                "null",
                "7",
                "[]",
                "{\"kty\":\"EC\"}",
                "{\"kty\":7,\"kid\":8}",
                "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"foreign\"}",
                "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"foreign\",\"x\":\"AQ\",\"y\":\"AQ\"}",
                "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"foreign\",\"x\":\"AQ\",\"alg\":\"EdDSA\"}",
                "{\"kty\":\"RSA\",\"kid\":\"foreign\",\"n\":\"AQ\",\"e\":\"AQAB\"}",
                good.replace("\"sig\"", "\"enc\""),
                good.replace("\"verify\"", "\"encrypt\""),
                good.replace("\"ES256\"", "\"HS256\""),
                good.replace("\"ES256\"", "\"none\""),
                good.replace("\"P-256\"", "\"secp256k1\""),
                good.replace("\"foreign\"", "\"\""),
                good.replace("\"foreign\"", "null"),
                good.replace("\"foreign\"", "\"" + "k".repeat(129) + "\""),
                RSA.renamed("foreign").jwk().replace("\"e\":\"AQAB\"", "\"e\":\"AQ\""));
    }

    @ParameterizedTest
    @MethodSource("foreignEntries")
    void passesOverEntriesThatAreNoKeysOfOurs(String entry) {
        fixture.issuer.serve(FakeIssuer.Reply.of(200, set(entry, GOOD.jwk())));
        fixture.assertAccepted(Tokens.user(GOOD, fixture.clock));
        fixture.assertRefused(Tokens.user(GOOD.renamed("foreign"), fixture.clock), TOKEN_INVALID);
    }

    @Test
    void setWithoutAnyUsableKeyAtStartIsAnOutage() {
        fixture.issuer.serve(FakeIssuer.Reply.of(200, set(OCT)));
        fixture.assertRefused(Tokens.user(GOOD, fixture.clock), IDENTITY_UNAVAILABLE);
    }

    @Test
    void thirtyTwoKeysAreNotTooMany() {
        fixture.issuer.serve(FakeIssuer.Reply.of(
                200,
                IntStream.range(0, 32)
                        .mapToObj(i -> GOOD.renamed("kid-" + i).jwk())
                        .collect(Collectors.joining(",", "{\"keys\":[", "]}"))));
        fixture.assertAccepted(Tokens.user(GOOD.renamed("kid-31"), fixture.clock));
    }

    private static String set(String... entries) {
        return "{\"keys\":[" + String.join(",", entries) + "]}";
    }
}
