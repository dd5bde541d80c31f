package io.github.seeddelta.report;

import io.github.seeddelta.gate.Decision;
import io.github.seeddelta.gate.GateOutcome;
import io.github.seeddelta.gate.Stack;
import io.github.seeddelta.gate.TensorId;
import io.github.seeddelta.policy.PolicyHash;
import io.github.seeddelta.policy.ResolvedTensor;
import io.github.seeddelta.policy.StackLimits;
import io.github.seeddelta.policy.TensorKind;
import io.github.seeddelta.tune.Autotune;
import io.github.seeddelta.tune.Variant;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// A build, as it is written down (SPEC §11). [ReportJson] has the JSON form, [ReportTable] and [ReportHtml] the forms
/// for people.
///
/// @param tensors every tensor of every kind the tool knows, absent ones too; sorted by layer and kind here
/// @param weights what was measured, sorted by name here
/// @param layers  one for each layer that has payloads, sorted here
public record Report(Build build, List<Tensor> tensors, List<Weight> weights, List<Layer> layers) {
    /// Version of the JSON form.
    public static final int SCHEMA = 1;

    public Report {
        tensors = tensors.stream().sorted(Comparator.comparing(Tensor::id)).toList();
        weights = weights.stream().sorted(Comparator.comparing(Weight::name)).toList();
        layers = layers.stream().sorted(Comparator.comparingInt(Layer::layer)).toList();
    }

    public Report(Build build, List<Tensor> tensors, List<Weight> weights) {
        this(build, tensors, weights, List.of());
    }

    public Report withLayers(List<Layer> measured) {
        return new Report(build, tensors, weights, measured);
    }

    /// What was built from what.
    ///
    /// @param policy      file name and digests, without a policy empty
    /// @param seed        unsigned, in the bits of a long
    /// @param warnings    unknown policy keys, metric fallbacks, rules that match no layer
    /// @param stackBudget counts of SPEC §8
    public record Build(
            String builderVersion,
            Optional<String> gitCommit,
            String llamaCommit,
            String cpu,
            int threads,
            long seed,
            String inputFile,
            String inputSha256,
            Optional<String> imatrixSha256,
            Optional<PolicySource> policy,
            boolean forceStripDense,
            StackLimits stackLimits,
            Stack.Budget stackBudget,
            List<String> warnings) {
        public Build {
            warnings = List.copyOf(warnings);
        }
    }

    /// @param version of the policy format
    public record PolicySource(String file, PolicyHash hash, int version) {}

    /// One tensor: what was asked for, measured and decided.
    ///
    /// @param nOut         output rows
    /// @param nIn          inputs per row
    /// @param denseBytes   size of the weight in the input; 0 when absent
    /// @param payloadBytes size of the payload, indices included; 0 when none was encoded
    /// @param resolved     empty when absent
    /// @param gate         empty when nothing was measured
    /// @param fallback     warning when another metric than the one asked for judged
    /// @param chosen       values the payload was encoded with, when it was emitted
    public record Tensor(
            TensorId id,
            long nOut,
            long nIn,
            long denseBytes,
            long payloadBytes,
            Optional<ResolvedTensor> resolved,
            Optional<GateOutcome> gate,
            Optional<String> fallback,
            List<Autotune.Attempt> attempts,
            Decision decision,
            Optional<Variant> chosen,
            double seconds) {
        public Tensor {
            attempts = List.copyOf(attempts);
        }

        public String name() {
            return id.kind().weightName(id.layer());
        }

        /// Whether it was encoded and measured.
        public boolean tried() {
            return gate.isPresent()
                    && !(gate.get().denied() && !gate.get().measured().isFinite());
        }

        /// Whether it passed the gate on its own.
        public boolean passed() {
            return gate.isPresent() && gate.get().pass();
        }

        /// Bytes in the output: dense weight unless stripped, payload if emitted.
        public long writtenBytes() {
            return (decision.stripApplied() ? 0 : denseBytes) + (decision.emitDelta() ? payloadBytes : 0);
        }

        /// Bits per weight of what runs; 0 when absent.
        public double bitsPerWeight() {
            long weights = nOut * nIn;
            long bytes = decision.emitDelta() ? payloadBytes : denseBytes;
            return weights == 0 ? 0 : 8.0 * bytes / weights;
        }
    }

    /// Metrics of one tensor by name, such as `cos_mean_x_w` or `rel_l2_mean` (SPEC §5). Values may be non-finite.
    public record Weight(String name, SortedMap<String, Double> metrics) {
        public Weight {
            metrics = Collections.unmodifiableSortedMap(new TreeMap<>(metrics));
        }
    }

    /// What all payloads of a layer do to it together, such as `s_mean_ffn` or `s_p95_block` (SPEC §5).
    ///
    /// @param samples real inputs that the layer was run on; 0 when it could not be measured
    /// @param note    why something is missing
    public record Layer(int layer, int samples, SortedMap<String, Double> metrics, Optional<String> note) {
        public Layer {
            metrics = Collections.unmodifiableSortedMap(new TreeMap<>(metrics));
        }

        /// NaN when it was not measured.
        public double metric(String name) {
            return metrics.getOrDefault(name, Double.NaN);
        }
    }

    /// `stack_pass_gate_up` ([K] §13): gate and up tensors that carry a payload.
    public long stackPassGateUp() {
        return emitted(TensorKind.FFN_GATE) + emitted(TensorKind.FFN_UP);
    }

    /// `stack_pass_down`.
    public long stackPassDown() {
        return emitted(TensorKind.FFN_DOWN);
    }

    private long emitted(TensorKind kind) {
        return tensors.stream()
                .filter(t -> t.id().kind() == kind && t.decision().emitDelta())
                .count();
    }
}
