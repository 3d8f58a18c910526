package gptbroker.identity;

import static gptbroker.problem.ProblemCode.AUTHORIZATION_MISSING;
import static gptbroker.problem.ProblemCode.NOT_SIGNED_IN;
import static gptbroker.problem.ProblemCode.TOKEN_INVALID;
import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.problem.ProblemCode;
import java.math.BigInteger;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
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

/** The bad tokens of the reliability sheet, D 83-111, each against keys with which a good token passes. */
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
        assertThat(fixture.authenticator
                        .authenticate(List.of(scheme + " " + good()))
                        .id())
                .isEqualTo(Tokens.USER);
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

    @ParameterizedTest
    @ValueSource(strings = {"\"1900000000\"", "1e400", "1.9e9", "1900000000.5", "null", "true", "[]", "-1", "0"})
    void d108_109_times(String value) {
        for (String claim : List.of("exp", "iat")) {
            refuse(Tokens.signed(EC, replaced(claim, value)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"99999999999999999999", "9223372036854775807", "-9223372036854775808"})
    void d108_absurdTimes(String value) {
        for (String claim : List.of("exp", "iat")) {
            refuse(Tokens.signed(EC, replaced(claim, value)));
        }
    }

    @Test
    void d108_109_leewayIsThirtySeconds() {
        long now = fixture.clock.epochSecond();
        refuse(Tokens.without(EC, fixture.clock, "exp"));
        refuse(Tokens.without(EC, fixture.clock, "iat"));
        refuse(Tokens.user(EC, fixture.clock, "exp", now - 31));
        refuse(Tokens.user(EC, fixture.clock, "exp", now - 30));
        fixture.assertAccepted(Tokens.user(EC, fixture.clock, "exp", now - 29));
        refuse(Tokens.user(EC, fixture.clock, "iat", now + 31));
        fixture.assertAccepted(Tokens.user(EC, fixture.clock, "iat", now + 30));
        refuse(Tokens.user(EC, fixture.clock, "nbf", now + 31));
        refuse(Tokens.user(EC, fixture.clock, "nbf", "soon"));
        fixture.assertAccepted(Tokens.user(EC, fixture.clock, "nbf", now + 30));
        long day = Duration.ofDays(1).toSeconds();
        refuse(Tokens.user(EC, fixture.clock, "exp", now + day + 31));
        fixture.assertAccepted(Tokens.user(EC, fixture.clock, "exp", now + day + 30));
    }

    @Test
    void d110_projectKeysSignedByTheProject() {
        for (String role : List.of("anon", "service_role")) {
            long now = fixture.clock.epochSecond();
            String claims = "{\"role\":\"%s\",\"iss\":\"supabase\",\"iat\":%d,\"exp\":%d}"
                    .formatted(role, now, now + Duration.ofDays(1825).toSeconds());
            fixture.assertRefused(Tokens.signed(EC, claims), NOT_SIGNED_IN);
            fixture.assertRefused(Tokens.user(EC, fixture.clock, "role", role), NOT_SIGNED_IN);
            refuse(Tokens.of(Tokens.header(EC), claims, STRANGER::sign));
        }
        for (String key : List.of("sb_publishable_abc", "sb_secret_abc", "sb_")) {
            fixture.assertRefused(key, NOT_SIGNED_IN);
        }
    }

    @Test
    void d110_otherTokensOfTheProjectAndOfOthers() {
        Map<String, Object> idToken = Tokens.claims(fixture.clock);
        idToken.put("aud", "8c1e2f30-0000-4000-8000-000000000000");
        idToken.put("nonce", "n");
        idToken.remove("role");
        idToken.remove("session_id");
        refuse(Tokens.signed(EC, Tokens.json(idToken)));
        refuse(Tokens.without(EC, fixture.clock, "session_id"));
        refuse(Tokens.without(EC, fixture.clock, "role"));
        refuse(Tokens.user(EC, fixture.clock, "role", "admin"));
        refuse(Tokens.user(EC, fixture.clock, "aud", List.of("other")));
        refuse(Tokens.user(EC, fixture.clock, "aud", List.of("authenticated", 7)));
        refuse(Tokens.user(EC, fixture.clock, "aud", Map.of("x", "authenticated")));
        fixture.assertAccepted(Tokens.user(EC, fixture.clock, "aud", List.of("x", "authenticated")));
        refuse(Tokens.without(EC, fixture.clock, "iss"));
        refuse(Tokens.user(EC, fixture.clock, "iss", Tokens.ISSUER + "/"));
        refuse(Tokens.user(EC, fixture.clock, "iss", "https://other.supabase.co/auth/v1"));
        refuse(Tokens.user(STRANGER, fixture.clock));
    }

    @Test
    void d111_subjects() {
        refuse(Tokens.without(EC, fixture.clock, "sub"));
        for (Object sub : List.of(
                "",
                "user",
                7,
                Tokens.USER + " ",
                Tokens.USER + "\n",
                Tokens.USER + "\0",
                "{" + Tokens.USER + "}",
                "1-1-1-1-1",
                Tokens.USER.replace("-", ""))) {
            refuse(Tokens.user(EC, fixture.clock, "sub", sub));
            refuse(Tokens.user(EC, fixture.clock, "session_id", sub));
        }
        // One user is one user, however the id is spelled.
        fixture.assertAccepted(Tokens.user(EC, fixture.clock, "sub", Tokens.USER.toUpperCase(java.util.Locale.ROOT)));
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

    /** The claims with one value replaced by raw JSON. */
    private static String replaced(String claim, String json) {
        Map<String, Object> claims = Tokens.claims(fixture.clock);
        claims.remove(claim);
        return "{\"" + claim + "\":" + json + "," + Tokens.json(claims).substring(1);
    }

    private static void refuse(String token) {
        ProblemCode code = fixture.refusal(List.of("Bearer " + token)).code();
        assertThat(code).isEqualTo(TOKEN_INVALID);
    }
}
