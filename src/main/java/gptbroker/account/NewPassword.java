package gptbroker.account;

import gptbroker.http.Fields;

/**
 * What a password must be: long enough, and text. Nothing else is asked of it.
 *
 * @param shortest {@code PASSWORD_MIN_LENGTH}, in characters
 */
record NewPassword(int shortest) {
    private static final int LONGEST = 1_024;

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
