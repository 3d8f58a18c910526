package gptbroker.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;

/** A script's answer without its nonce; elements count from 0. */
public final class RedisReply {
    private final List<?> elements;

    RedisReply(List<?> elements) {
        this.elements = elements;
    }

    /** How many elements there are. */
    public int size() {
        return elements.size();
    }

    /** An element that is a string. */
    public String text(int index) {
        return new String((byte[]) elements.get(index), UTF_8);
    }

    /** An element that is a string of any bytes; not to be changed. */
    public byte[] bytes(int index) {
        return (byte[]) elements.get(index);
    }

    /** An element that is an integer, or a string of digits (Lua hands large numbers over as strings). */
    public long number(int index) {
        return elements.get(index) instanceof Long number ? number : Long.parseLong(text(index));
    }

    /** An element that is a list of strings. */
    public List<String> texts(int index) {
        return ((List<?>) elements.get(index))
                .stream().map(element -> new String((byte[]) element, UTF_8)).toList();
    }

    /** An element that is a byte string. */
    public byte[] blob(int index) {
        return (byte[]) elements.get(index);
    }

    /** An element that is a list of byte strings. */
    public List<byte[]> blobs(int index) {
        return ((List<?>) elements.get(index)).stream().map(byte[].class::cast).toList();
    }
}
