package gptbroker.dev;

import com.auth0.jwt.algorithms.Algorithm;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.dev.SigningKeys.Alg;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A token made to order, good or bad in any way: start with {@link DevIssuer#mint}, change what the test is about,
 * {@link #sign}. No account or session needs to exist. Used by one thread.
 */
public final class Mint {
    private static final ObjectMapper mapper = new ObjectMapper();
    private static final long HOUR = 3_600;
    private static final long KEY_ISSUED = 1_700_000_000L;
    private static final long KEY_LIFE = 10L * 365 * 24 * HOUR;

    private final SigningKeys keys;
    private final ObjectNode claims;
    private final ObjectNode header = mapper.createObjectNode();
    private Alg alg;
    private boolean foreign;

    private Mint(SigningKeys keys, Alg alg, ObjectNode claims) {
        this.keys = keys;
        this.alg = alg;
        this.claims = claims;
    }

    /** A user's access token, an hour long. */
    static Mint user(SigningKeys keys, String issuer, UUID user, Instant now) {
        long seconds = now.getEpochSecond();
        var claims = mapper.createObjectNode()
                .put("iss", issuer)
                .put("sub", user.toString())
                .put("aud", "authenticated")
                .put("exp", seconds + HOUR)
                .put("iat", seconds)
                .put("email", "")
                .put("phone", "");
        claims.putObject("app_metadata")
                .put("provider", "email")
                .putArray("providers")
                .add("email");
        claims.putObject("user_metadata");
        claims.put("role", "authenticated").put("aal", "aal1");
        claims.putArray("amr").addObject().put("method", "password").put("timestamp", seconds);
        claims.put("session_id", UUID.randomUUID().toString()).put("is_anonymous", false);
        return new Mint(keys, keys.alg(), claims);
    }

    /** A project's key of this role: HS256 as the legacy ones, ES256 as a new self-hosted one's with {@link #alg}. */
    static Mint projectKey(SigningKeys keys, String role) {
        var claims = mapper.createObjectNode()
                .put("iss", "supabase")
                .put("ref", "dev")
                .put("role", role)
                .put("iat", KEY_ISSUED)
                .put("exp", KEY_ISSUED + KEY_LIFE);
        return new Mint(keys, Alg.HS256, claims);
    }

    /** Signs with the current key of this algorithm: ES256, RS256 or HS256. */
    public Mint alg(String name) {
        this.alg = Alg.valueOf(name);
        return this;
    }

    /** Signs with a key that the project does not have, under the id of one that it has. */
    public Mint foreignKey() {
        this.foreign = true;
        return this;
    }

    /** Sets a claim to a JSON value; null is the JSON null. */
    public Mint claim(String name, @Nullable Object value) {
        claims.set(name, mapper.valueToTree(value));
        return this;
    }

    /** Leaves a claim out. */
    public Mint without(String name) {
        claims.remove(name);
        return this;
    }

    /** Sets a header field; null leaves it out. */
    public Mint header(String name, @Nullable Object value) {
        header.set(name, mapper.valueToTree(value));
        return this;
    }

    /** Ended an hour ago. */
    public Mint expired() {
        long issued = claims.path("iat").asLong() - 2 * HOUR;
        return claim("iat", issued).claim("exp", issued + HOUR);
    }

    /** Sets many claims and header fields from JSON, as {@code POST /dev/token} does. */
    Mint with(JsonNode wish) {
        wish.path("claims").properties().forEach(claim -> claims.set(claim.getKey(), claim.getValue()));
        wish.path("header").properties().forEach(field -> header.set(field.getKey(), field.getValue()));
        wish.path("without").forEach(name -> claims.remove(name.asText()));
        if (wish.path("expired").asBoolean()) {
            expired();
        }
        if (wish.path("foreign").asBoolean()) {
            foreignKey();
        }
        return wish.has("alg") ? alg(wish.path("alg").asText()) : this;
    }

    /** The token. */
    public String sign() {
        var key = keys.key(alg);
        if (alg != Alg.HS256 && key.isEmpty()) {
            keys.standby(alg);
            key = keys.key(alg);
        }
        var head = mapper.createObjectNode().put("alg", alg.name());
        key.ifPresent(known -> head.put("kid", known.kid()));
        head.put("typ", "JWT");
        header.properties().forEach(field -> {
            if (field.getValue().isNull()) {
                head.remove(field.getKey());
            } else {
                head.set(field.getKey(), field.getValue());
            }
        });
        return SigningKeys.sign(algorithm(key), head, claims);
    }

    private Algorithm algorithm(Optional<SigningKeys.Key> key) {
        if (foreign) {
            return key.isPresent()
                    ? SigningKeys.generate(alg, SigningKeys.State.CURRENT).algorithm()
                    : Algorithm.HMAC256("some-other-secret-of-some-other-project");
        }
        return key.map(SigningKeys.Key::algorithm).orElseGet(() -> Algorithm.HMAC256(keys.secret()));
    }
}
