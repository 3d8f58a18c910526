package gptbroker.http;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A query string, or a form's body: strict percent-decoding and UTF-8, {@code +} is a blank, all values kept. */
public final class Query {
    private Query() {}

    /**
     * Names and values in order of appearance.
     *
     * @throws Problem 400 when an escape or the UTF-8 is malformed
     */
    public static Map<String, List<String>> parse(String raw) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (String pair : raw.isEmpty() ? new String[0] : raw.split("&")) {
            int equals = pair.indexOf('=');
            String name = equals < 0 ? pair : pair.substring(0, equals);
            String value = equals < 0 ? "" : pair.substring(equals + 1);
            if (!pair.isEmpty()) {
                values.computeIfAbsent(decode(name, true), key -> new ArrayList<>(1))
                        .add(decode(value, true));
            }
        }
        return values;
    }

    /**
     * Percent-decodes one component.
     *
     * @throws Problem 400 when an escape or the UTF-8 is malformed
     */
    static String decode(String raw, boolean plusIsBlank) {
        ByteBuffer bytes = ByteBuffer.allocate(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                bytes.put((byte) (hex(raw, i + 1) << 4 | hex(raw, i + 2)));
                i += 2;
            } else if (c > 0x7f) {
                throw Problem.of(ProblemCode.BAD_REQUEST, "raw non-ASCII character");
            } else {
                bytes.put((byte) (c == '+' && plusIsBlank ? ' ' : c));
            }
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
        } catch (CharacterCodingException e) {
            throw Problem.of(ProblemCode.BAD_REQUEST, "escaped bytes are not UTF-8");
        }
    }

    private static int hex(String raw, int index) {
        int digit = index < raw.length() ? Character.digit(raw.charAt(index), 16) : -1;
        if (digit < 0) {
            throw Problem.of(ProblemCode.BAD_REQUEST, "malformed percent escape");
        }
        return digit;
    }
}
