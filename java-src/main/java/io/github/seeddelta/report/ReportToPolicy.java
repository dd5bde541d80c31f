package io.github.seeddelta.report;

import io.github.seeddelta.gate.Decision;
import io.github.seeddelta.policy.Keys;
import io.github.seeddelta.policy.Origin;
import io.github.seeddelta.policy.PolicyExport;
import io.github.seeddelta.policy.ResolvedTensor;
import java.util.ArrayList;
import java.util.List;

/// Turns a report into the policy that reproduces its decisions without searching again (SPEC §11 `from-report`). The
/// rebuild needs the same input, imatrix and flags, `--force-strip-dense` and `--skip-existing` included.
public final class ReportToPolicy {
    private static final String DESCRIPTION = "Reproduces a build: what was replaced, and how.";

    private ReportToPolicy() {}

    /// Depends on what was replaced and how, not on who asked for it: the report of the rebuild gives the same text.
    ///
    /// @return policy JSON that parses strictly
    public static String convert(Report report) {
        List<ResolvedTensor> replaced = new ArrayList<>();
        for (Report.Tensor tensor : report.tensors()) {
            boolean built = tensor.decision().emitDelta() && tensor.decision().result() != Decision.Result.EXISTING;
            if (built && tensor.resolved().isPresent()) {
                replaced.add(asBuilt(tensor, tensor.resolved().get()));
            }
        }
        return PolicyExport.json(replaced, report.build().stackLimits(), DESCRIPTION);
    }

    /// The values that were built with: what autotune chose, and the metric that judged.
    private static ResolvedTensor asBuilt(Report.Tensor tensor, ResolvedTensor resolved) {
        ResolvedTensor chosen =
                tensor.chosen().map(v -> v.apply(resolved, "report")).orElse(resolved);
        return tensor.decision()
                .metricUsed()
                .map(metric -> chosen.with(Keys.GATING_METRIC, metric, new Origin.Recorded("report")))
                .orElse(chosen);
    }
}
