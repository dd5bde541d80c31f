package io.github.seeddelta.cli;

import io.github.seeddelta.build.Registry;
import io.github.seeddelta.cli.frame.CliException;
import io.github.seeddelta.policy.CliDefaults;
import io.github.seeddelta.policy.GateSet;
import io.github.seeddelta.policy.Keys;
import io.github.seeddelta.policy.KnownNames;
import io.github.seeddelta.policy.LayerSet;
import io.github.seeddelta.policy.Metric;
import io.github.seeddelta.policy.Policy;
import io.github.seeddelta.policy.TensorKind;
import io.github.seeddelta.policy.ValueType;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine.Option;

/// The flags that say what a build does to which tensors; the policy's values lie above them.
final class BuildOptions {
    @Option(names = "--policy", paramLabel = "P.json", description = "Rules per layer and tensor. They win over flags.")
    Optional<Path> policy = Optional.empty();

    @Option(names = "--policy-strict", description = "Refuse a policy with unknown keys.")
    boolean policyStrict;

    @Option(names = "--layers", paramLabel = "L", description = "Only these layers: 0-3, 8, 8,12-14, last:4.")
    Optional<String> layers = Optional.empty();

    @Option(names = "--kinds", paramLabel = "K", split = ",", description = "Only these kinds: gate, up, down.")
    List<String> kinds = List.of();

    @Option(
            names = "--scheme",
            paramLabel = "S",
            description = "Residual scheme. Default: block, with base kind trellis none.")
    Optional<String> scheme = Optional.empty();

    @Option(names = "--base-kind", paramLabel = "B", description = "Base kind. Default: none.")
    Optional<String> baseKind = Optional.empty();

    @Option(
            names = "--bits",
            paramLabel = "N",
            description = "Bits per weight of base kind trellis: 1, 1.5, 2, 2.5, 3 or 4. Default: 2.")
    Optional<Double> bits = Optional.empty();

    @Option(names = "--seed", paramLabel = "N", description = "Seed of base and samples. Default: 1.")
    Optional<BigInteger> seed = Optional.empty();

    @Option(
            names = "--seed-search",
            paramLabel = "N",
            description = "Seeds tried per block of base prng_block, up to 65536. Default: 0, none.")
    Optional<Integer> seedSearch = Optional.empty();

    @Option(
            names = "--seed-block",
            paramLabel = "N",
            description = "Inputs that share a searched seed: 24 / N bits per weight. Default: 12.")
    Optional<Integer> seedBlock = Optional.empty();

    @Option(
            names = "--atoms",
            paramLabel = "N",
            description = "Columns of the dictionary of scheme codebook. Default: 64.")
    Optional<Integer> atoms = Optional.empty();

    @Option(names = "--K", paramLabel = "N", description = "Weights kept per row. Default: 256, down 512.")
    Optional<Integer> k = Optional.empty();

    @Option(names = "--K-gate", paramLabel = "N", description = "The same for gate.")
    Optional<Integer> kGate = Optional.empty();

    @Option(names = "--K-up", paramLabel = "N", description = "The same for up.")
    Optional<Integer> kUp = Optional.empty();

    @Option(names = "--K-down", paramLabel = "N", description = "The same for down.")
    Optional<Integer> kDown = Optional.empty();

    @Option(names = "--block", paramLabel = "N", description = "Inputs per block: 16, 32 or 64. Default: 32.")
    Optional<Integer> block = Optional.empty();

    @Option(names = "--vals", paramLabel = "T", description = "Stored values: f16 or i8. Default: f16.")
    Optional<ValueType> vals = Optional.empty();

    @Option(names = "--no-row-scale", description = "No scale per output row. For experiments.")
    boolean noRowScale;

    @Option(names = "--no-refit", description = "Keep values as they are, although there are moments. For experiments.")
    boolean noRefit;

    @Option(names = "--strip-dense", description = "Remove the dense weight of every tensor that is replaced.")
    boolean stripDense;

    @Option(
            names = "--force-strip-dense",
            description = "Replace what gate or stack rules refuse too. Marked in file and report.")
    boolean forceStripDense;

    @Option(names = "--gating-set", paramLabel = "S", description = "Thresholds: safe or research. Default: safe.")
    Optional<GateSet> gatingSet = Optional.empty();

    @Option(
            names = "--gating-metric",
            paramLabel = "M",
            description = "cos_x_w, cos_x, cos_w, cos_act or err_h. Default: cos_x_w, without an imatrix cos_x.",
            converter = MetricConverter.class)
    Optional<Metric> gatingMetric = Optional.empty();

