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
import java.util.List;
import java.util.Optional;

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
                Optional.empty(),
                request.policyFile().flatMap(file -> request.policy().hash().map(hash -> new Report.PolicySource(file, hash, POLICY_VERSION))),
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
            List<Measured> measured) {
        TensorId id = new TensorId(tensor.layer(), tensor.kind());
        TensorInfo dense = source.weight(id);
        Optional<Measured> chosen = attempts.isEmpty()
                ? Optional.empty()
                : Optional.of(Chosen.measured(
                        Chosen.attempt(attempts.stream().map(Autotune.Attempt::variant).toList(), attempts), measured));
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
                measured.stream().mapToDouble(Measured::seconds).sum()));
        chosen.ifPresent(m -> weights.add(new Report.Weight(tensor.weightName(), m.named())));
    }

    Report finish() {
        source.absent().forEach((id, why) -> tensors.add(new Report.Tensor(
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
                0)));
        return new Report(build, tensors, weights);
    }

    BuildRequest request() {
        return request;
    }
}
