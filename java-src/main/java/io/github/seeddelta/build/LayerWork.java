package io.github.seeddelta.build;

import io.github.seeddelta.gate.Decision;
import io.github.seeddelta.nat.GgufModel;
import io.github.seeddelta.nat.LayerFunction;
import io.github.seeddelta.nat.LayerMetrics;
import io.github.seeddelta.nat.NativeHandle;
import io.github.seeddelta.nat.Payload;
import io.github.seeddelta.nat.ProgressCell;
import io.github.seeddelta.policy.TensorKind;
import io.github.seeddelta.report.Report;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// What all payloads of a layer do to it together, for every layer that has some.
final class LayerWork {
    private final GgufModel model;
    private final CalibrationData calibration;
    private final Journal journal;
    private final int evalX;
    private final int threads;
    private final ProgressCell progress;

    LayerWork(
            GgufModel model,
            CalibrationData calibration,
            Journal journal,
            int evalX,
            int threads,
            ProgressCell progress) {
        this.model = model;
        this.calibration = calibration;
        this.journal = journal;
        this.evalX = evalX;
        this.threads = threads;
        this.progress = progress;
    }

    List<Report.Layer> run(List<Report.Tensor> tensors, BuildListener listener) {
        SortedMap<Integer, List<Report.Tensor>> touched = new TreeMap<>();
        for (Report.Tensor tensor : tensors) {
            if (tensor.decision().emitDelta()) {
                touched.computeIfAbsent(tensor.id().layer(), layer -> new ArrayList<>())
                        .add(tensor);
            }
        }
        List<Report.Layer> layers = new ArrayList<>();
        touched.forEach((layer, replaced) -> {
            listener.progress(layers.size(), touched.size(), "layer " + layer + " as a whole");
            layers.add(layer(layer, replaced));
        });
        return layers;
    }

    private Report.Layer layer(int number, List<Report.Tensor> replaced) {
        return switch (calibration.layer(model, number, evalX, threads)) {
            case LayerFunction.Opening.Unmeasurable(String why) ->
                new Report.Layer(number, 0, new TreeMap<>(), Optional.of(why));
            case LayerFunction.Opening.Opened(LayerFunction layer) -> {
                Map<TensorKind, Payload> payloads = new EnumMap<>(TensorKind.class);
                try (layer) {
                    for (Report.Tensor tensor : replaced) {
                        payloads.put(tensor.id().kind(), payload(tensor));
                    }
                    LayerMetrics together = measure(layer, payloads, threads, progress);
                    yield new Report.Layer(number, layer.samples(), Measured.named(together), layer.whyNoBlock());
                } finally {
                    payloads.values().forEach(NativeHandle::close);
                }
            }
        };
    }

    private Payload payload(Report.Tensor tensor) {
        if (tensor.decision().result() == Decision.Result.EXISTING) {
            return Payload.ofModel(
                    model,
                    "blk." + tensor.id().layer() + "." + tensor.id().kind().jsonName());
        }
        return Payload.load(journal.payload(tensor.id(), tensor.chosen().orElseThrow()));
    }

    /// Kinds without a payload stay dense.
    static LayerMetrics measure(
            LayerFunction layer, Map<TensorKind, Payload> payloads, int threads, ProgressCell progress) {
        return layer.measure(
                Optional.ofNullable(payloads.get(TensorKind.FFN_GATE)),
                Optional.ofNullable(payloads.get(TensorKind.FFN_UP)),
                Optional.ofNullable(payloads.get(TensorKind.FFN_DOWN)),
                threads,
                progress);
    }
}
