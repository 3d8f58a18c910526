package gptbroker.identity;

import static gptbroker.problem.ProblemCode.AUTHORIZATION_MISSING;
import static gptbroker.problem.ProblemCode.TOKEN_INVALID;
import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.problem.ProblemCode;
import java.math.BigInteger;
import java.security.interfaces.ECPublicKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bad tokens by form and signature (reliability sheet, D 83-107), against keys with which a good token passes. */
class BadTokensTest {
    private static final TestKey EC = TestKey.es256("ec-key");
    private static final TestKey RSA = TestKey.rs256("rsa-key", 2048);
    private static final TestKey STRANGER = TestKey.es256("ec-key");

    private static Fixture fixture;

    @BeforeAll
    static void start() {
        fixture = new Fixture(Fixture.Options.PLAIN);
        fixture.issuer.serve(EC, RSA);
        fixture.assertAccepted(good());
        fixture.assertAccepted(Tokens.user(RSA, fixture.clock));
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    @Test
    void d83_noHeader() {
        fixture.assertHeaderRefused(List.of(), AUTHORIZATION_MISSING);
        fixture.assertHeaderRefused(List.of(""), AUTHORIZATION_MISSING);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Basic x", "Token", " Bearer x", "Bearerx"})
    void d84_85_otherForms(String header) {
        fixture.assertHeaderRefused(List.of(header), TOKEN_INVALID);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bearer", "BEARER", "Bearer", "bEaReR"})
    void d86_schemeInAnyCase(String scheme) {
        assertThat(fixture.accept(List.of(scheme + " " + good())).id()).isEqualTo(Tokens.USER);
    }

    @Test
    void d87_oneSpaceOneTokenOneHeader() {
        String token = good();
        for (String header : List.of(
                "Bearer  " + token,
                "Bearer\t" + token,
                "Bearer " + token + " ",
                "Bearer " + token + ", Bearer " + token,
                "Bearer " + token + " x",
                "Bearer\u00a0" + token,
                "Bearer \u00a0" + token)) {
            fixture.assertHeaderRefused(List.of(header), TOKEN_INVALID);
        }
        fixture.assertHeaderRefused(List.of("Bearer " + token, "Bearer " + token), TOKEN_INVALID);
    }

    @Test
    void d88_threeNonEmptyParts() {
        String[] parts = good().split("\\.");
        for (String token : List.of(
                parts[0] + "." + parts[1],
                good() + "." + parts[2],
                good() + ".",
                "." + parts[1] + "." + parts[2],
                parts[0] + ".." + parts[2],
                "..",
                "garbage")) {
            refuse(token);
        }
    }

    @Test
    void d89_tooLong() {
        refuse(Tokens.user(EC, fixture.clock, "user_metadata", Map.of("avatar", "x".repeat(20_000))));
        refuse("x".repeat(1_000_000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "None", "nOnE", "NONE", "es256", "ES384", "ES512", "RS512", "PS256", "EdDSA", ""})
    void d90_otherAlgorithms(String alg) {
        String header = "{\"alg\":\"%s\",\"kid\":\"ec-key\"}".formatted(alg);
        refuse(Tokens.of(header, payload(), EC::sign));
        refuse(Tokens.of(header, payload(), input -> new byte[0]));
    }

    @Test
    void d91_emptySignature() {
        refuse(Tokens.of(Tokens.header(EC), payload(), input -> new byte[0]));
    }

    @Test
    void d92_94_publicKeyAsHmacSecret() {
        byte[] der = EC.pair().getPublic().getEncoded();
        String pem = "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END PUBLIC KEY-----\n";
        byte[] x = ((ECPublicKey) EC.pair().getPublic()).getW().getAffineX().toByteArray();
        for (byte[] secret : List.of(TestKey.utf8(pem), der, TestKey.utf8(EC.jwk()), x, new byte[] {0})) {
            for (String alg : List.of("HS256", "ES256")) {
                String header = "{\"alg\":\"%s\",\"kid\":\"ec-key\"}".formatted(alg);
                refuse(Tokens.of(header, payload(), input -> TestKey.hmac(secret, input)));
            }
        }
    }

    @Test
    void d95_96_keysThatTheTokenBrings() {
        int before = fixture.fetches();
        String own = STRANGER.jwk();
        String url = fixture.issuer.jwksUrl().toString();
        for (String header : List.of(
                "{\"alg\":\"ES256\",\"kid\":\"ec-key\",\"jwk\":" + own + "}",
                "{\"alg\":\"ES256\",\"jwk\":" + own + "}",
                "{\"alg\":\"ES256\",\"kid\":\"ec-key\",\"jku\":\"" + url + "\"}",
                "{\"alg\":\"ES256\",\"kid\":\"ec-key\",\"x5u\":\"" + url + "\"}")) {
            refuse(Tokens.of(header, payload(), STRANGER::sign));
        }
        assertThat(fixture.fetches()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"unknown\"",
                "\"../../dev/null\"",
                "\"' OR 1=1\"",
                "7",
                "{}",
                "[]",
                "null",
                "\"\"",
                "true",
                "\"ec-key\\u0000\"",
                "\"EC-KEY\""
            })
    void d97_100_kids(String kid) {
        refuse(Tokens.of("{\"alg\":\"ES256\",\"kid\":" + kid + "}", payload(), EC::sign));
    }

    @Test
    void d100_longKidAndNoKid() {
        refuse(Tokens.of("{\"alg\":\"ES256\",\"kid\":\"" + "k".repeat(129) + "\"}", payload(), EC::sign));
        refuse(Tokens.of("{\"alg\":\"ES256\",\"kid\":\"" + "k".repeat(1_000_000) + "\"}", payload(), EC::sign));
        refuse(Tokens.of("{\"alg\":\"ES256\"}", payload(), EC::sign));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"alg\":\"none\",\"alg\":\"ES256\",\"kid\":\"ec-key\"}",
                "{\"alg\":\"ES256\",\"kid\":\"other\",\"kid\":\"ec-key\"}",
                "{\"alg\":\"ES256\",\"kid\":\"ec-key\",\"crit\":[\"exp\"],\"exp\":1}",
                "{\"alg\":\"ES256\",\"kid\":\"ec-key\",\"crit\":[]}",
                "{\"alg\":\"ES256\",\"kid\":\"ec-key\",\"b64\":false}",
                "{\"alg\":\"ES256\",\"kid\":\"ec-key\",\"b64\":false,\"crit\":[\"b64\"]}",
                "{\"alg\":\"ES256\",\"kid\":\"ec-key\"} ,",
                "{\"alg\":\"ES256\",\"kid\":\"ec-key\"}{}",
                "\ufeff{\"alg\":\"ES256\",\"kid\":\"ec-key\"}",
                "[\"ES256\"]",
                "null",
                "{\"alg\":[\"ES256\"],\"kid\":\"ec-key\"}",
                "{\"kid\":\"ec-key\"}",
                "{'alg':'ES256','kid':'ec-key'}"
            })
    void d101_103_headers(String header) {
        refuse(Tokens.of(header, payload(), EC::sign));
    }

    @Test
    void d101_duplicateOrTrailingClaims() {
        String claims = payload();
        refuse(Tokens.signed(EC, "{\"role\":\"anon\"," + claims.substring(1)));
        refuse(Tokens.signed(EC, "{\"sub\":\"" + Tokens.SESSION + "\"," + claims.substring(1)));
        refuse(Tokens.signed(EC, claims + "x"));
        refuse(Tokens.signed(EC, claims + claims));
        refuse(Tokens.signed(EC, "[" + claims + "]"));
        refuse(Tokens.signed(EC, "{\"x\":" + "[".repeat(900) + "]".repeat(900) + "," + claims.substring(1)));
    }

    @Test
    void d104_105_hostileSignatures() {
        UnaryOperator<byte[]> zeros = input -> new byte[64];
        refuse(Tokens.of(Tokens.header(EC), payload(), zeros));
        refuse(Tokens.of(Tokens.header(EC), payload(), input -> EC.sign("SHA256withECDSA", input)));
        refuse(Tokens.of(Tokens.header(EC), payload(), STRANGER::sign));
        refuse(Tokens.of(Tokens.header(EC), payload(), input -> Arrays.copyOf(EC.sign(input), 65)));
        refuse(Tokens.of(Tokens.header(EC), payload(), input -> Arrays.copyOf(EC.sign(input), 63)));
    }

    @Test
    void d106_highAndLowSAreBothAccepted() {
        BigInteger order = ((ECPublicKey) EC.pair().getPublic()).getParams().getOrder();
        String token = Tokens.of(Tokens.header(EC), payload(), input -> {
            byte[] signature = EC.sign(input);
            BigInteger s = new BigInteger(1, Arrays.copyOfRange(signature, 32, 64));
            byte[] other = order.subtract(s).toByteArray();
            Arrays.fill(signature, 32, 64, (byte) 0);
            int length = Math.min(other.length, 32);
            System.arraycopy(other, other.length - length, signature, 64 - length, length);
            return signature;
        });
        fixture.assertAccepted(token);
    }

    @Test
    void d107_algorithmIsBoundToTheKey() {
        refuse(Tokens.of("{\"alg\":\"RS256\",\"kid\":\"ec-key\"}", payload(), RSA::sign));
        refuse(Tokens.of("{\"alg\":\"ES256\",\"kid\":\"rsa-key\"}", payload(), EC::sign));
        refuse(Tokens.of("{\"alg\":\"ES256\",\"kid\":\"rsa-key\"}", payload(), RSA::sign));
    }

    @Test
    void oneTokenHasOneSpelling() {
        String token = good();
        refuse(token + "=");
        refuse(token + "==");
        refuse(token.replace('-', '+').replace('_', '/') + "+");
        char last = token.charAt(token.length() - 1);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        // The last of 86 characters carries two bits; the four spare ones must be zero.
        refuse(token.substring(0, token.length() - 1) + alphabet.charAt(alphabet.indexOf(last) + 1));
    }

    @Test
    void invalidUtf8() {
        byte[] claims = TestKey.utf8(payload());
        claims[claims.length / 2] = (byte) 0xc0;
        String input = Tokens.base64url(TestKey.utf8(Tokens.header(EC))) + "." + Tokens.base64url(claims);
        refuse(input + "." + Tokens.base64url(EC.sign(TestKey.utf8(input))));
    }

    @Test
    void refusalsSayNothingOfTheToken() {
        String token = Tokens.user(EC, fixture.clock, "aud", "canary");
        String detail = fixture.refusal(List.of("Bearer " + token)).getMessage();
        assertThat(detail).doesNotContain("canary", "user@example.com", token);
    }

    private static String good() {
        return Tokens.user(EC, fixture.clock);
    }

    private static String payload() {
        return Tokens.json(Tokens.claims(fixture.clock));
    }

    private static void refuse(String token) {
        ProblemCode code = fixture.refusal(List.of("Bearer " + token)).code();
        assertThat(code).isEqualTo(TOKEN_INVALID);
    }
}
