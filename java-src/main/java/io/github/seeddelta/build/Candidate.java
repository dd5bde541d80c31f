package io.github.seeddelta.build;

import io.github.seeddelta.gate.MetricChoice;
import io.github.seeddelta.gate.TensorId;
import io.github.seeddelta.gate.ThresholdSets.Demand;
import io.github.seeddelta.nat.TensorInfo;
import io.github.seeddelta.policy.ResolvedTensor;
import io.github.seeddelta.tune.Variant;
import java.util.List;

/// A tensor that is judged: how it was resolved, by which metric, under which demand, in which variants.
record Candidate(
        TensorId id,
        TensorInfo dense,
        ResolvedTensor tensor,
        MetricChoice metric,
        Demand demand,
        List<Variant> variants) {
    Encoding encoding() {
        return new Encoding(tensor, dense);
    }

    long weights() {
        return dense.shape().get(0) * dense.shape().get(1);
    }

    boolean denied() {
        return demand instanceof Demand.Denied;
    }
}
