package gptbroker.dev;

import com.auth0.jwt.JWT;
import com.auth0.jwt.algorithms.Algorithm;
import com.auth0.jwt.exceptions.JWTDecodeException;
import com.auth0.jwt.exceptions.SignatureVerificationException;
import com.auth0.jwt.interfaces.DecodedJWT;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/** Issues and checks the tokens of the stand-in, with GoTrue's order of checks and its refusals. Thread-safe. */
final class AuthTokens {
    private static final ObjectMapper mapper = new ObjectMapper();
    private static final Pattern BEARER = Pattern.compile("(?i)^bearer (\\S+)$");
    private static final String UNVERIFIED = "invalid JWT: unable to parse or verify signature, ";

    private final SigningKeys keys;
    private final Accounts accounts;
    private final String publishableKey;
    private final String secretKey;
    private volatile long lifetime = 3_600;

    /** A user's verified call. */
    record Verified(Account account, @Nullable String sessionId) {}

    AuthTokens(SigningKeys keys, Accounts accounts) {
        this.keys = keys;
        this.accounts = accounts;
        this.publishableKey = opaque("sb_publishable_", keys.secret());
        this.secretKey =
                opaque("sb_secret_", new StringBuilder(keys.secret()).reverse().toString());
    }

    private static String opaque(String prefix, String seed) {
        var body = prefix + seed.replace('-', '0').replace('_', '0').substring(0, 22);
        var crc = new CRC32();
        crc.update(body.getBytes(StandardCharsets.US_ASCII));
        return body + "_" + String.format("%08x", crc.getValue());
    }

    String publishableKey() {
        return publishableKey;
    }

    String secretKey() {
        return secretKey;
    }

    /** Seconds that access tokens live from now on. */
    void lifetime(long seconds) {
        this.lifetime = seconds;
    }

    /** GoTrue's Session object. */
    ObjectNode session(Accounts.Grant grant, String issuer) {
        long now = accounts.now().getEpochSecond();
        long seconds = lifetime;
        return mapper.createObjectNode()
                .put("access_token", accessToken(grant, issuer, now, seconds))
                .put("token_type", "bearer")
                .put("expires_in", seconds)
                .put("expires_at", now + seconds)
                .put("refresh_token", grant.refreshToken())
                .set("user", grant.user());
    }

    private String accessToken(Accounts.Grant grant, String issuer, long now, long seconds) {
        var user = grant.user();
        var mint = Mint.user(keys, issuer, UUID.fromString(grant.account().id), Instant.ofEpochSecond(now))
                .claim("exp", now + seconds)
                .claim("email", user.path("email"))
                .claim("app_metadata", user.path("app_metadata"))
                .claim("user_metadata", user.path("user_metadata"))
                .claim("role", user.path("role"))
                .claim("session_id", grant.session().id())
                .claim("is_anonymous", user.path("is_anonymous"));
        var amr = mapper.createArrayNode();
        amr.addObject()
                .put("method", grant.session().method())
                .put("timestamp", grant.session().startedAt());
        return mint.claim("amr", amr).sign();
    }

    /** The caller of a user's route. */
    Verified user(ServerRequest req) {
        var token = verified(bearer(req));
        var subject = token.getSubject();
        if (subject == null || subject.isEmpty()) {
            throw new AuthError(403, "bad_jwt", "invalid claim: missing sub claim");
        }
        if (!isUuid(subject)) {
            throw new AuthError(400, "bad_jwt", "invalid claim: sub claim must be a UUID");
        }
        var account = accounts.byId(subject)
                .orElseThrow(() -> new AuthError(403, "user_not_found", "User from sub claim in JWT does not exist"));
        var session = token.getClaim("session_id").asString();
        if (session != null && !session.isEmpty() && !isUuid(session)) {
            throw new AuthError(403, "bad_jwt", "invalid claim: session_id claim must be a UUID");
        }
        if (session != null && !session.isEmpty() && !accounts.hasSession(session)) {
            throw new AuthError(403, "session_not_found", "Session from session_id claim in JWT does not exist");
        }
        if (accounts.isBanned(account)) {
            throw new AuthError(403, "user_banned", "User is banned");
        }
        return new Verified(account, session);
    }

    /** Lets a service_role token or the secret key pass. */
    void admin(ServerRequest req) {
        var bearer = bearer(req);
        if (bearer.equals(secretKey)) {
            return;
        }
        var role = verified(bearer).getClaim("role").asString();
        if (!"service_role".equals(role) && !"supabase_admin".equals(role)) {
            throw new AuthError(403, "not_admin", "User not allowed");
        }
    }

    /** Whether a gateway would let this {@code apikey} in. */
    boolean isProjectKey(String key) {
        if (key.equals(publishableKey) || key.equals(secretKey)) {
            return true;
        }
        try {
            var role = verified(key).getClaim("role").asString();
            return "anon".equals(role) || "service_role".equals(role);
        } catch (AuthError e) {
            return false;
        }
    }

    private static String bearer(ServerRequest req) {
        var bearer =
                BEARER.matcher(req.headers().first(HeaderNames.AUTHORIZATION).orElse(""));
        if (!bearer.matches()) {
            throw new AuthError(401, "no_authorization", "This endpoint requires a valid Bearer token");
        }
        return bearer.group(1);
    }

    private DecodedJWT verified(String token) {
        DecodedJWT decoded;
        try {
            decoded = JWT.decode(token);
            algorithm(decoded).verify(decoded);
        } catch (JWTDecodeException e) {
            throw new AuthError(403, "bad_jwt", UNVERIFIED + "token is malformed");
        } catch (SignatureVerificationException e) {
            throw new AuthError(403, "bad_jwt", UNVERIFIED + "token signature is invalid");
        }
        if (decoded.getExpiresAtAsInstant() != null
                && !decoded.getExpiresAtAsInstant().isAfter(accounts.now())) {
            throw new AuthError(403, "bad_jwt", UNVERIFIED + "token has invalid claims: token is expired");
        }
        return decoded;
    }

    private Algorithm algorithm(DecodedJWT token) {
        if ("HS256".equals(token.getAlgorithm())) {
            return Algorithm.HMAC256(keys.secret());
        }
        return keys.key(String.valueOf(token.getKeyId()))
                .filter(key -> key.alg().name().equals(token.getAlgorithm()))
                .orElseThrow(
                        () -> new AuthError(403, "bad_jwt", UNVERIFIED + "token is unverifiable: unrecognized JWT kid"))
                .algorithm();
    }

    static boolean isUuid(String text) {
        try {
            return UUID.fromString(text).toString().equalsIgnoreCase(text);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
