package io.github.seeddelta.eval.result;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// Timed runs of base and model, taken in turn: run i of the base, then run i of the model.
///
/// Ratios are model / base, formed pair by pair so that a slow moment of the machine hits both; above 1 the model is
/// faster. A figure is a median with the least and the greatest value seen.
public record Speed(List<SpeedRun> base, List<SpeedRun> model) {
    /// A median with its spread.
    public record Spread(double median, double min, double max) {
        static Spread of(double[] values) {
            double[] sorted = values.clone();
            Arrays.sort(sorted);
            int n = sorted.length;
            double median = n % 2 == 1 ? sorted[n / 2] : 0.5 * (sorted[n / 2 - 1] + sorted[n / 2]);
            return new Spread(median, sorted[0], sorted[n - 1]);
        }
    }

    public Speed {
        base = List.copyOf(base);
        model = List.copyOf(model);
        if (base.isEmpty() || base.size() != model.size()) {
            throw new IllegalArgumentException("speed needs the same number of runs of base and model, one at least");
        }
    }

    public Spread prompt(Side side) {
        return spread(side, SpeedRun::promptTokensPerSecond);
    }

    public Spread generation(Side side) {
        return spread(side, SpeedRun::generationTokensPerSecond);
    }

    public Spread promptRatio() {
        return ratio(SpeedRun::promptTokensPerSecond);
    }

    public Spread generationRatio() {
        return ratio(SpeedRun::generationTokensPerSecond);
    }

    public List<SpeedRun> runs(Side side) {
        return side == Side.BASE ? base : model;
    }

    private Spread spread(Side side, ToDoubleFunction<SpeedRun> figure) {
        return Spread.of(runs(side).stream().mapToDouble(figure).toArray());
    }

    private Spread ratio(ToDoubleFunction<SpeedRun> figure) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < base.size(); i++) {
            ratios.add(figure.applyAsDouble(model.get(i)) / figure.applyAsDouble(base.get(i)));
        }
        return Spread.of(ratios.stream().mapToDouble(Double::doubleValue).toArray());
    }
}
