package io.github.seeddelta.gate;

import io.github.seeddelta.policy.GateSet;
import io.github.seeddelta.policy.Metric;
import io.github.seeddelta.policy.ResolvedTensor.Gating;
import io.github.seeddelta.policy.TensorKind;

/// The numbers of SPEC §7, and how a policy overrides them.
public final class ThresholdSets {
    private ThresholdSets() {}

    /// What one tensor must reach.
    public sealed interface Demand {
        /// Reach these.
        record Reach(Thresholds thresholds) implements Demand {}

        /// No measurement is enough; `sentence` says why and what to do.
        record Denied(Thresholds thresholds, String sentence) implements Demand {}

        Thresholds thresholds();
    }

    /// The set's numbers with the policy's overrides on top. Under `safe`, up is denied unless the policy or
    /// `--allow-up` allows it, overrides or not: other numbers are no permission.
    ///
    /// @param metric what is measured, which after a fallback is not what `gating` asks for
    public static Demand demand(Gating gating, TensorKind kind, Metric metric) {
        Thresholds base = metric.isError() ? errors(gating.set(), kind) : numbers(gating.set(), kind);
        Thresholds thresholds = new Thresholds(
                gating.minMean().orElse(base.minMean()), gating.minP05().orElse(base.minP05()));
        if (gating.set() == GateSet.SAFE && kind == TensorKind.FFN_UP && !gating.allowUp()) {
            return new Demand.Denied(
                    thresholds,
                    "the threshold set safe keeps ffn_up dense; --allow-up (gating.allow_up) lets it be judged");
        }
        return new Demand.Reach(thresholds);
    }

    /// The same for `gating.metric`.
    public static Demand demand(Gating gating, TensorKind kind) {
        return demand(gating, kind, gating.metric());
    }

    private static Thresholds errors(GateSet set, TensorKind kind) {
        double most =
                switch (set) {
                    case RESEARCH ->
                        switch (kind) {
                            case FFN_GATE, FFN_UP -> .40;
                            case FFN_DOWN -> .50;
                        };
                    case SAFE ->
                        switch (kind) {
                            case FFN_GATE, FFN_UP -> .20;
                            case FFN_DOWN -> .25;
                        };
                };
        return new Thresholds(1 - most, 1 - most);
    }

    private static Thresholds numbers(GateSet set, TensorKind kind) {
        return switch (set) {
            case RESEARCH ->
                switch (kind) {
                    case FFN_GATE, FFN_UP -> new Thresholds(.45, .30);
                    case FFN_DOWN -> new Thresholds(.25, .15);
                };
            case SAFE ->
                switch (kind) {
                    case FFN_GATE, FFN_UP -> new Thresholds(.70, .50);
                    case FFN_DOWN -> new Thresholds(.60, .45);
                };
        };
    }
}
