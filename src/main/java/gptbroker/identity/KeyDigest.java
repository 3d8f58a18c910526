package gptbroker.identity;

import gptbroker.config.Secret;
import java.security.MessageDigest;
import java.util.Optional;

/**
 * A configured key, kept and compared as its SHA-256, so that a comparison takes the same time whatever is shown.
 * Without a configured key, or with an empty one, nothing matches.
 */
final class KeyDigest {
    private final Optional<byte[]> digest;

    KeyDigest(Optional<Secret> key) {
        digest = key.map(Secret::reveal).filter(text -> !text.isEmpty()).map(TokenHash::sha256);
    }

    /** Whether this is the SHA-256 of the key. */
    boolean matches(byte[] sha256) {
        return digest.isPresent() && MessageDigest.isEqual(digest.get(), sha256);
    }
}
