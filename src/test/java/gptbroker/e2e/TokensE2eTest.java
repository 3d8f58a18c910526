package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.auth0.jwk.Jwk;
import gptbroker.dev.Mint;
import gptbroker.e2e.Doors.Door;
import gptbroker.testing.RawHttp.Answer;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The JWT list (D 83-111) at the whole broker; what each case does to the verifier is tested in identity. */
class TokensE2eTest {
    private static final String SECRET = "a-legacy-secret-of-the-project-that-is-long-enough";
    private static final String GOOD = "[{\"role\":\"user\",\"content\":\"Hello\"}]";
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
    private static final Map<String, String> TEXTS = Map.of(
            "authorization_missing", "Authorization header is required",
            "token_invalid", "Invalid or expired token",
            "not_signed_in", "Not signed in: this is the project's API key, not a user's access token");

    private static Doors doors;
    private static String kid;
    private static String jwks;

    @BeforeAll
    static void start() {
        doors = new Doors(Map.of("SUPABASE_JWT_SECRET", SECRET));
        jwks = doors.rig
                .send(HttpRequest.newBuilder(URI.create(doors.rig.issuer().url() + "/auth/v1/.well-known/jwks.json")))
                .body();
        kid = Doors.parse(jwks).path("keys").path(0).path("kid").asText();
    }

    @AfterAll
    static void stop() {
        doors.archived(0);
        doors.close();
    }

    private static Mint mint() {
        return doors.rig.issuer().mint(doors.user);
    }

    /** Everything that must be refused, by name: header lines without their end. */
    private static Map<String, String> bad() throws Exception {
        Map<String, String> cases = new LinkedHashMap<>();
        cases.put("83 none", "X-Nothing: 1");
        String token = mint().sign();
        String[] parts = token.split("\\.");
        for (String value : List.of(
                "",
                "Bearer",
                "Bearer ",
                "Basic dXNlcjpwYXNz",
                "Bearer  " + token,
                "Bearer\t" + token,
                "Bearer " + token + ", Bearer " + token,
                "Bearer " + token + " x",
                "Bearer " + parts[0] + "." + parts[1],
                "Bearer " + token + "." + parts[2])) {
            cases.put("84-88 " + cases.size(), "Authorization: " + value);
        }
        cases.put("49 two lines", "Authorization: Bearer " + token + "\r\nAuthorization: Bearer " + token);
        tokens().forEach((name, value) -> cases.put(name, "Authorization: Bearer " + value));
        return cases;
    }

    private static Map<String, String> tokens() throws Exception {
        Map<String, String> tokens = new LinkedHashMap<>();
        tokens.put(
                "89 long",
                mint().claim("user_metadata", Map.of("x", "x".repeat(15_000))).sign());
        signatures(tokens);
        headers(tokens);
        claims(tokens);
        return tokens;
    }

    private static void signatures(Map<String, String> tokens) throws Exception {
        String payload = payload();
        for (String alg : List.of("none", "None", "nOnE")) {
            tokens.put("90 " + alg, compact("{\"alg\":\"" + alg + "\",\"kid\":\"" + kid + "\"}", payload, new byte[0]));
        }
        String es256 = "{\"alg\":\"ES256\",\"kid\":\"" + kid + "\",\"typ\":\"JWT\"}";
        tokens.put("91 empty", compact(es256, payload, new byte[0]));
        tokens.put("104 zeros", compact(es256, payload, new byte[64]));
        tokens.put("105 long", compact(es256, payload, Arrays.copyOf(new byte[] {0x30, 0x45, 2, 0x21}, 71)));
        byte[] key = Jwk.fromValues(fields(Doors.parse(jwks).path("keys").path(0)))
                .getPublicKey()
                .getEncoded();
        String pem = "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key) + "\n-----END PUBLIC KEY-----\n";
        Map<String, byte[]> secrets = Map.of(
                "92 PEM",
                utf8(pem),
                "92 DER",
                key,
                "93 JWKS",
                utf8(jwks),
                "94 empty",
                new byte[1],
                "110 other",
                utf8(doors.rig.issuer().jwtSecret()));
        secrets.forEach((name, secret) -> {
            tokens.put(name, hs256(secret, "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"));
            tokens.put(name + " with kid", hs256(secret, "{\"alg\":\"HS256\",\"kid\":\"" + kid + "\"}"));
        });
        tokens.put("110 other project", mint().foreignKey().sign());
    }

