package gptbroker.cache;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * SHA-256 over a list of parts. Each part is preceded by its length, so that no two lists look alike. For one thread.
 */
public final class Digest {
    private final MessageDigest sha256;
    private final ByteBuffer length = ByteBuffer.allocate(Integer.BYTES);

    /** @param sort what the parts are of; two sorts never meet */
    public Digest(String sort) {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
        add(sort);
    }

    /** Adds text. */
    public Digest add(String part) {
        return add(part.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds bytes. */
    public Digest add(byte[] part) {
        sha256.update(length.putInt(0, part.length).array());
        sha256.update(part);
        return this;
    }

    /** The digest in lower case; ends the list. */
    public String hex() {
        return HexFormat.of().formatHex(sha256.digest());
    }
}
