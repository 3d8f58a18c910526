package gptbroker.identity;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Mints tokens, good and bad, down to the byte. */
final class Tokens {
    static final String ISSUER = "https://project.supabase.co/auth/v1";
    static final String USER = "11111111-2222-4333-8444-abcdefabcdef";
    static final String SESSION = "99999999-2222-4333-8444-abcdefabcdef";
    private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();
    private static final ObjectMapper JSON = new ObjectMapper();

    private Tokens() {}

    /** What a signed-in user's token holds. */
    static Map<String, Object> claims(TestClock clock) {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("iss", ISSUER);
        claims.put("sub", USER);
        claims.put("aud", "authenticated");
        claims.put("exp", clock.epochSecond() + 3600);
        claims.put("iat", clock.epochSecond());
        claims.put("email", "user@example.com");
        claims.put("phone", "");
        claims.put("app_metadata", Map.of("provider", "email", "providers", List.of("email")));
        claims.put("user_metadata", Map.of("plan", "stolen"));
        claims.put("role", "authenticated");
        claims.put("aal", "aal1");
        claims.put("session_id", SESSION);
        claims.put("is_anonymous", false);
        return claims;
    }

    static String user(TestKey key, TestClock clock) {
        return signed(key, json(claims(clock)));
    }

    static String user(TestKey key, TestClock clock, String claim, Object value) {
        Map<String, Object> claims = claims(clock);
        claims.put(claim, value);
        return signed(key, json(claims));
    }

    static String without(TestKey key, TestClock clock, String claim) {
        Map<String, Object> claims = claims(clock);
        claims.remove(claim);
        return signed(key, json(claims));
    }

    static String signed(TestKey key, String payload) {
        return of(header(key), payload, key::sign);
    }

    static String header(TestKey key) {
        return "{\"alg\":\"%s\",\"kid\":\"%s\",\"typ\":\"JWT\"}".formatted(key.alg(), key.kid());
    }

    static String hs256(String secret, String payload) {
        return of("{\"alg\":\"HS256\",\"typ\":\"JWT\"}", payload, input -> TestKey.hmac(TestKey.utf8(secret), input));
    }

    /** A token of exactly these parts. */
    static String of(String header, String payload, UnaryOperator<byte[]> signer) {
        String input = base64url(TestKey.utf8(header)) + "." + base64url(TestKey.utf8(payload));
        return input + "." + base64url(signer.apply(TestKey.utf8(input)));
    }

    static String base64url(byte[] bytes) {
        return BASE64URL.encodeToString(bytes);
    }

    static String json(Map<String, Object> claims) {
        try {
            return JSON.writeValueAsString(claims);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
