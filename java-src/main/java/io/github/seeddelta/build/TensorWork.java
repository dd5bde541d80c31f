package io.github.seeddelta.build;

import io.github.seeddelta.gate.Gate;
import io.github.seeddelta.gate.GateOutcome;
import io.github.seeddelta.gate.ThresholdSets.Demand;
import io.github.seeddelta.nat.DenseWeight;
import io.github.seeddelta.nat.EncodeParams;
import io.github.seeddelta.nat.FittedBase;
import io.github.seeddelta.nat.GgufModel;
import io.github.seeddelta.nat.MeasureParams;
import io.github.seeddelta.nat.Metrics;
import io.github.seeddelta.nat.Payload;
import io.github.seeddelta.nat.ProgressCell;
import io.github.seeddelta.policy.Metric;
import io.github.seeddelta.policy.ResolvedTensor;
import io.github.seeddelta.tune.Autotune;
import io.github.seeddelta.tune.Variant;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Encodes and measures one tensor: the base once, then variants until one passes. Leaves the payload that would be used
/// (the one that passed, else the one that came nearest) in a file.
final class TensorWork {
    private final GgufModel model;
    private final BuildRequest.Measurement measurement;
    private final int threads;
    private final ProgressCell progress;

    TensorWork(GgufModel model, BuildRequest.Measurement measurement, int threads, ProgressCell progress) {
        this.model = model;
        this.measurement = measurement;
        this.threads = threads;
        this.progress = progress;
    }

    List<Measured> run(ResolvedTensor tensor, List<Variant> variants, Encoding encoding, Metric metric, Demand demand, Path file) {
        List<Measured> attempts = new ArrayList<>();
        Autotune tuning = Autotune.start(variants);
        EncodeParams first = encoding.params(variants.getFirst(), threads);
        double bestMargin = Double.NEGATIVE_INFINITY;
        try (DenseWeight weight = DenseWeight.open(model, tensor.weightName(), threads);
                FittedBase base = FittedBase.fit(weight, first, progress)) {
            while (tuning.next() instanceof Autotune.Next.Try(Variant variant)) {
                long start = System.nanoTime();
                try (Payload payload = Payload.encode(base, encoding.params(variant, threads), progress)) {
                    Metrics metrics = Metrics.measure(
                            weight,
                            payload,
                            new MeasureParams(
                                    measurement.evalRows(), measurement.evalX(), measurement.seed(), threads),
                            progress);
                    double seconds = (System.nanoTime() - start) / 1e9;
                    Measured measured =
                            new Measured(variant, payload.sizeBytes(), base.stats(), metrics, seconds);
                    GateOutcome outcome = Gate.judge(metric, measured.pair(metric), demand);
                    if (attempts.isEmpty() || outcome.margin() > bestMargin) {
                        payload.save(file);
                        bestMargin = outcome.margin();
                    }
                    attempts.add(measured);
                    tuning = tuning.record(attempt(measured, outcome));
                }
            }
        }
        return attempts;
    }

    static Autotune.Attempt attempt(Measured measured, GateOutcome outcome) {
        return new Autotune.Attempt(measured.variant(), outcome, measured.payloadBytes(), measured.seconds());
    }
}
