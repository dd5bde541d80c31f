package io.github.seeddelta.eval.score;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.eval.stats.KldTokens;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.zip.CRC32C;

/// One line of the journal: a key and its scores, bit for bit, and a checksum.
///
/// Layout: `{"v":1,"model":…,"text":…,"ctx":…,"chunk":…,"settings":…,"nll":B[,"kld":B,"p_base":B,"p_model":B,
///         "same":B],"crc":"<8 hex>"}`; B is Base64 of little-endian doubles (`same`: one byte a token); `crc` is
///         CRC-32C of the line without it.
record JournalLine(JournalKey key, ChunkScores scores) {
    private static final int VERSION = 1;
    private static final ObjectMapper JSON = new ObjectMapper();

    /// The line without its line feed.
    String encode() {
        ObjectNode o = JSON.createObjectNode();
        o.put("v", VERSION);
        o.put("model", key.modelSha256());
        o.put("text", key.textSha256());
        o.put("ctx", key.ctx());
        o.put("chunk", key.chunkIndex());
        o.put("settings", key.settings());
        o.put("nll", pack(scores.nll()));
        scores.kld().ifPresent(k -> {
            o.put("kld", pack(k.kld()));
            o.put("p_base", pack(k.pBase()));
            o.put("p_model", pack(k.pModel()));
            o.put("same", packFlags(k.sameTop1()));
        });
        o.put("crc", checksum(o));
        return o.toString();
    }

    /// Empty when the line is damaged in any way.
    static Optional<JournalLine> decode(String line) {
        try {
            if (!(JSON.readTree(line) instanceof ObjectNode o) || o.path("v").asInt() != VERSION) {
                return Optional.empty();
            }
            JsonNode crc = o.remove("crc");
            if (crc == null || !crc.asText().equals(checksum(o))) {
                return Optional.empty();
            }
            JournalKey key = new JournalKey(
                    o.path("model").asText(),
                    o.path("text").asText(),
                    o.path("ctx").asInt(),
                    o.path("chunk").asInt(),
                    o.path("settings").asText());
            Optional<KldTokens> kld = o.has("kld")
                    ? Optional.of(new KldTokens(
                            unpack(o.path("kld")),
                            unpack(o.path("p_base")),
                            unpack(o.path("p_model")),
                            unpackFlags(o.path("same"))))
                    : Optional.empty();
            return Optional.of(new JournalLine(key, new ChunkScores(unpack(o.path("nll")), kld)));
        } catch (JsonProcessingException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String checksum(ObjectNode withoutCrc) {
        CRC32C crc = new CRC32C();
        crc.update(withoutCrc.toString().getBytes(StandardCharsets.UTF_8));
        return "%08x".formatted(crc.getValue());
    }

    private static String pack(double[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asDoubleBuffer().put(values);
        return Base64.getEncoder().encodeToString(bytes.array());
    }

    private static double[] unpack(JsonNode node) {
        byte[] bytes = Base64.getDecoder().decode(node.asText());
        double[] values = new double[bytes.length / Double.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().get(values);
        return values;
    }

    private static String packFlags(boolean[] flags) {
        byte[] bytes = new byte[flags.length];
        for (int i = 0; i < flags.length; i++) {
            bytes[i] = (byte) (flags[i] ? 1 : 0);
        }
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static boolean[] unpackFlags(JsonNode node) {
        byte[] bytes = Base64.getDecoder().decode(node.asText());
        boolean[] flags = new boolean[bytes.length];
        for (int i = 0; i < flags.length; i++) {
            flags[i] = bytes[i] != 0;
        }
        return flags;
    }
}
