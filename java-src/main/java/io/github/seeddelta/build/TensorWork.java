package io.github.seeddelta.build;

import io.github.seeddelta.gate.Gate;
import io.github.seeddelta.gate.GateOutcome;
import io.github.seeddelta.nat.DenseWeight;
import io.github.seeddelta.nat.FittedBase;
import io.github.seeddelta.nat.GgufModel;
import io.github.seeddelta.nat.LayerFunction;
import io.github.seeddelta.nat.LayerMetrics;
import io.github.seeddelta.nat.MeasureParams;
import io.github.seeddelta.nat.Metrics;
import io.github.seeddelta.nat.Payload;
import io.github.seeddelta.nat.ProgressCell;
import io.github.seeddelta.policy.TensorKind;
import io.github.seeddelta.tune.Autotune;
import io.github.seeddelta.tune.Variant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Encodes and measures one tensor: variants until one passes, or all of them where a choice among tensors follows; the
/// base once for all that agree about it. Leaves the payloads that can be used in the journal.
final class TensorWork {
    private final GgufModel model;
    private final BuildRequest.Measurement measurement;
    private final CalibrationData calibration;
    private final Journal journal;
    private final boolean all;
    private final int threads;
    private final ProgressCell progress;

    /// @param all try every variant and keep every payload, not only the one that stands for the tensor
    TensorWork(
            GgufModel model,
            BuildRequest.Measurement measurement,
            CalibrationData calibration,
            Journal journal,
            boolean all,
            int threads,
            ProgressCell progress) {
        this.model = model;
        this.measurement = measurement;
        this.calibration = calibration;
        this.journal = journal;
        this.all = all;
        this.threads = threads;
        this.progress = progress;
    }

    List<Measured> run(Candidate candidate) {
        return switch (calibration.layer(model, candidate.id().layer(), measurement.evalX(), threads)) {
            case LayerFunction.Opening.Opened(LayerFunction layer) -> {
                try (layer) {
                    yield run(candidate, Optional.of(layer));
                }
            }
            case LayerFunction.Opening.Unmeasurable ignored -> run(candidate, Optional.empty());
        };
    }

    private List<Measured> run(Candidate candidate, Optional<LayerFunction> layer) {
        String name = candidate.tensor().weightName();
        List<Measured> measured = new ArrayList<>();
        List<Autotune.Attempt> attempts = new ArrayList<>();
        try (DenseWeight weight = DenseWeight.open(model, name, threads)) {
            calibration.apply(weight, name);
            try (LastBase bases = new LastBase(
                    weight, candidate.encoding(), candidate.variants().getFirst())) {
                for (Variant variant : candidate.variants()) {
                    Measured one = encode(candidate, weight, bases, layer, variant);
                    GateOutcome outcome = Gate.judge(
                            candidate.metric().used(),
                            one.pair(candidate.metric().used()),
                            candidate.demand());
                    measured.add(one);
                    attempts.add(attempt(one, outcome));
                    if (!all) {
                        journal.keepOnly(
                                candidate.id(), Chosen.attempt(attempts).variant());
                        if (outcome.pass()) {
                            break;
                        }
                    }
                }
            }
        }
        return measured;
    }

    private Measured encode(
            Candidate candidate, DenseWeight weight, LastBase bases, Optional<LayerFunction> layer, Variant variant) {
        long start = System.nanoTime();
        FittedBase base = bases.of(variant);
        try (Payload payload = Payload.encode(base, candidate.encoding().params(variant, threads), progress)) {
            Metrics metrics = Metrics.measure(
                    weight,
                    payload,
                    new MeasureParams(measurement.evalRows(), measurement.evalX(), measurement.seed(), threads),
                    progress);
            LayerMetrics alone =
                    layer.map(l -> alone(l, candidate.id().kind(), payload)).orElse(LayerMetrics.NONE);
            payload.save(journal.payload(candidate.id(), variant));
            double seconds = (System.nanoTime() - start) / 1e9;
            return new Measured(variant, payload.sizeBytes(), base.stats(), metrics, alone, seconds);
        }
    }

    private LayerMetrics alone(LayerFunction layer, TensorKind kind, Payload payload) {
        return LayerWork.measure(layer, Map.of(kind, payload), threads, progress);
    }

    static Autotune.Attempt attempt(Measured measured, GateOutcome outcome) {
        return new Autotune.Attempt(measured.variant(), outcome, measured.payloadBytes(), measured.seconds());
    }

    /// The base of the variant that was asked for last. Of a variant only the bits change a base; only one is kept,
    /// because each holds its weight decoded.
    private final class LastBase implements AutoCloseable {
        private final DenseWeight weight;
        private final Encoding encoding;
        private FittedBase base;
        private double bits;

        LastBase(DenseWeight weight, Encoding encoding, Variant first) {
            this.weight = weight;
            this.encoding = encoding;
            base = FittedBase.fit(weight, encoding.params(first, threads), progress);
            bits = first.bits();
        }

        FittedBase of(Variant variant) {
            if (bits != variant.bits()) {
                base.close();
                base = FittedBase.fit(weight, encoding.params(variant, threads), progress);
                bits = variant.bits();
            }
            return base;
        }

        @Override
        public void close() {
            base.close();
        }
    }
}
