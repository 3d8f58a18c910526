package gptbroker.identity;

import com.auth0.jwt.interfaces.Claim;
import com.auth0.jwt.interfaces.DecodedJWT;
import java.util.Date;
import java.util.List;
import java.util.Map;

/** A compact JWS whose payload need not be JSON, as in the Wycheproof vectors: only its parts can be asked for. */
record RawJws(String token) implements DecodedJWT {
    @Override
    public String getToken() {
        return token;
    }

    @Override
    public String getHeader() {
        return token.split("\\.", -1)[0];
    }

    @Override
    public String getPayload() {
        return token.split("\\.", -1)[1];
    }

    @Override
    public String getSignature() {
        return token.split("\\.", -1)[2];
    }

    @Override
    public String getAlgorithm() {
        throw new UnsupportedOperationException();
    }

    @Override
    public String getType() {
        throw new UnsupportedOperationException();
    }

    @Override
    public String getContentType() {
        throw new UnsupportedOperationException();
    }

    @Override
    public String getKeyId() {
        return "";
    }

    @Override
    public Claim getHeaderClaim(String name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String getIssuer() {
        throw new UnsupportedOperationException();
    }

    @Override
    public String getSubject() {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<String> getAudience() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Date getExpiresAt() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Date getNotBefore() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Date getIssuedAt() {
        throw new UnsupportedOperationException();
    }

    @Override
    public String getId() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Claim getClaim(String name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Map<String, Claim> getClaims() {
        throw new UnsupportedOperationException();
    }
}
