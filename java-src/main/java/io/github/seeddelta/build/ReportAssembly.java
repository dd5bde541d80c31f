package io.github.seeddelta.build;

import io.github.seeddelta.gate.Decision;
import io.github.seeddelta.gate.Decisions;
import io.github.seeddelta.gate.GateOutcome;
import io.github.seeddelta.gate.Stack;
import io.github.seeddelta.gate.TensorId;
import io.github.seeddelta.nat.TensorInfo;
import io.github.seeddelta.policy.ResolvedTensor;
import io.github.seeddelta.policy.StackLimits;
import io.github.seeddelta.report.Report;
import io.github.seeddelta.tune.Autotune;
import io.github.seeddelta.tune.Variant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Puts what was resolved, measured and decided into a report, with a row for every weight the tool knows.
final class ReportAssembly {
    private static final int POLICY_VERSION = 1;

    private final BuildRequest request;
    private final SourceModel source;
    private final Report.Build build;
    private final List<Report.Tensor> tensors = new ArrayList<>();
    private final List<Report.Weight> weights = new ArrayList<>();

    ReportAssembly(
            BuildRequest request,
            SourceModel source,
            String sha256,
            Optional<String> imatrixSha256,
            StackLimits limits,
            Stack.Budget budget,
            List<String> warnings) {
        this.request = request;
        this.source = source;
        this.build = new Report.Build(
                Registry.builderVersion(),
                Optional.empty(),
                Registry.llamaTag(),
                Registry.cpuBrand(),
                request.threads(),
                request.measurement().seed(),
                String.valueOf(request.model().getFileName()),
                sha256,
                imatrixSha256,
                request.policyFile().flatMap(file -> request.policy()
                        .hash()
                        .map(hash -> new Report.PolicySource(file, hash, POLICY_VERSION))),
                request.forceStripDense(),
                limits,
                budget,
                warnings);
    }

    void add(
            ResolvedTensor tensor,
            Decision decision,
            Optional<GateOutcome> gate,
            Optional<String> fallback,
            List<Autotune.Attempt> attempts,
            Optional<Measured> chosen,
            double seconds) {
        TensorId id = new TensorId(tensor.layer(), tensor.kind());
        TensorInfo dense = source.weight(id);
        tensors.add(new Report.Tensor(
                id,
                dense.shape().get(1),
                dense.shape().get(0),
                dense.sizeBytes(),
                chosen.map(Measured::payloadBytes).orElse(0L),
                Optional.of(tensor),
                gate,
                fallback,
                attempts,
                decision,
                decision.emitDelta() ? chosen.map(Measured::variant) : Optional.<Variant>empty(),
                seconds));
        chosen.ifPresent(m -> weights.add(new Report.Weight(tensor.weightName(), m.named())));
    }

    /// A payload of the input that is kept as it is.
    void addExisting(TensorId id, Inspection.PayloadRow row) {
        Optional<TensorInfo> dense = Optional.ofNullable(source.weights().get(id));
        tensors.add(new Report.Tensor(
                id,
                row.nOut(),
                row.nIn(),
                dense.map(TensorInfo::sizeBytes).orElse(0L),
                row.payloadBytes(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Decisions.existing(dense.isPresent()),
                Optional.empty(),
                0));
    }

    Report finish() {
        Set<TensorId> present = new HashSet<>();
        tensors.forEach(tensor -> present.add(tensor.id()));
        source.absent().forEach((id, why) -> {
            if (!present.contains(id)) {
                tensors.add(absent(id, why));
            }
        });
        return new Report(build, tensors, weights);
    }

    private static Report.Tensor absent(TensorId id, String why) {
        return new Report.Tensor(
                id,
                0,
                0,
                0,
                0,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Decisions.absent(why),
                Optional.empty(),
                0);
    }

    BuildRequest request() {
        return request;
    }
}
