package io.github.seeddelta.policy;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Digests of the policy file's bytes, as report and GGUF carry them (SPEC §11).
///
/// @param fnv1a64 `fnv1a64:` and 16 hex digits
/// @param sha256  64 hex digits
public record PolicyHash(String fnv1a64, String sha256) {
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    public static PolicyHash of(byte[] bytes) {
        long hash = FNV_OFFSET;
        for (byte b : bytes) {
            hash = (hash ^ (b & 0xff)) * FNV_PRIME;
        }
        return new PolicyHash("fnv1a64:" + HexFormat.of().toHexDigits(hash), sha256(bytes));
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
