package gptbroker.identity;

import com.auth0.jwk.Jwk;
import com.auth0.jwk.JwkException;
import com.auth0.jwt.JWT;
import com.auth0.jwt.algorithms.Algorithm;
import com.auth0.jwt.interfaces.DecodedJWT;
import gptbroker.config.Secret;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECPoint;
import java.security.spec.EllipticCurve;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A key and the one algorithm that it may be used with. The algorithm follows from the key's type, never from a token,
 * so a public key cannot become an HMAC secret. Immutable, thread-safe; compared by identity.
 */
final class VerificationKey {
    private static final int MAX_KID = 128;
    private static final int P256_BITS = 256;
    private static final String P256 = "P-256";

    private final String kid;
    private final Algorithm algorithm;
    private final Optional<PublicKey> publicKey;

    private VerificationKey(String kid, Algorithm algorithm, Optional<PublicKey> publicKey) {
        this.kid = kid;
        this.algorithm = algorithm;
        this.publicKey = publicKey;
    }

    /** HS256 with the UTF-8 bytes of the project's JWT secret, as Supabase signs: the text is not base64. */
    static VerificationKey hmac(Secret secret) {
        return hmac(secret.reveal().getBytes(StandardCharsets.UTF_8));
    }

    static VerificationKey hmac(byte[] secret) {
        return new VerificationKey("", Algorithm.HMAC256(secret), Optional.empty());
    }

    /** The key of one JWKS entry; empty for any that is not a signing key of ours: ES256, or RS256 of 2048-8192 bits. */
    static Optional<VerificationKey> ofJwk(Map<String, Object> entry) {
        try {
            Jwk jwk = Jwk.fromValues(entry);
            if (!isSigningKey(jwk)) {
                return Optional.empty();
            }
            PublicKey key = jwk.getPublicKey();
            return algorithm(key, entry)
                    .filter(algorithm ->
                            jwk.getAlgorithm() == null || jwk.getAlgorithm().equals(algorithm.getName()))
                    .map(algorithm -> new VerificationKey(jwk.getId(), algorithm, Optional.of(key)));
        } catch (JwkException | RuntimeException e) {
            // The parser answers malformed entries with NullPointerException and ClassCastException, too.
            return Optional.empty();
        }
    }

    /** The key id; empty for the HMAC secret. */
    String kid() {
        return kid;
    }

    /** {@code ES256}, {@code RS256} or {@code HS256}. */
    String alg() {
        return algorithm.getName();
    }

    /** Whether the other is the same key under the same id. */
    boolean sameAs(VerificationKey other) {
        return kid.equals(other.kid) && alg().equals(other.alg()) && publicKey.equals(other.publicKey);
    }

    /** Whether this key signed the token; the token's {@code alg} must name this key's algorithm. */
    boolean verifies(Jws jws) {
        if (!jws.alg().equals(alg())) {
            return false;
        }
        try {
            return verifiesSignature(JWT.decode(jws.token()));
        } catch (RuntimeException e) {
            // JWTDecodeException, but also DateTimeException for absurd times. Its message holds the payload: drop it.
            return false;
        }
    }

    /** The signature alone; {@code alg} is the caller's to compare. */
    boolean verifiesSignature(DecodedJWT decoded) {
        try {
            algorithm.verify(decoded);
            return true;
        } catch (RuntimeException e) {
            return false;
        }
    }

    private static boolean isSigningKey(Jwk jwk) {
        List<String> operations = jwk.getOperationsAsList();
        return jwk.getId() != null
                && !jwk.getId().isEmpty()
                && jwk.getId().length() <= MAX_KID
                && (jwk.getUsage() == null || jwk.getUsage().equals("sig"))
                && (operations == null || operations.isEmpty() || operations.contains("verify"));
    }

    private static Optional<Algorithm> algorithm(PublicKey key, Map<String, Object> entry) {
        return switch (key) {
            case ECPublicKey ec
            when P256.equals(entry.get("crv")) && isOnCurve(ec) -> Optional.of(Algorithm.ECDSA256(ec, null));
            case RSAPublicKey rsa when RsaSoundness.isSound(rsa) -> Optional.of(Algorithm.RSA256(rsa, null));
            default -> Optional.empty();
        };
    }

    /** Neither the parser nor Java's key factory looks whether y² = x³ + ax + b. */
    private static boolean isOnCurve(ECPublicKey ec) {
        EllipticCurve curve = ec.getParams().getCurve();
        if (!(curve.getField() instanceof ECFieldFp field) || field.getFieldSize() != P256_BITS) {
            return false;
        }
        BigInteger p = field.getP();
        ECPoint point = ec.getW();
        BigInteger x = point.getAffineX();
        BigInteger y = point.getAffineY();
        BigInteger right =
                x.pow(2).add(curve.getA()).multiply(x).add(curve.getB()).mod(p);
        return isBelow(x, p) && isBelow(y, p) && y.pow(2).mod(p).equals(right);
    }

    private static boolean isBelow(BigInteger coordinate, BigInteger p) {
        return coordinate.signum() >= 0 && coordinate.compareTo(p) < 0;
    }
}