    @Option(names = "--gating-min-mean", paramLabel = "X", description = "Lowest accepted mean.")
    Optional<Double> gatingMinMean = Optional.empty();

    @Option(names = "--gating-min-p05", paramLabel = "X", description = "Lowest accepted 5th percentile.")
    Optional<Double> gatingMinP05 = Optional.empty();

    @Option(
            names = "--gating-fallback",
            description = "Judge by another metric when the chosen one cannot be computed.")
    boolean gatingFallback;

    @Option(names = "--allow-up", description = "Let ffn_up be judged under the safe set.")
    boolean allowUp;

    @Option(
            names = "--stack-min-gap",
            paramLabel = "N",
            description = "Untouched layers between touched ones. Default: 1.")
    Optional<Integer> stackMinGap = Optional.empty();

    @Option(names = "--stack-max-tensors", paramLabel = "N", description = "Most tensors to replace.")
    Optional<Integer> stackMaxTensors = Optional.empty();

    @Option(
            names = "--stack-max-loss",
            paramLabel = "X",
            description = "Most squared output error of all replaced tensors together. Default: 0.001.")
    Optional<Double> stackMaxLoss = Optional.empty();

    @Option(names = "--autotune-k", description = "Take the smallest K of a schedule that passes.")
    boolean autotune;

    @Option(names = "--autotune-k-schedule", paramLabel = "N,N", split = ",", description = "K to try for gate and up.")
    List<Integer> autotuneSchedule = List.of();

    @Option(names = "--autotune-k-schedule-down", paramLabel = "N,N", split = ",", description = "K to try for down.")
    List<Integer> autotuneScheduleDown = List.of();

    @Option(names = "--autotune-block-schedule", paramLabel = "N,N", split = ",", description = "Blocks to try.")
    List<Integer> autotuneBlocks = List.of();

    @Option(names = "--autotune-bits-schedule", paramLabel = "N,N", split = ",", description = "Bits to try.")
    List<Double> autotuneBits = List.of();

    @Option(names = "--autotune-max-iters", paramLabel = "N", description = "Most variants tried per tensor.")
    Optional<Integer> autotuneMaxIters = Optional.empty();

    /// Accepts the names that policies use.
    static final class MetricConverter implements picocli.CommandLine.ITypeConverter<Metric> {
        @Override
        public Metric convert(String value) {
            return Metric.ofJsonName(value)
                    .orElseThrow(() ->
                            new picocli.CommandLine.TypeConversionException("'" + value + "' is no metric; known: "
                                    + String.join(
                                            ", ",
                                            Arrays.stream(Metric.values())
                                                    .map(Metric::jsonName)
                                                    .toList())));
        }
    }

    Policy readPolicy(KnownNames names) throws IOException {
        return policy.isEmpty() ? Policy.none() : PolicyFile.read(policy.get(), policyStrict, names);
    }

