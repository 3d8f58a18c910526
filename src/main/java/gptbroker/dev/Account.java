package gptbroker.dev;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One user of the stand-in, as it is kept on disk. Guarded by {@link Accounts}. */
@JsonAutoDetect(fieldVisibility = Visibility.ANY)
final class Account {
    private static final ObjectMapper mapper = new ObjectMapper();

    String id = UUID.randomUUID().toString();
    String email = "";
    String passwordHash = "";
    String role = "authenticated";
    boolean anonymous;
    ObjectNode appMetadata = mapper.createObjectNode();
    ObjectNode userMetadata = mapper.createObjectNode();
    String createdAt = "";
    String updatedAt = "";

    @Nullable
    String confirmedAt;

    @Nullable
    String lastSignInAt;

    @Nullable
    String bannedUntil;

    @Nullable
    String deletedAt;

    boolean bannedAt(Instant now) {
        return bannedUntil != null && Instant.parse(bannedUntil).isAfter(now);
    }

    /** The user as GoTrue shows it: what is null is left out. */
    ObjectNode toJson() {
        var json = mapper.createObjectNode()
                .put("id", id)
                .put("aud", "authenticated")
                .put("role", role)
                .put("email", email);
        putIfKnown(json, "email_confirmed_at", email.isEmpty() ? null : confirmedAt);
        json.put("phone", "");
        putIfKnown(json, "confirmed_at", email.isEmpty() ? null : confirmedAt);
        putIfKnown(json, "last_sign_in_at", lastSignInAt);
        json.set("app_metadata", appMetadata.deepCopy());
        json.set("user_metadata", userMetadata.deepCopy());
        var identities = json.putArray("identities");
        if (!email.isEmpty()) {
            identities.add(identity());
        }
        json.put("created_at", createdAt).put("updated_at", updatedAt);
        putIfKnown(json, "banned_until", bannedUntil);
        putIfKnown(json, "deleted_at", deletedAt);
        return json.put("is_anonymous", anonymous);
    }

    private ObjectNode identity() {
        var identity = mapper.createObjectNode()
                .put(
                        "identity_id",
                        UUID.nameUUIDFromBytes(id.getBytes(StandardCharsets.US_ASCII))
                                .toString())
                .put("id", id)
                .put("user_id", id);
        identity.putObject("identity_data")
                .put("email", email)
                .put("email_verified", confirmedAt != null)
                .put("phone_verified", false)
                .put("sub", id);
        identity.put("provider", "email");
        putIfKnown(identity, "last_sign_in_at", lastSignInAt);
        return identity.put("created_at", createdAt)
                .put("updated_at", updatedAt)
                .put("email", email);
    }

    private static void putIfKnown(ObjectNode json, String name, @Nullable String value) {
        if (value != null) {
            json.put(name, value);
        }
    }
}
