package gptbroker.identity;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * SHA-256 of a credential: what caches are keyed by, so that no token is kept. Not a name for a session: one session
 * has many token strings.
 */
record TokenHash(long a, long b, long c, long d) {

    static TokenHash of(byte[] sha256) {
        ByteBuffer digest = ByteBuffer.wrap(sha256);
        return new TokenHash(digest.getLong(), digest.getLong(), digest.getLong(), digest.getLong());
    }

    static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