    CliDefaults defaults() {
        requireKnown("--scheme", scheme, Registry.names().schemes());
        requireKnown("--base-kind", baseKind, Registry.names().baseKinds());
        CliDefaults cli = CliDefaults.NONE;
        cli = set(cli, layers, LayerSet::parse, CliDefaults::withLayers);
        if (!kinds.isEmpty()) {
            cli = cli.withKinds(kindSet());
        }
        cli = with(cli, Keys.SCHEME, scheme, "--scheme");
        cli = with(cli, Keys.BASE_KIND, baseKind, "--base-kind");
        cli = with(cli, Keys.BITS, bits, "--bits");
        cli = with(cli, Keys.BASE_SEED, seed, "--seed");
        cli = with(cli, Keys.BASE_SEED_SEARCH, seedSearch, "--seed-search");
        cli = with(cli, Keys.BASE_SEED_BLOCK, seedBlock, "--seed-block");
        cli = with(cli, Keys.ATOMS, atoms, "--atoms");
        cli = with(cli, Keys.K, k, "--K");
        cli = withKind(cli, Keys.K, TensorKind.FFN_GATE, kGate, "--K-gate");
        cli = withKind(cli, Keys.K, TensorKind.FFN_UP, kUp, "--K-up");
        cli = withKind(cli, Keys.K, TensorKind.FFN_DOWN, kDown, "--K-down");
        cli = with(cli, Keys.BLOCK, block, "--block");
        cli = with(cli, Keys.VALS, vals, "--vals");
        cli = flag(cli, Keys.ROW_SCALE, noRowScale, false, "--no-row-scale");
        cli = flag(cli, Keys.REFIT, noRefit, false, "--no-refit");
        cli = flag(cli, Keys.STRIP_DENSE, stripDense || forceStripDense, true, "--strip-dense");
        cli = with(cli, Keys.GATING_SET, gatingSet, "--gating-set");
        cli = with(cli, Keys.GATING_METRIC, gatingMetric, "--gating-metric");
        cli = with(cli, Keys.GATING_MIN_MEAN, gatingMinMean, "--gating-min-mean");
        cli = with(cli, Keys.GATING_MIN_P05, gatingMinP05, "--gating-min-p05");
        cli = flag(cli, Keys.GATING_ALLOW_UP, allowUp, true, "--allow-up");
        cli = with(cli, Keys.STACK_MIN_GAP, stackMinGap, "--stack-min-gap");
        cli = with(cli, Keys.STACK_MAX_TENSORS, stackMaxTensors, "--stack-max-tensors");
        if (stackMaxLoss.isPresent() && !(stackMaxLoss.get() >= 0 && stackMaxLoss.get() <= Keys.NO_MAX_LOSS)) {
            throw new CliException.Usage("--stack-max-loss " + stackMaxLoss.get() + ": must be from 0 to 1e9");
        }
        cli = with(cli, Keys.STACK_MAX_LOSS, stackMaxLoss, "--stack-max-loss");
        cli = flag(cli, Keys.AUTOTUNE_ENABLED, autotune, true, "--autotune-k");
        cli = with(cli, Keys.AUTOTUNE_SCHEDULE_GATE_UP, nonEmpty(autotuneSchedule), "--autotune-k-schedule");
        cli = with(cli, Keys.AUTOTUNE_SCHEDULE_DOWN, nonEmpty(autotuneScheduleDown), "--autotune-k-schedule-down");
        cli = with(cli, Keys.AUTOTUNE_BLOCK_SCHEDULE, nonEmpty(autotuneBlocks), "--autotune-block-schedule");
        cli = with(cli, Keys.AUTOTUNE_BITS_SCHEDULE, nonEmpty(autotuneBits), "--autotune-bits-schedule");
        return with(cli, Keys.AUTOTUNE_MAX_ITERS, autotuneMaxIters, "--autotune-max-iters");
    }

    private EnumSet<TensorKind> kindSet() {
        return EnumSet.copyOf(kinds(kinds));
    }

    /// The kinds that `--kinds` names.
    static List<TensorKind> kinds(List<String> names) {
        return names.stream()
                .map(name -> TensorKind.ofShortName(name)
                        .or(() -> TensorKind.ofJsonName(name))
                        .orElseThrow(() ->
                                new CliException.Usage("--kinds " + name + ": unknown kind; known: gate, up, down")))
                .toList();
    }

    private static void requireKnown(String option, Optional<String> value, java.util.Set<String> known) {
        if (value.isPresent() && !known.contains(value.get())) {
            throw new CliException.Usage(option + " " + value.get() + ": unknown; known: " + String.join(", ", known));
        }
    }

    private static <N> Optional<List<N>> nonEmpty(List<N> list) {
        return list.isEmpty() ? Optional.empty() : Optional.of(list);
    }

    private static <A, B> CliDefaults set(
            CliDefaults cli,
            Optional<A> value,
            Function<A, B> parse,
            java.util.function.BiFunction<CliDefaults, B, CliDefaults> with) {
        try {
            return value.isEmpty() ? cli : with.apply(cli, parse.apply(value.get()));
        } catch (IllegalArgumentException e) {
            throw new CliException.Usage(String.valueOf(e.getMessage()));
        }
    }

    private static <T> CliDefaults with(
            CliDefaults cli, io.github.seeddelta.policy.Key<T> key, Optional<T> value, String option) {
        return value.isEmpty() ? cli : cli.with(key, value.get(), option);
    }

    private static <T> CliDefaults withKind(
            CliDefaults cli, io.github.seeddelta.policy.Key<T> key, TensorKind kind, Optional<T> value, String option) {
        return value.isEmpty() ? cli : cli.with(key, kind, value.get(), option);
    }

    private static CliDefaults flag(
            CliDefaults cli, io.github.seeddelta.policy.Key<Boolean> key, boolean given, boolean value, String option) {
        return given ? cli.with(key, value, option) : cli;
    }
}
