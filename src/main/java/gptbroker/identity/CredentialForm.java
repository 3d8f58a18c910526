package gptbroker.identity;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * What a credential looks like, which says where to look it up and nothing about whether it is good. The forms are told
 * apart by their text alone, so that no credential is ever tried in two places.
 */
public enum CredentialForm {
    /** {@code gb_…}, and the older {@code gw_…} and {@code token…}. */
    API_KEY,
    /** 48 characters, the base64 of a UUID as text. */
    SESSION,
    /** A JWS, or what was one once; also the keys of a Supabase project, {@code sb_…}. */
    SUPABASE,
    /** None of ours. */
    OTHER;

    private static final int SESSION_LENGTH = 48;
    private static final Pattern UUID = Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");

    /** The form of a credential; only looks at its first letters unless it has the length of a session. */
    public static CredentialForm of(String credential) {
        if (credential.startsWith("gb_") || credential.startsWith("gw_") || credential.startsWith("token")) {
            return API_KEY;
        }
        if (credential.length() == SESSION_LENGTH && holdsUuid(credential)) {
            return SESSION;
        }
        if (credential.startsWith("eyJ")
                || credential.startsWith("sb_")
                || credential.startsWith("sbp_")
                || dots(credential) == 2) {
            return SUPABASE;
        }
        return OTHER;
    }

    private static boolean holdsUuid(String credential) {
        try {
            byte[] text = Base64.getDecoder().decode(credential);
            return UUID.matcher(new String(text, StandardCharsets.ISO_8859_1)).matches();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static int dots(String credential) {
        int dots = 0;
        for (int at = credential.indexOf('.'); at >= 0; at = credential.indexOf('.', at + 1)) {
            dots++;
        }
        return dots;
    }
}
