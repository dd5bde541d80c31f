package io.github.seeddelta.report;

import io.github.seeddelta.gate.Decision;
import io.github.seeddelta.policy.TensorKind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/// The table a build ends with: per kind and in total, tensors tried, passed, admitted, bytes saved, worst margin.
public final class ReportTable {
    private static final String ROW = "%-9s %7s %6s %7s %9s %11s %13s\n";

    private ReportTable() {}

    public static String text(Report report) {
        StringBuilder out = new StringBuilder();
        out.append(row("kind", "tensors", "tried", "passed", "admitted", "saved", "worst margin"));
        for (TensorKind kind : TensorKind.values()) {
            List<Report.Tensor> some =
                    report.tensors().stream().filter(t -> t.id().kind() == kind).toList();
            out.append(row(kind.jsonName(), some));
        }
        out.append(row("all", report.tensors()));
        out.append(layers(report.layers()));
        for (Report.Tensor forced : forced(report)) {
            out.append("FORCED ")
                    .append(forced.name())
                    .append(": ")
                    .append(forced.decision().reason())
                    .append('\n');
        }
        return out.toString();
    }

    /// One line on the layers that have payloads; empty where none was measured.
    private static String layers(List<Report.Layer> layers) {
        List<Report.Layer> measured =
                layers.stream().filter(layer -> layer.samples() > 0).toList();
        if (measured.isEmpty()) {
            return "";
        }
        StringBuilder out = new StringBuilder();
        out.append(String.format(
                Locale.ROOT,
                "layers run whole on real inputs: %d, %s",
                measured.size(),
                summary("S^FFN", "ffn", measured)));
        List<Report.Layer> blocks = measured.stream()
                .filter(layer -> Double.isFinite(layer.metric("s_mean_block")))
                .toList();
        if (!blocks.isEmpty()) {
            out.append("; ").append(summary("S^Block", "block", blocks));
        }
        return out.append('\n').toString();
    }

    private static String summary(String name, String suffix, List<Report.Layer> layers) {
        String key = "s_mean_" + suffix;
        Report.Layer worst = layers.stream()
                .max(Comparator.comparingDouble(layer -> layer.metric(key)))
                .orElseThrow();
        double mean = layers.stream()
                .mapToDouble(layer -> layer.metric(key))
                .average()
                .orElseThrow();
        return String.format(
                Locale.ROOT, "%s mean %.3f, worst %.3f (layer %d)", name, mean, worst.metric(key), worst.layer());
    }

    /// Tensors that went round the gate; never printed without a mark.
    public static List<Report.Tensor> forced(Report report) {
        return report.tensors().stream().filter(t -> t.decision().forced()).toList();
    }

    /// Dense bytes of the input minus what the output holds instead; negative when dense twins are kept. What the input
    /// held as a payload already is the same in both.
    public static long savedBytes(List<Report.Tensor> tensors) {
        return tensors.stream()
                .filter(t -> t.decision().result() != Decision.Result.EXISTING)
                .mapToLong(t -> t.denseBytes() - t.writtenBytes())
                .sum();
    }

    /// The least margin over the thresholds of the turn among tensors that carry a payload.
    public static OptionalDouble worstMargin(List<Report.Tensor> tensors) {
        List<Double> margins = new ArrayList<>();
        for (Report.Tensor t : tensors) {
            if (t.decision().emitDelta()
                    && t.gate().isPresent()
                    && t.decision().thresholdsUsed().isPresent()) {
                margins.add(t.decision()
                        .thresholdsUsed()
                        .get()
                        .margin(t.gate().get().measured()));
            }
        }
        return margins.stream().mapToDouble(Double::doubleValue).min();
    }

    /// `-3.4 MiB`, `0 B`, `812 KiB`.
    public static String bytes(long bytes) {
        double abs = Math.abs((double) bytes);
        if (abs >= 1L << 30) {
            return String.format(Locale.ROOT, "%.2f GiB", bytes / (double) (1L << 30));
        }
        if (abs >= 1L << 20) {
            return String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1L << 20));
        }
        return abs >= 1L << 10 ? String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0) : bytes + " B";
    }

    private static String row(String name, List<Report.Tensor> tensors) {
        OptionalDouble worst = worstMargin(tensors);
        return row(
                name,
                String.valueOf(tensors.size()),
                String.valueOf(tensors.stream().filter(Report.Tensor::tried).count()),
                String.valueOf(tensors.stream().filter(Report.Tensor::passed).count()),
                String.valueOf(
                        tensors.stream().filter(t -> t.decision().emitDelta()).count()),
                bytes(savedBytes(tensors)),
                worst.isPresent() ? String.format(Locale.ROOT, "%+.4f", worst.getAsDouble()) : "-");
    }

    private static String row(Object... cells) {
        return String.format(Locale.ROOT, ROW, cells);
    }
}
