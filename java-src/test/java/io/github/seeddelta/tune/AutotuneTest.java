package io.github.seeddelta.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.seeddelta.gate.Gate;
import io.github.seeddelta.gate.GateOutcome;
import io.github.seeddelta.gate.MetricPair;
import io.github.seeddelta.gate.TensorId;
import io.github.seeddelta.gate.ThresholdSets.Demand;
import io.github.seeddelta.gate.Thresholds;
import io.github.seeddelta.policy.Keys;
import io.github.seeddelta.policy.Metric;
import io.github.seeddelta.policy.Policies;
import io.github.seeddelta.policy.ResolvedTensor;
import io.github.seeddelta.policy.TensorKind;
import io.github.seeddelta.tune.Autotune.Attempt;
import io.github.seeddelta.tune.Autotune.Next;
import io.github.seeddelta.tune.Schedules.Axis;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class AutotuneTest {
    private static final Thresholds THRESHOLDS = new Thresholds(.7, .5);

    private static GateOutcome outcome(double mean) {
        return Gate.judge(Metric.COS_X_W, new MetricPair(mean, .9), new Demand.Reach(THRESHOLDS));
    }

    private static Variant k(int k) {
        return new Variant(k, 32, 2);
    }

    private static Attempt attempt(int k, double mean) {
        return new Attempt(k(k), outcome(mean), 2L * k, .5);
    }

    @Test
    void theSmallestThatPassesIsTakenAndEveryAttemptIsKept() {
        Autotune tune = Autotune.start(List.of(k(128), k(256), k(384)));
        assertThat(tune.next()).isEqualTo(new Next.Try(k(128)));
        tune = tune.record(attempt(128, .5));
        assertThat(tune.next()).isEqualTo(new Next.Try(k(256)));
        tune = tune.record(attempt(256, .75));
        assertThat(tune.next()).isEqualTo(new Next.Accepted(attempt(256, .75)));
        assertThat(tune.attempts()).containsExactly(attempt(128, .5), attempt(256, .75));
        Autotune done = tune;
        assertThatThrownBy(() -> done.record(attempt(384, .9))).hasMessageContaining("was not asked for");
    }

    @Test
    void whenNonePassesTheBestAttemptIsRecorded() {
        Autotune tune = Autotune.start(List.of(k(128), k(256), k(384)))
                .record(attempt(128, .3))
                .record(attempt(256, .6))
                .record(attempt(384, .5));
        assertThat(tune.next()).isEqualTo(new Next.Exhausted(attempt(256, .6)));
    }

    @Test
    void measurementsForAnotherVariantAreABug() {
        Autotune tune = Autotune.start(List.of(k(128)));
        assertThatThrownBy(() -> tune.record(attempt(256, .9))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> Autotune.start(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Property(tries = 1000)
    void itTriesInOrderAndStopsAtTheFirstPass(@ForAll long seed) {
        Random random = new Random(seed);
        List<Variant> schedule = new ArrayList<>();
        List<Boolean> passes = new ArrayList<>();
        for (int i = random.nextInt(6); i >= 0; i--) {
            schedule.add(k(schedule.size() + 1));
            passes.add(random.nextInt(3) == 0);
        }
        Autotune tune = Autotune.start(schedule);
        int steps = 0;
        while (tune.next() instanceof Next.Try(Variant variant)) {
            assertThat(variant).isEqualTo(schedule.get(steps));
            tune = tune.record(new Attempt(variant, outcome(passes.get(steps) ? .9 : .1), 1, 0));
            steps++;
        }
        int first = passes.indexOf(true);
        assertThat(steps).isEqualTo(first < 0 ? schedule.size() : first + 1);
        assertThat(tune.next() instanceof Next.Accepted).isEqualTo(first >= 0);
    }

    @Test
    void tensorsAreTunedGateThenUpThenDown() {
        List<TensorId> ids = new ArrayList<>();
        for (TensorKind kind : List.of(TensorKind.FFN_DOWN, TensorKind.FFN_GATE, TensorKind.FFN_UP)) {
            ids.add(new TensorId(1, kind));
            ids.add(new TensorId(0, kind));
        }
        ids.sort(Autotune.ORDER);
        assertThat(ids)
                .extracting(TensorId::toString)
                .containsExactly(
                        "layer 0 ffn_gate",
                        "layer 1 ffn_gate",
                        "layer 0 ffn_up",
                        "layer 1 ffn_up",
                        "layer 0 ffn_down",
                        "layer 1 ffn_down");
    }

    private static ResolvedTensor tensor(String autotune, TensorKind kind) {
        return Policies.resolve(
                "{\"version\":1,\"defaults\":{\"K\":7,\"block\":32,\"bits\":3,\"autotune\":{" + autotune + "}}}",
                0,
                kind,
                1);
    }

    private static long bytes(Variant v) {
        return (long) v.k() * (2L * v.block() + 2);
    }

    @Test
    void oneAxisIsTheScheduleOfTheKind() {
        String autotune = "\"schedule_gate_up\":[1,2,3],\"schedule_down\":[4,5],\"max_iters\":8";
        assertThat(Schedules.variants(tensor(autotune, TensorKind.FFN_UP), Set.of(Axis.K), AutotuneTest::bytes))
                .containsExactly(new Variant(1, 32, 3), new Variant(2, 32, 3), new Variant(3, 32, 3));
        assertThat(Schedules.variants(tensor(autotune, TensorKind.FFN_DOWN), Set.of(Axis.K), AutotuneTest::bytes))
                .extracting(Variant::k)
                .containsExactly(4, 5);
    }

    @Test
    void severalAxesGoByBytesAndMaxItersCuts() {
        String autotune = "\"schedule_gate_up\":[10,20],\"block_schedule\":[16,64],\"max_iters\":3";
        assertThat(Schedules.variants(
                        tensor(autotune, TensorKind.FFN_GATE), Set.of(Axis.K, Axis.BLOCK), AutotuneTest::bytes))
                .as("340, 680, 1300, then 2600 bytes")
                .containsExactly(new Variant(10, 16, 3), new Variant(20, 16, 3), new Variant(10, 64, 3));
    }

    @Test
    void axesThatTheSchemeDoesNotUseStayAsResolved() {
        String autotune = "\"schedule_gate_up\":[10,20],\"bits_schedule\":[2,4]";
        assertThat(Schedules.variants(tensor(autotune, TensorKind.FFN_GATE), Set.of(Axis.BITS), v -> (long) v.bits()))
                .containsExactly(new Variant(7, 32, 2), new Variant(7, 32, 4));
        assertThat(Schedules.variants(tensor(autotune, TensorKind.FFN_GATE), Set.of(), v -> 0))
                .containsExactly(new Variant(7, 32, 3));
    }

    @Test
    void aVariantGoesBackIntoTheResolvedValues() {
        ResolvedTensor tensor = new Variant(9, 64, 4).apply(tensor("", TensorKind.FFN_GATE), "autotune");
        assertThat(Variant.of(tensor)).isEqualTo(new Variant(9, 64, 4));
        assertThat(tensor.get(Keys.K).orElseThrow().origin().describe()).isEqualTo("autotune");
    }
}
