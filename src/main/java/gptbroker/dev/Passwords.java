package gptbroker.dev;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** PBKDF2 for the stand-in's users. Few rounds: test passwords, and tests sign in often. */
final class Passwords {
    private static final int ROUNDS = 10_000;
    private static final int BITS = 256;
    private static final int SALT_BYTES = 16;
    private static final SecureRandom random = new SecureRandom();

    private Passwords() {}

    /** {@code salt$hash}. */
    static String hash(String password) {
        var salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        return Base64.getEncoder().encodeToString(salt) + "$"
                + Base64.getEncoder().encodeToString(derive(password, salt));
    }

    /** False for a hash that is empty. */
    static boolean matches(String password, String hash) {
        int dollar = hash.indexOf('$');
        if (dollar < 0) {
            return false;
        }
        var salt = Base64.getDecoder().decode(hash.substring(0, dollar));
        return MessageDigest.isEqual(Base64.getDecoder().decode(hash.substring(dollar + 1)), derive(password, salt));
    }

    private static byte[] derive(String password, byte[] salt) {
        var spec = new PBEKeySpec(password.toCharArray(), salt, ROUNDS, BITS);
        try {
            return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(spec)
                    .getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        } finally {
            spec.clearPassword();
        }
    }
}
