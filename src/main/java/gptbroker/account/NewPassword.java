package gptbroker.account;

import gptbroker.http.Fields;
import java.security.SecureRandom;
import java.util.stream.Collectors;

/**
 * What a password must be: long enough, and text. Nothing else is asked of it.
 *
 * @param shortest {@code PASSWORD_MIN_LENGTH}, in characters
 */
public record NewPassword(int shortest) {
    private static final int LONGEST = 1_024;
    private static final String LETTERS = "abcdefghijkmnopqrstuvwxyz23456789";
    private static final SecureRandom RANDOM = new SecureRandom();

    /** One that nobody guesses: 20 letters and digits, some 100 bits, none of which looks like another. */
    public static String random() {
        return RANDOM.ints(20, 0, LETTERS.length())
                .mapToObj(i -> LETTERS.substring(i, i + 1))
                .collect(Collectors.joining());
    }

    /** A password to be set. */
    String in(Fields fields, String field) {
        String password = text(fields, field);
        if (password.codePointCount(0, password.length()) < shortest) {
            throw Fields.invalid(field);
        }
        return password;
    }

    /** A password to be compared. */
    static String text(Fields fields, String field) {
        String password = fields.required(field, LONGEST);
        if (password.codePoints().anyMatch(c -> Character.getType(c) == Character.SURROGATE)) {
            throw Fields.invalid(field);
        }
        return password;
    }
}
