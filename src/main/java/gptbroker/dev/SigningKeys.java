package gptbroker.dev;

import com.auth0.jwt.algorithms.Algorithm;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The stand-in's signing keys in the states of Supabase: standby, current, previous, revoked (gone). In HS256 mode the
 * shared secret signs and the key set is empty, as a legacy project's. Each change is on disk before it is used.
 * Thread-safe.
 */
final class SigningKeys {
    private static final ObjectMapper mapper = new ObjectMapper();
    private static final Base64.Encoder base64Url = Base64.getUrlEncoder().withoutPadding();
    private static final int RSA_BITS = 2048;
    private static final int P256_BYTES = 32;
    private static final int SECRET_BYTES = 30;

    /** Standby and previous keys are listed, the current one signs. */
    enum State {
        STANDBY,
        CURRENT,
        PREVIOUS
    }

    /** What Supabase signs with. */
    enum Alg {
        ES256,
        RS256,
        HS256
    }

    /** One asymmetric key. */
    record Key(String kid, Alg alg, KeyPair pair, State state) {
        Key in(State next) {
            return new Key(kid, alg, pair, next);
        }

        Algorithm algorithm() {
            return alg == Alg.ES256
                    ? Algorithm.ECDSA256((ECPublicKey) pair.getPublic(), (ECPrivateKey) pair.getPrivate())
                    : Algorithm.RSA256((RSAPublicKey) pair.getPublic(), (RSAPrivateKey) pair.getPrivate());
        }
    }

    private final Path file;
    private final String secret;
    private final List<Key> keys = new ArrayList<>();
    private boolean symmetric;

    /** Reads the keys, or makes a secret and a first ES256 key. */
    SigningKeys(Path file) {
        this.file = file;
        try {
            if (Files.exists(file)) {
                var saved = mapper.readTree(Files.readString(file));
                this.secret = saved.path("secret").asText();
                this.symmetric = saved.path("symmetric").asBoolean();
                for (var key : saved.path("keys")) {
                    keys.add(read((ObjectNode) key));
                }
                return;
            }
        } catch (IOException | GeneralSecurityException e) {
            throw new DevException("The keys in " + file + " cannot be read; delete it", e);
        }
        var bytes = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(bytes);
        this.secret = base64Url.encodeToString(bytes);
        keys.add(generate(Alg.ES256, State.CURRENT));
        save();
    }

    /** The HS256 secret: its characters are the key, nothing is decoded. */
    String secret() {
        return secret;
    }

    /** Makes a key that is listed but does not sign yet; returns its id. */
    synchronized String standby(Alg alg) {
        var key = generate(alg, State.STANDBY);
        keys.add(key);
        save();
        return key.kid();
    }

    /** The standby key, made where there is none, signs from now on; the current one becomes previous. */
    synchronized String rotate() {
        if (keys.stream().noneMatch(key -> key.state() == State.STANDBY)) {
            keys.add(generate(current().alg(), State.STANDBY));
        }
        keys.replaceAll(key -> key.in(key.state() == State.CURRENT ? State.PREVIOUS : key.state()));
        var next = keys.stream()
                .filter(key -> key.state() == State.STANDBY)
                .findFirst()
                .orElseThrow();
        keys.replaceAll(key -> key.equals(next) ? key.in(State.CURRENT) : key);
        symmetric = false;
        save();
        return next.kid();
    }

    /** Removes all previous keys, or one standby or previous key; returns how many are gone. */
    synchronized int revoke(Optional<String> kid) {
        int before = keys.size();
        keys.removeIf(key ->
                key.state() != State.CURRENT && kid.map(key.kid()::equals).orElse(key.state() == State.PREVIOUS));
        save();
        return before - keys.size();
    }

    /** Signs with this algorithm from now on, with a key that exists if the current one fits. */
    synchronized void use(Alg alg) {
        symmetric = alg == Alg.HS256;
        if (!symmetric && current().alg() != alg) {
            keys.removeIf(key -> key.state() == State.STANDBY);
            keys.add(generate(alg, State.STANDBY));
            rotate();
        }
        save();
    }

    /** What signs now. */
    synchronized Alg alg() {
        return symmetric ? Alg.HS256 : current().alg();
    }

    private Key current() {
        return keys.stream()
                .filter(key -> key.state() == State.CURRENT)
                .findFirst()
                .orElseThrow();
    }

