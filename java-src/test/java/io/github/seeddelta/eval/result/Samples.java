package io.github.seeddelta.eval.result;

import io.github.seeddelta.eval.greedy.GreedyPack;
import io.github.seeddelta.eval.greedy.GreedyResult;
import io.github.seeddelta.eval.memory.MemorySample;
import io.github.seeddelta.eval.stats.Bucket;
import io.github.seeddelta.eval.stats.BucketAccumulator;
import io.github.seeddelta.eval.stats.KldTokens;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;

/// Made evaluations: seeded noise with the shape of real ones.
public final class Samples {
    public static final String SHA_BASE = "0".repeat(63) + "a";
    public static final String SHA_TEXT = "1".repeat(64);
    private static final long WEIGHTS = 134_515_008L;
    private static final long MIB = 1 << 20;

    private Samples() {}

    public static ModelFile base() {
        return new ModelFile("models/SmolLM2-135M-Q8_0.gguf", SHA_BASE, 144_811_968L, OptionalLong.of(WEIGHTS));
    }

    public static ModelFile model(String name, long sizeBytes) {
        return new ModelFile(
                "out/" + name + ".gguf",
                "%064x".formatted(name.hashCode() & 0xffffffffL),
                sizeBytes,
                OptionalLong.of(WEIGHTS));
    }

    public static TextFile text() {
        return new TextFile("data/wiki.test.raw", SHA_TEXT);
    }

    /// @param damage 0 for none; larger is worse, in nats
    public static Bucket bucket(int ctx, int chunks, double damage, boolean kld) {
        Random random = new Random(ctx);
        BucketAccumulator b = new BucketAccumulator(ctx);
        int tokens = ctx - ctx / 2 - 1;
        for (int chunk = 0; chunk < chunks; chunk++) {
            double topic = 0.35 * random.nextGaussian();
            double[] base = new double[tokens];
            double[] model = new double[tokens];
            double[] divergence = new double[tokens];
            double[] pBase = new double[tokens];
            double[] pModel = new double[tokens];
            boolean[] same = new boolean[tokens];
            for (int i = 0; i < tokens; i++) {
                base[i] = Math.max(0, 3.1 + topic + 2.2 * random.nextGaussian());
                double d = damage * Math.exp(1.6 * random.nextGaussian() - 1.2);
                model[i] = Math.max(0, base[i] + d * (0.4 + random.nextGaussian()));
                divergence[i] = d;
                pBase[i] = Math.exp(-base[i]);
                pModel[i] = Math.exp(-model[i]);
                same[i] = random.nextDouble() > Math.min(0.9, 0.9 * d);
            }
            b.add(base, model, kld ? Optional.of(new KldTokens(divergence, pBase, pModel, same)) : Optional.empty());
        }
        return b.result();
    }

    public static Memory memory() {
        List<MemoryRow> rows = new ArrayList<>();
        for (boolean repack : new boolean[] {true, false}) {
            for (int ctx : new int[] {64, 128, 512}) {
                long kv = ctx * MIB / 20;
                rows.add(new MemoryRow(
                        Side.BASE,
                        ctx,
                        repack,
                        new MemorySample((repack ? 150 : 30) * MIB + kv, 142 * MIB, (repack ? 310 : 190) * MIB + kv)));
                rows.add(new MemoryRow(
                        Side.MODEL,
                        ctx,
                        repack,
                        new MemorySample((repack ? 90 : 31) * MIB + kv, 61 * MIB, (repack ? 170 : 110) * MIB + kv)));
            }
        }
        return new Memory(rows);
    }

    public static Speed speed() {
        return new Speed(
                List.of(new SpeedRun(410.2, 92.1), new SpeedRun(402.9, 88.4), new SpeedRun(421.7, 93.0)),
                List.of(new SpeedRun(298.0, 71.3), new SpeedRun(310.4, 69.9), new SpeedRun(305.1, 74.8)));
    }

    public static GreedyResult greedy(boolean pass) {
        GreedyPack pack = GreedyPack.builtIn();
        List<String> base = new ArrayList<>();
        List<String> model = new ArrayList<>();
        for (int i = 0; i < pack.prompts().size(); i++) {
            String id = pack.prompts().get(i).id();
            base.add(answer(id));
            model.add(pass || i % 6 != 2 ? answer(id).replace("tiempo", "intervalo") : "now ".repeat(40));
        }
        return GreedyResult.judge(pack, base, model);
    }

    private static String answer(String id) {
        return switch (id) {
            case "P03" -> "listo";
            case "P06" -> "391";
            case "P07" -> "The weights are damaged, so the most common tokens win. The loop is then hard to leave.";
            case "P08" -> "{\"task\": \"<café>\", \"lang\": \"es\", \"steps\": [\"moler\", \"servir\"]}";
            case "P20" -> "Claro, aquí está: fin";
            default ->
                "La latencia es el tiempo que pasa entre una petición y su respuesta. Es mejor cuanto menor sea.";
        };
    }

    /// Everything measured.
    public static EvalResult full(double damage, boolean greedyPasses) {
        return new EvalResult(
                base(),
                model("smollm2-sd", 64_160_000L),
                Optional.of(text()),
                List.of(bucket(512, 60, damage, true), bucket(1024, 30, damage, true)),
                Optional.of(memory()),
                Optional.of(speed()),
                Optional.of(greedy(greedyPasses)),
                Optional.of(new Reference("22.9520", Optional.of("23.5011"), "22.9520", "23.5011")),
                OptionalLong.of(3),
                Map.of("threads", "2", "isa", "avx512", "llama_commit", "fd570ef5", "seconds", "431"));
    }

    /// Perplexity only.
    public static EvalResult scored(String name, long sizeBytes, Bucket bucket) {
        return new EvalResult(
                base(),
                model(name, sizeBytes),
                Optional.of(text()),
                List.of(bucket),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                Map.of());
    }
}
