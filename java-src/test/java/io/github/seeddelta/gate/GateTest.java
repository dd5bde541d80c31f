package io.github.seeddelta.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.seeddelta.gate.MetricChoice.Means;
import io.github.seeddelta.gate.MetricChoice.UnavailableException;
import io.github.seeddelta.gate.ThresholdSets.Demand;
import io.github.seeddelta.policy.GateSet;
import io.github.seeddelta.policy.Metric;
import io.github.seeddelta.policy.ResolvedTensor.Gating;
import io.github.seeddelta.policy.TensorKind;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class GateTest {
    private static final Means ALL = new Means(true, true, true, true);
    private static final Means NOTHING = new Means(false, false, false);

    private static Gating gating(GateSet set, boolean allowUp) {
        return new Gating(Metric.COS_X_W, set, OptionalDouble.empty(), OptionalDouble.empty(), allowUp);
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void aMetricThatCanBeComputedIsUsed(Metric metric) {
        MetricChoice choice = MetricChoice.choose(metric, ALL, true);
        assertThat(choice.used()).isEqualTo(metric);
        assertThat(choice.warning()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void withoutAnyMeansThereIsNoGateEvenWithFallback(Metric metric) {
        assertThatThrownBy(() -> MetricChoice.choose(metric, NOTHING, true))
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining(metric.jsonName());
    }

    @Test
    void whatIsMissingIsNamed() {
        assertThatThrownBy(() -> MetricChoice.choose(Metric.COS_X_W, NOTHING, false))
                .hasMessage("gating metric cos_x_w needs --eval-x above 0 and an imatrix (--imatrix); give it");
        assertThatThrownBy(() -> MetricChoice.choose(Metric.COS_X_W, new Means(true, false, false), false))
                .hasMessage("gating metric cos_x_w needs an imatrix (--imatrix); give it,"
                        + " or --gating-fallback to judge by cos_x");
        assertThatThrownBy(() -> MetricChoice.choose(Metric.COS_ACT, new Means(false, false, false), false))
                .hasMessageContaining("captured activations");
    }

    @ParameterizedTest
    @CsvSource({
        "COS_X_W, true,  false, COS_X",
        "COS_X_W, false, true,  COS_W",
        "COS_X,   false, true,  COS_W",
        "COS_W,   true,  false, COS_X",
        "COS_ACT, true,  true,  COS_X_W",
        "COS_ACT, true,  false, COS_X",
        "COS_ACT, false, true,  COS_W",
    })
    void theFallbackIsTheNearestMetricAndIsRecorded(Metric asked, boolean evalX, boolean imatrix, Metric used) {
        MetricChoice choice = MetricChoice.choose(asked, new Means(evalX, imatrix, false), true);
        assertThat(choice.used()).isEqualTo(used);
        assertThat(choice.warning().orElseThrow())
                .contains(asked.jsonName())
                .contains("judged by " + used.jsonName() + " instead");
    }

    @ParameterizedTest
    @CsvSource({
        "RESEARCH, FFN_GATE, .45, .30", "RESEARCH, FFN_UP, .45, .30", "RESEARCH, FFN_DOWN, .25, .15",
        "SAFE,     FFN_GATE, .70, .50", "SAFE,     FFN_UP, .70, .50", "SAFE,     FFN_DOWN, .60, .45",
    })
    void theNamedSetsHaveTheNumbersOfTheSpec(GateSet set, TensorKind kind, double mean, double p05) {
        assertThat(ThresholdSets.demand(gating(set, true), kind))
                .isEqualTo(new Demand.Reach(new Thresholds(mean, p05)));
    }

    @Test
    void upIsDeniedUnderSafeOnlyAndOnlyUntilAllowed() {
        assertThat(ThresholdSets.demand(gating(GateSet.SAFE, false), TensorKind.FFN_UP))
                .isInstanceOfSatisfying(
                        Demand.Denied.class, d -> assertThat(d.sentence()).contains("--allow-up"));
        assertThat(ThresholdSets.demand(gating(GateSet.RESEARCH, false), TensorKind.FFN_UP))
                .isInstanceOf(Demand.Reach.class);
        assertThat(ThresholdSets.demand(gating(GateSet.SAFE, false), TensorKind.FFN_GATE))
                .isInstanceOf(Demand.Reach.class);
        Gating numbers = new Gating(Metric.COS_X_W, GateSet.SAFE, OptionalDouble.of(.1), OptionalDouble.of(.1), false);
        assertThat(ThresholdSets.demand(numbers, TensorKind.FFN_UP))
                .as("own numbers are no permission")
                .isInstanceOf(Demand.Denied.class);
        Demand denied = ThresholdSets.demand(gating(GateSet.SAFE, false), TensorKind.FFN_UP);
        assertThat(Gate.judge(Metric.COS_X_W, new MetricPair(1, 1), denied).pass())
                .isFalse();
        assertThat(Gate.deny(Metric.COS_X_W, (Demand.Denied) denied).pass()).isFalse();
    }

    @Test
    void overridesReplaceOneNumberEach() {
        Gating gating = new Gating(Metric.COS_X_W, GateSet.SAFE, OptionalDouble.of(.9), OptionalDouble.empty(), false);
        assertThat(ThresholdSets.demand(gating, TensorKind.FFN_GATE).thresholds())
                .isEqualTo(new Thresholds(.9, .5));
    }

    @ParameterizedTest
    @CsvSource({
        ".80, .65,  .10, true,  reach",
        ".70, .50,  .00, true,  reach",
        ".69, .65, -.01, false, 'mean 0.6900 is below 0.7000, though p05'",
        ".80, .40, -.10, false, 'p05 0.4000 is below 0.5000, though mean'",
        ".60, .30, -.20, false, are below",
    })
    void passesExactlyWhenBothNumbersReach(double mean, double p05, double margin, boolean pass, String says) {
        GateOutcome outcome =
                Gate.judge(Metric.COS_X_W, new MetricPair(mean, p05), new Demand.Reach(new Thresholds(.7, .5)));
        assertThat(outcome.pass()).isEqualTo(pass);
        assertThat(outcome.margin()).isCloseTo(margin, within(1e-12));
        assertThat(outcome.sentence()).contains(says).contains("cos_x_w");
    }

    @ParameterizedTest
    @CsvSource({"NaN, .9", ".9, NaN", "Infinity, .9"})
    void whatIsNotANumberFails(double mean, double p05) {
        GateOutcome outcome =
                Gate.judge(Metric.COS_X, new MetricPair(mean, p05), new Demand.Reach(new Thresholds(-1, -1)));
        assertThat(outcome.pass()).isFalse();
        assertThat(outcome.sentence()).contains("not a number");
    }

    @Test
    void anErrorIsHeldAgainstAHighestValue() {
        Demand demand = ThresholdSets.demand(gating(GateSet.SAFE, false), TensorKind.FFN_DOWN, Metric.ERR_H);
        GateOutcome good = Gate.judge(Metric.ERR_H, MetricPair.ofError(.18), demand);
        assertThat(good.pass()).isTrue();
        assertThat(good.margin()).isCloseTo(.07, within(1e-9));
        assertThat(good.sentence()).isEqualTo("err_h 0.1800 is at most 0.2500 (margin +0.0700)");
        GateOutcome bad = Gate.judge(Metric.ERR_H, MetricPair.ofError(.26), demand);
        assertThat(bad.pass()).isFalse();
        assertThat(bad.sentence()).isEqualTo("err_h 0.2600 is above 0.2500 (margin -0.0100)");
        assertThat(Gate.judge(Metric.ERR_H, MetricPair.ofError(Double.NaN), demand)
                        .pass())
                .isFalse();
    }

    @Test
    void thresholdsFollowTheMetricThatIsMeasured() {
        Gating asked = new Gating(Metric.ERR_H, GateSet.RESEARCH, OptionalDouble.of(.9), OptionalDouble.empty(), true);
        assertThat(ThresholdSets.demand(asked, TensorKind.FFN_UP).thresholds()).isEqualTo(new Thresholds(.9, .6));
        assertThat(ThresholdSets.demand(asked, TensorKind.FFN_UP, Metric.COS_X).thresholds())
                .isEqualTo(new Thresholds(.9, .3));
    }

    @Test
    void anErrorNeedsSecondMoments() {
        assertThatThrownBy(() -> MetricChoice.choose(Metric.ERR_H, new Means(true, false, false), false))
                .hasMessage("gating metric err_h needs second moments (--moments); give it,"
                        + " or --gating-fallback to judge by cos_x");
    }
}