    /** The key for this algorithm: the current one, else any. Empty for HS256. */
    synchronized Optional<Key> key(Alg alg) {
        return keys.stream()
                .filter(key -> key.alg() == alg)
                .max((a, b) -> Boolean.compare(a.state() == State.CURRENT, b.state() == State.CURRENT));
    }

    /** The listed key of this id. */
    synchronized Optional<Key> key(String kid) {
        return keys.stream().filter(key -> key.kid().equals(kid)).findFirst();
    }

    /** Ids, algorithms and states. */
    synchronized List<Key> all() {
        return List.copyOf(keys);
    }

    /** The public key set as GoTrue writes it; empty in HS256 mode. */
    synchronized ObjectNode jwks() {
        var set = mapper.createObjectNode();
        var list = set.putArray("keys");
        if (!symmetric) {
            keys.forEach(key -> list.add(jwk(key)));
        }
        return set;
    }

    private static ObjectNode jwk(Key key) {
        var jwk = mapper.createObjectNode().put("alg", key.alg().name());
        if (key.pair().getPublic() instanceof ECPublicKey ec) {
            jwk.put("kty", "EC").put("crv", "P-256");
            jwk.put("x", unsigned(ec.getW().getAffineX(), P256_BYTES));
            jwk.put("y", unsigned(ec.getW().getAffineY(), P256_BYTES));
        } else {
            var rsa = (RSAPublicKey) key.pair().getPublic();
            jwk.put("kty", "RSA");
            jwk.put("n", unsigned(rsa.getModulus(), RSA_BITS / Byte.SIZE));
            jwk.put("e", unsigned(rsa.getPublicExponent(), 3));
        }
        jwk.put("kid", key.kid())
                .put("use", "sig")
                .put("ext", true)
                .putArray("key_ops")
                .add("verify");
        return jwk;
    }

    private static String unsigned(BigInteger number, int length) {
        var bytes = number.toByteArray();
        var padded = new byte[length];
        int from = Math.max(0, bytes.length - length);
        System.arraycopy(bytes, from, padded, length - (bytes.length - from), bytes.length - from);
        return base64Url.encodeToString(padded);
    }

    /** A key that is not ours, for tokens that must be refused. */
    static Key generate(Alg alg, State state) {
        try {
            var generator = KeyPairGenerator.getInstance(alg == Alg.ES256 ? "EC" : "RSA");
            generator.initialize(alg == Alg.ES256 ? 256 : RSA_BITS);
            return new Key(UUID.randomUUID().toString(), alg, generator.generateKeyPair(), state);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Key read(ObjectNode saved) throws GeneralSecurityException {
        var alg = Alg.valueOf(saved.path("alg").asText());
        var factory = KeyFactory.getInstance(alg == Alg.ES256 ? "EC" : "RSA");
        var decoder = Base64.getDecoder();
        var pair = new KeyPair(
                factory.generatePublic(new X509EncodedKeySpec(
                        decoder.decode(saved.path("public").asText()))),
                factory.generatePrivate(new PKCS8EncodedKeySpec(
                        decoder.decode(saved.path("private").asText()))));
        return new Key(
                saved.path("kid").asText(),
                alg,
                pair,
                State.valueOf(saved.path("state").asText()));
    }

    private void save() {
        var saved = mapper.createObjectNode().put("secret", secret).put("symmetric", symmetric);
        var list = saved.putArray("keys");
        var encoder = Base64.getEncoder();
        for (var key : keys) {
            list.addObject()
                    .put("kid", key.kid())
                    .put("alg", key.alg().name())
                    .put("state", key.state().name())
                    .put("public", encoder.encodeToString(key.pair().getPublic().getEncoded()))
                    .put(
                            "private",
                            encoder.encodeToString(key.pair().getPrivate().getEncoded()));
        }
        try {
            DataDir.writePrivate(file, saved.toPrettyString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@code header.payload.signature}. */
    static String sign(Algorithm algorithm, ObjectNode header, ObjectNode claims) {
        var head = header.toString().getBytes(StandardCharsets.UTF_8);
        var body = claims.toString().getBytes(StandardCharsets.UTF_8);
        var first = base64Url.encode(head);
        var second = base64Url.encode(body);
        var signature = base64Url.encodeToString(algorithm.sign(first, second));
        return new String(first, StandardCharsets.US_ASCII) + "." + new String(second, StandardCharsets.US_ASCII) + "."
                + signature;
    }
}
