package gptbroker.identity;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A signing key of the fake issuer. */
record TestKey(String kid, String alg, KeyPair pair) {
    private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();

    static TestKey es256(String kid) {
        return es("secp256r1", kid, "ES256");
    }

    static TestKey es(String curve, String kid, String alg) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec(curve));
            return new TestKey(kid, alg, generator.generateKeyPair());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static TestKey rs256(String kid, int bits) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(bits);
            return new TestKey(kid, "RS256", generator.generateKeyPair());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    TestKey renamed(String other) {
        return new TestKey(other, alg, pair);
    }

    String jwk() {
        return switch (pair.getPublic()) {
            case ECPublicKey ec ->
                """
                {"kty":"EC","crv":"%s","x":"%s","y":"%s","kid":"%s","alg":"%s","use":"sig","key_ops":["verify"]}""".formatted(
                                alg.equals("ES256") ? "P-256" : "P-384",
                                number(ec.getW().getAffineX(), size(ec)),
                                number(ec.getW().getAffineY(), size(ec)),
                                kid,
                                alg);
            case RSAPublicKey rsa ->
                """
                {"kty":"RSA","n":"%s","e":"%s","kid":"%s","alg":"%s","use":"sig"}""".formatted(
                                number(rsa.getModulus(), rsa.getModulus().bitLength() / 8),
                                number(rsa.getPublicExponent(), 3),
                                kid,
                                alg);
            default -> throw new IllegalStateException();
        };
    }

    byte[] sign(byte[] input) {
        String name = alg.equals("ES256") ? "SHA256withECDSAinP1363Format" : "SHA256withRSA";
        return sign(name, input);
    }

    byte[] sign(String algorithm, byte[] input) {
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(pair.getPrivate());
            signature.update(input);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static byte[] hmac(byte[] secret, byte[] input) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            return mac.doFinal(input);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static int size(ECPublicKey ec) {
        return ec.getParams().getCurve().getField().getFieldSize() / 8;
    }

    private static String number(BigInteger number, int length) {
        byte[] bytes = new byte[length];
        byte[] signed = number.toByteArray();
        int count = Math.min(signed.length, length);
        System.arraycopy(signed, signed.length - count, bytes, length - count, count);
        return BASE64URL.encodeToString(bytes);
    }
}
