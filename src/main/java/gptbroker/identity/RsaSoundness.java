package gptbroker.identity;

import java.math.BigInteger;
import java.security.interfaces.RSAPublicKey;

/** Whether an RSA key is worth anything: size, exponent, and not made by the chips of CVE-2017-15361 (ROCA). */
final class RsaSoundness {
    private static final int MIN_BITS = 2048;
    // Above this one check costs milliseconds.
    private static final int MAX_BITS = 8192;
    private static final int MAX_EXPONENT_BITS = 64;

    private static final BigInteger ROCA_GENERATOR = BigInteger.valueOf(65537);
    // The odd primes up to 167, as in the paper: a sound modulus passes all of them with chance 2^-27.
    private static final int[] ROCA_PRIMES = {
        3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109,
        113, 127, 131, 137, 139, 149, 151, 157, 163, 167
    };

    private RsaSoundness() {}

    static boolean isSound(RSAPublicKey key) {
        BigInteger modulus = key.getModulus();
        BigInteger exponent = key.getPublicExponent();
        return modulus.bitLength() >= MIN_BITS
                && modulus.bitLength() <= MAX_BITS
                && modulus.testBit(0)
                && exponent.testBit(0)
                && exponent.compareTo(BigInteger.ONE) > 0
                && exponent.bitLength() <= MAX_EXPONENT_BITS
                && !hasRocaMark(modulus);
    }

    /** Such a modulus is a power of 65537 to every small prime. */
    private static boolean hasRocaMark(BigInteger modulus) {
        for (int prime : ROCA_PRIMES) {
            BigInteger p = BigInteger.valueOf(prime);
            if (!isPowerOfGenerator(modulus.mod(p), p)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isPowerOfGenerator(BigInteger residue, BigInteger p) {
        BigInteger power = BigInteger.ONE;
        do {
            if (power.equals(residue)) {
                return true;
            }
            power = power.multiply(ROCA_GENERATOR).mod(p);
        } while (!power.equals(BigInteger.ONE));
        return false;
    }
}