    private static void headers(Map<String, String> tokens) {
        var own = Map.of("kty", "EC", "crv", "P-256", "x", "AA", "y", "AA");
        tokens.put("95 jwk", mint().foreignKey().header("jwk", own).sign());
        String url = doors.rig.issuer().url() + "/auth/v1/.well-known/jwks.json";
        tokens.put("96 jku", mint().foreignKey().header("jku", url).sign());
        tokens.put("96 x5u", mint().foreignKey().header("x5u", url).sign());
        for (Object id : List.of("unknown", "../../dev/null", "' OR 1=1", 7, Map.of("a", 1), "k".repeat(5_000))) {
            tokens.put("97-100 " + tokens.size(), mint().header("kid", id).sign());
        }
        tokens.put("102 crit", mint().header("crit", List.of("x")).sign());
        tokens.put("103 b64", mint().header("b64", false).sign());
        tokens.put(
                "107 RS256 with an EC key's id",
                mint().alg("RS256").header("kid", kid).sign());
        String two = "{\"alg\":\"none\",\"alg\":\"ES256\",\"kid\":\"" + kid + "\"}";
        tokens.put("101 two algs", compact(two, payload(), new byte[64]));
    }

    private static void claims(Map<String, String> tokens) {
        long now = Instant.now().getEpochSecond();
        tokens.put("108 no exp", mint().without("exp").sign());
        tokens.put("108 past", mint().expired().sign());
        for (Object exp : List.of("soon", 1e300, now - 60)) {
            tokens.put("108 " + tokens.size(), mint().claim("exp", exp).sign());
        }
        tokens.put("108 null", mint().claim("exp", null).sign());
        tokens.put("109 nbf", mint().claim("nbf", now + 3_600).sign());
        tokens.put("109 iat", mint().claim("iat", now + 3_600).sign());
        tokens.put("110 anon", doors.rig.issuer().anonKey());
        tokens.put("110 service", doors.rig.issuer().serviceKey());
        tokens.put(
                "110 anon, signed by the project",
                doors.rig.issuer().mintKey("anon").alg("ES256").sign());
        tokens.put(
                "110 service, signed by the project",
                doors.rig.issuer().mintKey("service_role").alg("ES256").sign());
        tokens.put("110 publishable", doors.rig.issuer().publishableKey());
        tokens.put("110 secret", doors.rig.issuer().secretKey());
        tokens.put("110 role", mint().claim("role", "service_role").sign());
        tokens.put(
                "110 aud",
                mint().claim("aud", "8c1e2f30-0000-4000-8000-000000000000").sign());
        tokens.put(
                "110 iss",
                mint().claim("iss", "https://other.supabase.co/auth/v1").sign());
        tokens.put("111 no sub", mint().without("sub").sign());
        for (Object sub : List.of("", "root", doors.user + "\0", "{" + doors.user + "}", "*", 7)) {
            tokens.put("111 " + tokens.size(), mint().claim("sub", sub).sign());
        }
        tokens.put("111 no session", mint().without("session_id").sign());
    }

    @TestFactory
    Stream<DynamicTest> refused() throws Exception {
        List<DynamicTest> tests = new ArrayList<>();
        List<String> paths = new ArrayList<>(Doors.POSTS);
        paths.add(Doors.SIMPLE);
        for (Map.Entry<String, String> bad : bad().entrySet()) {
            for (Door door : Door.values()) {
                String path = paths.get(tests.size() / 2 % paths.size());
                tests.add(DynamicTest.dynamicTest(
                        bad.getKey() + " " + door + " " + path, () -> refuse(door, path, bad.getValue())));
            }
        }
        return tests.stream();
    }

