package gptbroker.project;

import static java.nio.charset.StandardCharsets.US_ASCII;

import gptbroker.config.Secret;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.zip.CRC32;

/**
 * The text of an API key: {@code gb_}, 256 random bits in base64url, and a checksum in eight hex digits. The checksum
 * keeps nobody out; it lets us tell a typing mistake or a blind guess from a key without asking any store. Accounts of
 * the gateway's clients have the form that those know, {@code token} and the random bits alone (seed S4.5).
 */
final class KeyText {
    private static final String SCHEME = "gb_";
    private static final String TOKEN_SCHEME = "token";
    private static final int RANDOM_BYTES = 32;
    private static final int RANDOM_LETTERS = 43;
    private static final int CHECK_LETTERS = 8;
    private static final int LENGTH = SCHEME.length() + RANDOM_LETTERS + CHECK_LETTERS;
    private static final int SHOWN = SCHEME.length() + 6;
    private static final SecureRandom RANDOM = new SecureRandom();

    private KeyText() {}

    /** A new key of a project. */
    static Secret mint() {
        String body = SCHEME + random();
        return new Secret(body + check(body));
    }

    /** A new key of an account. */
    static Secret mintToken() {
        return new Secret(TOKEN_SCHEME + random());
    }

    private static String random() {
        byte[] random = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(random);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    }

    /** Whether this can be a key at all. Keys of older forms ({@code gw_…}, {@code token…}) have no checksum. */
    static boolean isPlausible(String key) {
        if (!key.startsWith(SCHEME)) {
            return true;
        }
        return key.length() == LENGTH && key.endsWith(check(key.substring(0, LENGTH - CHECK_LETTERS)));
    }

    /** What lists show of a key: 36 of its bits. */
    static String prefix(Secret key) {
        return key.reveal().substring(0, SHOWN);
    }

    /** By what it is kept and looked up: SHA-256 in lower-case hex. */
    static String hash(Secret key) {
        try {
            byte[] sha256 =
                    MessageDigest.getInstance("SHA-256").digest(key.reveal().getBytes(US_ASCII));
            return HexFormat.of().formatHex(sha256);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    private static String check(String body) {
        var crc = new CRC32();
        crc.update(body.getBytes(US_ASCII));
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }
}
