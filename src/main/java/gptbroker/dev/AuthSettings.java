package gptbroker.dev;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** The project's switches, which tests may turn. Not kept across starts. Thread-safe. */
final class AuthSettings {
    private static final ObjectMapper mapper = new ObjectMapper();

    private volatile boolean signUp = true;
    private volatile boolean autoConfirm = true;
    private volatile boolean anonymous = true;

    boolean signUp() {
        return signUp;
    }

    boolean autoConfirm() {
        return autoConfirm;
    }

    boolean anonymous() {
        return anonymous;
    }

    /** Takes {@code signup}, {@code autoconfirm} and {@code anonymous} where they are given. */
    void change(JsonNode wish) {
        signUp = wish.path("signup").asBoolean(signUp);
        autoConfirm = wish.path("autoconfirm").asBoolean(autoConfirm);
        anonymous = wish.path("anonymous").asBoolean(anonymous);
    }

    /** The answer of {@code GET /settings}. */
    ObjectNode toJson() {
        var json = mapper.createObjectNode();
        json.putObject("external")
                .put("anonymous_users", anonymous)
                .put("google", false)
                .put("github", false)
                .put("email", true)
                .put("phone", false);
        return json.put("disable_signup", !signUp)
                .put("mailer_autoconfirm", autoConfirm)
                .put("phone_autoconfirm", false)
                .put("sms_provider", "")
                .put("saml_enabled", false)
                .put("saml_private_key_next_configured", false)
                .put("passkeys_enabled", false);
    }
}
