package gptbroker.identity;

import gptbroker.config.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * The operator's credential, compared in constant time. Without a configured key nothing matches. Thread-safe.
 */
public final class AdminKey {
    private static final String BEARER = "Bearer ";
    private static final String BASIC = "Basic ";
    private static final int MAX_HEADER = 1024;

    private final KeyDigest key;

    /** The key {@code ADMIN_KEY}, if there is one; an empty key counts as none. */
    public AdminKey(Optional<Secret> key) {
        this.key = new KeyDigest(key);
    }

    /**
     * Whether these are the operator's credentials: {@code Bearer <key>}, or {@code Basic} with any user and the key as
     * password, as browsers and curl send it, or the bare key (S4.2).
     *
     * @param authorization all values of the {@code Authorization} header; more than one never matches
     */
    public boolean matches(List<String> authorization) {
        if (authorization.size() != 1 || authorization.getFirst().length() > MAX_HEADER) {
            return false;
        }
        String value = authorization.getFirst();
        if (value.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return matches(value.substring(BEARER.length()));
        }
        if (value.regionMatches(true, 0, BASIC, 0, BASIC.length())) {
            return password(value.substring(BASIC.length()))
                    .filter(this::matches)
                    .isPresent();
        }
        return matches(value);
    }

    private boolean matches(String credential) {
        return key.matches(TokenHash.sha256(credential));
    }

    private static Optional<String> password(String base64) {
        try {
            String pair = new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
            int colon = pair.indexOf(':');
            return colon < 0 ? Optional.empty() : Optional.of(pair.substring(colon + 1));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