    private static void refuse(Door door, String path, String line) {
        byte[] request = path.equals(Doors.SIMPLE)
                ? Doors.request("GET", path + "?prompt=Hello", line + "\r\n", new byte[0])
                : Doors.request("POST", path, line + "\r\n" + Doors.JSON, utf8(GOOD));
        Answer answer = doors.refused(door, request);
        if (door == Door.NGINX && answer.header("x-request-id").isEmpty()) {
            // It refuses a head that is too long, and a second Authorization line, by itself.
            assertThat(answer.status()).isEqualTo(400);
            assertThat(line).matches(value -> value.length() > 16_000 || value.contains("\n"));
            return;
        }
        assertThat(answer.status()).isEqualTo(401);
        String code = answer.header("x-error-code").orElseThrow();
        assertThat(TEXTS).containsKey(code);
        assertThat(answer.text()).isEqualTo("{\"error\":\"" + TEXTS.get(code) + "\",\"message\":null}");
        assertThat(answer.headers()).doesNotContainKeys("x-ratelimit-limit", "ratelimit", "set-cookie");
    }

    /** Larger than a head may be: refused by who reads it first. */
    @ParameterizedTest
    @EnumSource
    void tokensLargerThanAHead(Door door) {
        for (int size : new int[] {20_000, 40_000}) {
            String line = "Authorization: Bearer " + "x".repeat(size) + "\r\n";
            Answer answer = doors.refused(door, Doors.request("GET", Doors.SIMPLE, line, new byte[0]));
            assertThat(answer.status()).isIn(400, 401, 431);
        }
    }

    /** These must be let in: the refusal is for the missing prompt. */
    @ParameterizedTest
    @EnumSource
    void accepted(Door door) {
        String token = mint().sign();
        for (String value : List.of(
                "bearer " + token,
                "BEARER " + token,
                "Bearer " + mint().alg("RS256").sign(),
                "Bearer "
                        + mint().claim("sub", doors.user.toString().toUpperCase(Locale.ROOT))
                                .sign(),
                "Bearer " + hs256(utf8(SECRET), "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"))) {
            Answer answer = doors.refused(
                    door, Doors.request("GET", Doors.SIMPLE, "Authorization: " + value + "\r\n", new byte[0]));
            assertThat(answer.header("x-error-code")).contains("prompt_missing");
        }
    }

    /** J3: however many unknown keys are named, the issuer is hardly asked. */
    @Test
    void unknownKeysAreNotLookedUpEachTime() {
        long before = doors.rig.issuer().jwksFetches();
        doors.untouched(
                Door.DIRECT,
                () -> Stream.generate(
                                () -> mint().header("kid", UUID.randomUUID().toString())
                                        .sign())
                        .limit(50)
                        .map(token -> doors.call(
                                Door.DIRECT,
                                Doors.request(
                                        "GET", Doors.SIMPLE, "Authorization: Bearer " + token + "\r\n", new byte[0])))
                        .toList());
        assertThat(doors.rig.issuer().jwksFetches() - before).isLessThanOrEqualTo(2);
    }

    private static String payload() {
        return new String(Base64.getUrlDecoder().decode(mint().sign().split("\\.")[1]), StandardCharsets.UTF_8);
    }

    private static String hs256(byte[] secret, String header) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            String payload = payload();
            return compact(header, payload, mac.doFinal(utf8(encoded(header) + "." + encoded(payload))));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String compact(String header, String payload, byte[] signature) {
        return encoded(header) + "." + encoded(payload) + "." + BASE64.encodeToString(signature);
    }

    private static String encoded(String text) {
        return BASE64.encodeToString(utf8(text));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Map<String, Object> fields(com.fasterxml.jackson.databind.JsonNode jwk) {
        Map<String, Object> fields = new LinkedHashMap<>();
        jwk.properties().forEach(field -> {
            if (field.getValue().isTextual()) {
                fields.put(field.getKey(), field.getValue().asText());
            }
        });
        return fields;
    }
}
