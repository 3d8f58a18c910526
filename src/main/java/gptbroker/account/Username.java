package gptbroker.account;

import gptbroker.http.Fields;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Optional;

/**
 * A name to sign in with, 1 to 254 characters without control characters.
 *
 * @param shown as it was chosen
 * @param key what makes it unique: compatibility forms and case do not
 */
record Username(String shown, String key) {
    static final int LONGEST = 254;

    /** The name in a field of a request. */
    static Optional<Username> of(Fields fields, String field) {
        return fields.name(field, LONGEST).map(Username::of);
    }

    static Username of(String name) {
        String shown = Normalizer.normalize(name, Normalizer.Form.NFC);
        String folded = Normalizer.normalize(name, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        return new Username(shown, Normalizer.normalize(folded, Normalizer.Form.NFKC));
    }

    /** What stands before the {@code @}: the first name of whoever gives none. */
    String localPart() {
        int at = shown.indexOf('@');
        return at > 0 ? shown.substring(0, at) : shown;
    }
}
