package gptbroker.store;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A Lua script that {@link RedisPipe} can run. It must be safe to repeat with the same arguments, and must answer with
 * a list whose first element is {@code ARGV[1]}, the caller's nonce. Immutable.
 */
public final class RedisScript {
    private final String name;
    private final byte[] source;
    private final byte[] sha;

    private RedisScript(String name, byte[] source) {
        this.name = name;
        this.source = source;
        this.sha = HexFormat.of().formatHex(sha1(source)).getBytes(US_ASCII);
    }

    /** Reads {@code <name>.lua} beside a class. */
    public static RedisScript resource(Class<?> beside, String name) {
        try (var in = beside.getResourceAsStream(name + ".lua")) {
            if (in == null) {
                throw new IllegalStateException("script missing: " + name);
            }
            return new RedisScript(name, in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The file's name without its ending; a metric label. */
    public String name() {
        return name;
    }

    byte[] source() {
        return source;
    }

    byte[] sha() {
        return sha;
    }

    private static byte[] sha1(byte[] source) {
        try {
            return MessageDigest.getInstance("SHA-1").digest(source); // how EVALSHA names scripts
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
