package io.github.seeddelta.gate;

import static io.github.seeddelta.policy.TensorKind.FFN_DOWN;
import static io.github.seeddelta.policy.TensorKind.FFN_GATE;
import static io.github.seeddelta.policy.TensorKind.FFN_UP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.seeddelta.gate.Stack.Candidate;
import io.github.seeddelta.gate.Stack.Kept;
import io.github.seeddelta.gate.StackVerdict.Admitted;
import io.github.seeddelta.gate.StackVerdict.Refused;
import io.github.seeddelta.gate.ThresholdSets.Demand;
import io.github.seeddelta.policy.Metric;
import io.github.seeddelta.policy.StackLimits;
import io.github.seeddelta.policy.TensorKind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StackTest {
    private static final Thresholds SAFE_GATE = new Thresholds(.70, .50);
    private static final StackLimits FREE =
            new StackLimits(0, OptionalInt.empty(), Map.of(), OptionalDouble.empty(), false);
    private static final long MIB = 1 << 20;

    /// A candidate whose margin is `margin` in both numbers.
    private static Candidate candidate(int layer, TensorKind kind, double margin) {
        return candidate(layer, kind, margin, SAFE_GATE);
    }

    private static Candidate candidate(int layer, TensorKind kind, double margin, Thresholds base) {
        MetricPair measured = new MetricPair(base.minMean() + margin, base.minP05() + margin);
        return new Candidate(
                new TensorId(layer, kind), Gate.judge(Metric.COS_X_W, measured, new Demand.Reach(base)), MIB);
    }

    private static StackLimits atMost(double loss) {
        return new StackLimits(
                1, OptionalInt.empty(), Map.of(), OptionalDouble.empty(), false, OptionalDouble.of(loss));
    }

    private static StackVerdict verdict(Stack.Outcome outcome, int layer, TensorKind kind) {
        return outcome.verdicts().get(new TensorId(layer, kind));
    }

    private static StackRule refusedBy(Stack.Outcome outcome, int layer, TensorKind kind) {
        return ((Refused) verdict(outcome, layer, kind)).rule();
    }

    @Test
    void theBestMarginGoesFirstAndTiesGoByLayerThenKind() {
        Stack.Outcome outcome = Stack.admit(
                List.of(
                        candidate(9, FFN_GATE, .10),
                        candidate(3, FFN_DOWN, .10),
                        candidate(3, FFN_GATE, .10),
                        candidate(6, FFN_GATE, .20)),
                List.of(),
                FREE);
        assertThat(verdict(outcome, 6, FFN_GATE)).isEqualTo(new Admitted(1, SAFE_GATE));
        assertThat(verdict(outcome, 3, FFN_GATE)).isEqualTo(new Admitted(2, SAFE_GATE));
        assertThat(verdict(outcome, 3, FFN_DOWN)).isEqualTo(new Admitted(3, SAFE_GATE));
        assertThat(verdict(outcome, 9, FFN_GATE)).isEqualTo(new Admitted(4, SAFE_GATE));
    }

    @Test
    void errorsAddUpToTheCapAndTheRestIsTold() {
        StackLimits capped = new StackLimits(
                0, OptionalInt.empty(), Map.of(), OptionalDouble.empty(), false, OptionalDouble.of(.05));
        Stack.Outcome outcome = Stack.admit(
                List.of(
                        losing(0, .30, .03), // first by margin
                        losing(4, .20, .03), // would bring the sum to .06
                        losing(8, .10, .02), // still fits
                        losing(12, .05, Double.NaN)),
                List.of(), // nothing is known about it
                capped);
        assertThat(verdict(outcome, 0, FFN_GATE)).isInstanceOf(Admitted.class);
        assertThat(verdict(outcome, 8, FFN_GATE)).isInstanceOf(Admitted.class);
        assertThat(refusedBy(outcome, 4, FFN_GATE)).isEqualTo(StackRule.MAX_LOSS);
        assertThat(refusedBy(outcome, 12, FFN_GATE)).isEqualTo(StackRule.MAX_LOSS);
        assertThat(((Refused) verdict(outcome, 4, FFN_GATE)).sentence())
                .contains("0.0300 would bring all replaced tensors to 0.0600, above stack.max_loss 0.0500");
    }

    private static Candidate losing(int layer, double margin, double loss) {
        Candidate candidate = candidate(layer, FFN_GATE, margin);
        return new Candidate(candidate.id(), candidate.outcome(), candidate.denseBytes(), loss);
    }

    @ParameterizedTest
    @CsvSource({
        // research: the floors of place 9 and later bite
        "FFN_GATE, .45, .30, 1, .45, .30",
        "FFN_GATE, .45, .30, 2, .45, .30",
        "FFN_GATE, .45, .30, 3, .50, .35",
        "FFN_GATE, .45, .30, 8, .50, .35",
        "FFN_GATE, .45, .30, 9, .60, .45",
        "FFN_UP,   .45, .30, 9, .60, .45",
        "FFN_DOWN, .25, .15, 3, .30, .20",
        "FFN_DOWN, .25, .15, 9, .35, .25",
        // safe lies above the floors: never below the base, never softer than place 8
        "FFN_GATE, .70, .50, 8, .75, .55",
        "FFN_GATE, .70, .50, 9, .75, .55",
        "FFN_DOWN, .60, .45, 99, .65, .50",
        "FFN_GATE, .99, .98, 3, 1.0, 1.0",
    })
    void thresholdsHardenWithThePlace(
            TensorKind kind, double mean, double p05, int place, double minMean, double minP05) {
        assertThat(Stack.hardened(new Thresholds(mean, p05), kind, place)).isEqualTo(new Thresholds(minMean, minP05));
    }

    @Test
    void theThirdMustReachFiveHundredthsMore() {
        StackLimits limits = new StackLimits(1, OptionalInt.empty(), Map.of(), OptionalDouble.empty(), true);
        Stack.Outcome outcome = Stack.admit(
                List.of(candidate(0, FFN_GATE, .20), candidate(2, FFN_GATE, .20), candidate(4, FFN_GATE, .04)),
                List.of(),
                limits);
        Refused refused = (Refused) verdict(outcome, 4, FFN_GATE);
        assertThat(refused.rule()).isEqualTo(StackRule.HARDEN);
        assertThat(refused.thresholds()).isEqualTo(new Thresholds(.75, .55));
        assertThat(refused.sentence()).contains("passes alone, but as number 3").contains("0.7500");
        assertThat(outcome.budget()).isEqualTo(new Stack.Budget(3, 3, 2, Map.of(StackRule.HARDEN, 1)));
    }

    @Test
    void consecutiveLayersAreRefusedButKindsOfOneLayerGoTogether() {
        Stack.Outcome outcome = Stack.admit(
                List.of(
                        candidate(5, FFN_GATE, .3),
                        candidate(5, FFN_DOWN, .29),
                        candidate(6, FFN_GATE, .28),
                        candidate(4, FFN_GATE, .27),
                        candidate(7, FFN_GATE, .26),
                        candidate(6, FFN_UP, .25)),
                List.of(),
                StackLimits.DEFAULT);
        assertThat(verdict(outcome, 5, FFN_GATE)).isInstanceOf(Admitted.class);
        assertThat(verdict(outcome, 5, FFN_DOWN)).isInstanceOf(Admitted.class);
        assertThat(refusedBy(outcome, 6, FFN_GATE)).isEqualTo(StackRule.MIN_GAP);
        assertThat(refusedBy(outcome, 4, FFN_GATE)).isEqualTo(StackRule.MIN_GAP);
        assertThat(verdict(outcome, 7, FFN_GATE)).isInstanceOf(Admitted.class);
        assertThat(refusedBy(outcome, 6, FFN_UP)).isEqualTo(StackRule.MIN_GAP);
    }

    @Test
    void everyCapRefusesByItsOwnName() {
        List<Candidate> three =
                List.of(candidate(0, FFN_GATE, .3), candidate(2, FFN_GATE, .2), candidate(4, FFN_DOWN, .1));
        Stack.Outcome tensors = Stack.admit(
                three, List.of(), new StackLimits(1, OptionalInt.of(2), Map.of(), OptionalDouble.empty(), false));
        assertThat(refusedBy(tensors, 4, FFN_DOWN)).isEqualTo(StackRule.MAX_TENSORS);
        Stack.Outcome kinds = Stack.admit(
                three,
                List.of(),
                new StackLimits(1, OptionalInt.empty(), Map.of(FFN_GATE, 1), OptionalDouble.empty(), false));
        assertThat(refusedBy(kinds, 2, FFN_GATE)).isEqualTo(StackRule.MAX_PER_KIND);
        assertThat(verdict(kinds, 4, FFN_DOWN)).isInstanceOf(Admitted.class);
        Stack.Outcome mib = Stack.admit(
                three, List.of(), new StackLimits(1, OptionalInt.empty(), Map.of(), OptionalDouble.of(2.5), false));
        assertThat(refusedBy(mib, 4, FFN_DOWN)).isEqualTo(StackRule.MAX_MIB);
        Stack.Outcome none = Stack.admit(
                three, List.of(), new StackLimits(1, OptionalInt.of(0), Map.of(), OptionalDouble.empty(), false));
        assertThat(none.budget().admitted()).isZero();
    }

    @Test
    void whatTheInputBroughtAlongCountsAsAdmitted() {
        List<Kept> kept = List.of(new Kept(new TensorId(5, FFN_GATE), .02));
        Candidate near = candidate(6, FFN_GATE, .3);
        Candidate far = candidate(9, FFN_GATE, .2);
        Stack.Outcome gap = Stack.admit(List.of(near, far), kept, atMost(1));
        assertThat(refusedBy(gap, 6, FFN_GATE)).isEqualTo(StackRule.MIN_GAP);
        assertThat(verdict(gap, 9, FFN_GATE)).isEqualTo(new Admitted(2, SAFE_GATE));
        assertThat(gap.budget().admitted()).isEqualTo(1);
        Stack.Outcome loss = Stack.admit(List.of(far), kept, atMost(.01));
        assertThat(refusedBy(loss, 9, FFN_GATE)).isEqualTo(StackRule.MAX_LOSS);
        List<Kept> unknown = List.of(new Kept(new TensorId(5, FFN_GATE), Double.NaN));
        assertThat(refusedBy(Stack.admit(List.of(far), unknown, atMost(1)), 9, FFN_GATE))
                .isEqualTo(StackRule.MAX_LOSS);
    }

    @Test
    void whatFailsAloneTakesNoPlace() {
        Stack.Outcome outcome = Stack.admit(
                List.of(candidate(0, FFN_GATE, -.1), candidate(1, FFN_GATE, .2)), List.of(), StackLimits.DEFAULT);
        assertThat(refusedBy(outcome, 0, FFN_GATE)).isEqualTo(StackRule.ALONE);
        assertThat(verdict(outcome, 1, FFN_GATE)).isEqualTo(new Admitted(1, SAFE_GATE));
        assertThat(outcome.budget()).isEqualTo(new Stack.Budget(2, 1, 1, Map.of(StackRule.ALONE, 1)));
    }

    @Test
    void aTensorCannotComeTwice() {
        assertThatThrownBy(() -> Stack.admit(
                        List.of(candidate(0, FFN_GATE, .1), candidate(0, FFN_GATE, .2)),
                        List.of(),
                        StackLimits.DEFAULT))
                .hasMessageContaining("layer 0 ffn_gate occurs twice");
    }

    private static List<Candidate> random(Random random) {
        List<Candidate> candidates = new ArrayList<>();
        for (int layer = 0; layer < 16; layer++) {
            for (TensorKind kind : TensorKind.values()) {
                if (random.nextInt(3) > 0) {
                    Thresholds base = random.nextBoolean() ? SAFE_GATE : new Thresholds(.45, .30);
                    // A coarse grid, so that ties occur.
                    candidates.add(candidate(layer, kind, (random.nextInt(14) - 3) * .025, base));
                }
            }
        }
        return candidates;
    }

    private static StackLimits limits(Random random) {
        return new StackLimits(
                random.nextInt(4),
                random.nextBoolean() ? OptionalInt.of(random.nextInt(12)) : OptionalInt.empty(),
                random.nextBoolean() ? Map.of(FFN_GATE, random.nextInt(4)) : Map.of(),
                random.nextBoolean() ? OptionalDouble.of(random.nextInt(10)) : OptionalDouble.empty(),
                random.nextInt(4) > 0);
    }

    @Property(tries = 2000)
    void theOrderOfTheInputDoesNotMatter(@ForAll long seed) {
        Random random = new Random(seed);
        List<Candidate> candidates = random(random);
        StackLimits limits = limits(random);
        Stack.Outcome outcome = Stack.admit(candidates, List.of(), limits);
        Collections.shuffle(candidates, random);
        assertThat(Stack.admit(candidates, List.of(), limits)).isEqualTo(outcome);
    }

    @Property(tries = 2000)
    void theAdmittedKeepEveryRule(@ForAll long seed) {
        Random random = new Random(seed);
        List<Candidate> candidates = random(random);
        StackLimits limits = limits(random);
        Stack.Outcome outcome = Stack.admit(candidates, List.of(), limits);
        List<Candidate> admitted = candidates.stream()
                .filter(c -> outcome.verdicts().get(c.id()) instanceof Admitted)
                .toList();
        assertThat(outcome.verdicts()).hasSameSizeAs(candidates);
        assertThat(admitted).allMatch(c -> c.outcome().pass());
        assertThat(admitted.size()).isLessThanOrEqualTo(limits.maxTensors().orElse(Integer.MAX_VALUE));
        assertThat(admitted.size()).isLessThanOrEqualTo((int) limits.maxMib().orElse(1e6));
        assertThat(admitted.stream().filter(c -> c.id().kind() == FFN_GATE).count())
                .isLessThanOrEqualTo(limits.maxPerKind().getOrDefault(FFN_GATE, 99));
        for (Candidate a : admitted) {
            for (Candidate b : admitted) {
                int gap = Math.abs(a.id().layer() - b.id().layer());
                assertThat(gap == 0 || gap > limits.minGap())
                        .as("%s and %s", a.id(), b.id())
                        .isTrue();
            }
            Admitted verdict = (Admitted) outcome.verdicts().get(a.id());
            assertThat(verdict.thresholds().margin(a.outcome().measured())).isNotNegative();
        }
    }

    /// What the exported policy relies on.
    @Property(tries = 2000)
    void theAdmittedAloneAreAdmittedAgain(@ForAll long seed) {
        Random random = new Random(seed);
        List<Candidate> candidates = random(random);
        StackLimits limits = limits(random);
        Stack.Outcome outcome = Stack.admit(candidates, List.of(), limits);
        List<Candidate> admitted = candidates.stream()
                .filter(c -> outcome.verdicts().get(c.id()) instanceof Admitted)
                .toList();
        Stack.Outcome again = Stack.admit(admitted, List.of(), limits);
        for (Candidate candidate : admitted) {
            assertThat(again.verdicts().get(candidate.id()))
                    .isEqualTo(outcome.verdicts().get(candidate.id()));
        }
    }
}
