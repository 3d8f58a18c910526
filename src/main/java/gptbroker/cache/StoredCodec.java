package gptbroker.cache;

import gptbroker.upstream.RawHeader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@link Stored} to bytes and back; every Java string survives exactly. Thread-safe. */
final class StoredCodec {
    private static final int VERSION = 1;
    private static final int MOST = 64 * 1024 * 1024;

    private StoredCodec() {}

    static byte[] encode(Stored stored) {
        Kept kept = stored.kept();
        var bytes = new ByteArrayOutputStream((int) Math.min(MOST, 256 + kept.size()));
        try (var out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeLong(stored.at().toEpochMilli());
            out.writeLong(stored.ttl().toMillis());
            out.writeShort(kept.status());
            write(out, kept.contentType());
            out.writeShort(kept.headers().size());
            for (RawHeader line : kept.headers()) {
                write(out, line.name());
                write(out, line.value());
            }
            write(out, kept.text());
            out.writeInt(kept.body().length);
            out.write(kept.body());
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        return bytes.toByteArray();
    }

    /** Empty for what this version does not understand. */
    static Optional<Stored> decode(byte[] bytes) {
        try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            if (in.readByte() != VERSION) {
                return Optional.empty();
            }
            Instant at = Instant.ofEpochMilli(in.readLong());
            Duration ttl = Duration.ofMillis(in.readLong());
            int status = in.readShort();
            String type = read(in);
            List<RawHeader> headers = new ArrayList<>();
            for (int left = in.readShort(); left > 0; left--) {
                headers.add(new RawHeader(read(in), read(in)));
            }
            String text = read(in);
            byte[] body = some(in);
            return Optional.of(new Stored(new Kept(status, type, headers, body, text), at, ttl));
        } catch (IOException cut) {
            return Optional.empty();
        }
    }

    /** UTF-8 where that is exact; half a surrogate pair has no UTF-8, so such a string goes as it is. */
    private static void write(DataOutputStream out, String text) throws IOException {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        boolean exact = new String(utf8, StandardCharsets.UTF_8).equals(text);
        byte[] bytes = exact ? utf8 : utf16(text);
        out.writeBoolean(exact);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static byte[] utf16(String text) {
        byte[] bytes = new byte[2 * text.length()];
        for (int i = 0; i < text.length(); i++) {
            bytes[2 * i] = (byte) (text.charAt(i) >> 8);
            bytes[2 * i + 1] = (byte) text.charAt(i);
        }
        return bytes;
    }

    private static String read(DataInputStream in) throws IOException {
        boolean utf8 = in.readBoolean();
        byte[] bytes = some(in);
        if (utf8) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
        char[] chars = new char[bytes.length / 2];
        for (int i = 0; i < chars.length; i++) {
            chars[i] = (char) ((bytes[2 * i] & 0xff) << 8 | bytes[2 * i + 1] & 0xff);
        }
        return new String(chars);
    }

    private static byte[] some(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > in.available()) {
            throw new IOException("cut short");
        }
        return in.readNBytes(length);
    }
}
