package gptbroker.identity;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.problem.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Project Wycheproof's JWS and JWK vectors. Their payloads are no claims, so signatures are judged one layer below the
 * claims: strict form, key by id, algorithm of the key, signature.
 */
class WycheproofTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> OUR_ALGORITHMS = Set.of("ES256", "RS256", "HS256");

    /** Valid to the RFC, refused by us: an empty payload is no token; characters outside base64url inside a part. */
    private static final Set<Integer> STRICTER = Set.of(259, 372, 373);

    /** Called invalid, but letter by letter the valid vector 357: the padding that they are about got lost upstream. */
    private static final Set<Integer> MISLABELLED = Set.of(367, 370);

    private static Fixture fixture;

    @BeforeAll
    static void start() {
        fixture = new Fixture(Fixture.Options.PLAIN);
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    /** One vector: the key or set that it is for, and what it should come to. */
    record Vector(int id, String comment, JsonNode key, String jws, boolean valid) {
        @Override
        public String toString() {
            return id + " " + comment;
        }
    }

    static Stream<Vector> signatures() throws IOException {
        return vectors("json_web_signature_test.json");
    }

    static Stream<Vector> keys() throws IOException {
        return vectors("json_web_key_test.json");
    }

    @ParameterizedTest
    @MethodSource({"signatures", "keys"})
    void acceptsExactlyTheValidOnesOfOurAlgorithms(Vector vector) {
        boolean valid = vector.valid() || MISLABELLED.contains(vector.id());
        assertThat(accepts(vector)).isEqualTo(valid && isOurs(vector));
    }

    @Test
    void vectorsOfEachAlgorithmAreAccepted() throws IOException {
        List<Vector> accepted = signatures().filter(WycheproofTest::accepts).toList();
        assertThat(accepted)
                .extracting(vector -> vector.key().path("alg").asText())
                .contains("ES256", "RS256", "HS256");
        assertThat(accepted).hasSizeGreaterThan(15);
    }

    /** A payload that is no set of claims never makes a caller, and every refusal is a proper one. */
    @ParameterizedTest
    @MethodSource("signatures")
    void authenticatorRefusesWithAProblem(Vector vector) {
        fixture.issuer.serve(FakeIssuer.Reply.of(200, keySet(vector)));
        fixture.authenticator.purge();
        assertThat(fixture.refusal(List.of("Bearer " + vector.jws())).code().status())
                .isIn(401, 503);
    }

    private static boolean accepts(Vector vector) {
        try {
            Jws jws = Jws.parse(vector.jws());
            return key(vector, jws)
                    .filter(key -> key.alg().equals(jws.alg()) && key.verifiesSignature(new RawJws(jws.token())))
                    .isPresent();
        } catch (Problem refused) {
            return false;
        }
    }

    /** A single secret stands for the configured one; everything else comes out of a key set. */
    private static Optional<VerificationKey> key(Vector vector, Jws jws) {
        JsonNode key = vector.key();
        if (key.path("kty").asText().equals("oct") && key.path("alg").asText().equals("HS256")) {
            return Optional.of(VerificationKey.hmac(
                    Base64.getUrlDecoder().decode(key.path("k").asText())));
        }
        try {
            KeySet set = KeySet.parse(TestKey.utf8(keySet(vector)));
            return jws.kid().flatMap(set::find);
        } catch (IOException refused) {
            return Optional.empty();
        }
    }

    private static boolean isOurs(Vector vector) {
        // A set of secrets is never ours: secrets come from configuration alone.
        boolean secrets =
                vector.key().has("keys") && vector.key().findValuesAsText("kty").contains("oct");
        return !secrets && !STRICTER.contains(vector.id()) && OUR_ALGORITHMS.contains(alg(vector));
    }

    private static String alg(Vector vector) {
        String header = vector.jws().substring(0, vector.jws().indexOf('.'));
        return StrictJson.object(Base64.getUrlDecoder().decode(header.replaceAll("[^\\w-]", "")))
                .map(fields -> fields.path("alg").asText())
                .orElse("");
    }

    private static String keySet(Vector vector) {
        return vector.key().has("keys") ? vector.key().toString() : "{\"keys\":[" + vector.key() + "]}";
    }

    private static Stream<Vector> vectors(String file) throws IOException {
        try (InputStream in = WycheproofTest.class.getResourceAsStream("/wycheproof/" + file)) {
            return stream(JSON.readTree(in).path("testGroups"))
                    .flatMap(group -> {
                        JsonNode key = group.path(group.has("public") ? "public" : "private");
                        return stream(group.path("tests")).map(test -> vector(key, test));
                    })
                    .toList()
                    .stream();
        }
    }

    private static Vector vector(JsonNode key, JsonNode test) {
        return new Vector(
                test.path("tcId").asInt(),
                test.path("comment").asText(),
                key,
                test.path("jws").asText(),
                test.path("result").asText().equals("valid"));
    }

    private static Stream<JsonNode> stream(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }
}
