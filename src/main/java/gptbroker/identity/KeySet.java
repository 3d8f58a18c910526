package gptbroker.identity;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The verification keys of one JWKS document (RFC 7517), by key id. An empty set is valid: a project that signs with
 * its secret publishes no key. Immutable.
 */
record KeySet(Map<String, VerificationKey> keys) {
    /** More keys than any rotation needs; a larger set is refused whole. */
    static final int MAX_KEYS = 32;

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final TypeReference<Map<String, Object>> ENTRY = new TypeReference<>() {};

    KeySet {
        keys = Map.copyOf(keys);
    }

    /**
     * Reads a JWKS document. Entries that are no key of ours (encryption keys, secrets, other curves, weak RSA) are
     * passed over.
     *
     * @throws IOException when the document as a whole cannot be trusted: not strict JSON, no list, too long, one key
     *     id twice, or entries of which none is usable
     */
    static KeySet parse(byte[] body) throws IOException {
        ObjectNode document = StrictJson.object(body).orElseThrow(() -> new IOException("JWKS is not a JSON object"));
        JsonNode entries = document.get("keys");
        if (entries == null || !entries.isArray()) {
            throw new IOException("JWKS has no list of keys");
        }
        if (entries.size() > MAX_KEYS) {
            throw new IOException("JWKS has more than " + MAX_KEYS + " keys");
        }
        Map<String, VerificationKey> keys = new HashMap<>();
        Set<String> ids = new HashSet<>();
        for (JsonNode entry : entries) {
            // Also across key types: with one id for two keys nobody can say which was meant.
            if (entry.path("kid").isTextual() && !ids.add(entry.path("kid").textValue())) {
                throw new IOException("JWKS names one key id twice");
            }
            usable(entry).ifPresent(key -> keys.put(key.kid(), key));
        }
        if (keys.isEmpty() && !entries.isEmpty()) {
            throw new IOException("JWKS has no usable key: ES256, or RS256 of 2048 bits and more");
        }
        return new KeySet(keys);
    }

    /** The key of this id. */
    Optional<VerificationKey> find(String kid) {
        return Optional.ofNullable(keys.get(kid));
    }

    /** This set, with the objects of the older one for keys that stayed, so that identity means "still trusted". */
    KeySet reusing(KeySet older) {
        Map<String, VerificationKey> merged = new HashMap<>(keys);
        merged.replaceAll((kid, key) -> older.find(kid).filter(key::sameAs).orElse(key));
        return new KeySet(merged);
    }

    private static Optional<VerificationKey> usable(JsonNode entry) {
        return entry.isObject() ? VerificationKey.ofJwk(MAPPER.convertValue(entry, ENTRY)) : Optional.empty();
    }
}
