package gptbroker.identity;

import static gptbroker.problem.ProblemCode.TOKEN_INVALID;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.problem.Problem;
import java.util.Base64;
import java.util.Optional;

/**
 * A token in JWS compact form (RFC 7515 §7.1), read strictly and not yet believed. java-jwt's own reader takes padding,
 * spare bits, duplicate members and trailing text; this one refuses them, so that one token has one spelling.
 *
 * @param token the exact string
 * @param alg the header's algorithm; it chooses nothing, it must equal the key's
 * @param kid the header's key id, at most 128 characters
 * @param payload the decoded middle part
 */
record Jws(String token, String alg, Optional<String> kid, byte[] payload) {
    private static final int MAX_KID = 128;

    /**
     * Reads a token.
     *
     * @throws Problem 401 {@code token_invalid} for any other form, an unknown {@code crit}, or {@code b64} (RFC 7797)
     */
    static Jws parse(String token) {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3) {
            throw invalid("not three parts");
        }
        byte[] header = decode(parts[0]);
        byte[] payload = decode(parts[1]);
        decode(parts[2]);
        ObjectNode fields = StrictJson.object(header).orElseThrow(() -> invalid("header is not a JSON object"));
        // We understand no extension: crit must name at least one, and b64 changes what was signed.
        if (fields.has("crit") || fields.has("b64")) {
            throw invalid("header demands an extension");
        }
        if (!(fields.get("alg") instanceof JsonNode alg && alg.isTextual())) {
            throw invalid("header names no algorithm");
        }
        return new Jws(token, alg.textValue(), kid(fields), payload);
    }

    /**
     * The payload as claims.
     *
     * @throws Problem 401 {@code token_invalid} when it is not exactly one JSON object
     */
    ObjectNode claims() {
        return StrictJson.object(payload).orElseThrow(() -> invalid("payload is not a JSON object"));
    }

    private static Optional<String> kid(ObjectNode fields) {
        JsonNode kid = fields.get("kid");
        if (kid == null) {
            return Optional.empty();
        }
        if (!kid.isTextual() || kid.textValue().isEmpty() || kid.textValue().length() > MAX_KID) {
            throw invalid("kid is not a short text");
        }
        return Optional.of(kid.textValue());
    }

    /** Base64url without padding, line breaks or spare bits (RFC 7515 §2), so that no two strings decode alike. */
    private static byte[] decode(String part) {
        if (part.isEmpty()) {
            throw invalid("empty part");
        }
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(part);
            if (Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(part)) {
                return bytes;
            }
        } catch (IllegalArgumentException e) {
            // the same refusal as for a non-canonical spelling
        }
        throw invalid("part is not base64url");
    }

    private static Problem invalid(String reason) {
        return Problem.of(TOKEN_INVALID, reason);
    }
}
