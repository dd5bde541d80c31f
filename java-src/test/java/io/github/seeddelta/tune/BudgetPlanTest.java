package io.github.seeddelta.tune;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.seeddelta.gate.Gate;
import io.github.seeddelta.gate.GateOutcome;
import io.github.seeddelta.gate.MetricPair;
import io.github.seeddelta.gate.Stack;
import io.github.seeddelta.gate.StackRule;
import io.github.seeddelta.gate.StackVerdict;
import io.github.seeddelta.gate.TensorId;
import io.github.seeddelta.gate.ThresholdSets.Demand;
import io.github.seeddelta.gate.Thresholds;
import io.github.seeddelta.policy.Metric;
import io.github.seeddelta.policy.StackLimits;
import io.github.seeddelta.policy.TensorKind;
import io.github.seeddelta.tune.BudgetPlan.Measured;
import io.github.seeddelta.tune.BudgetPlan.Plan;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class BudgetPlanTest {
    private static final StackLimits LIMITS =
            new StackLimits(1, OptionalInt.empty(), Map.of(), OptionalDouble.empty(), true);

    private static TensorId gate(int layer) {
        return new TensorId(layer, TensorKind.FFN_GATE);
    }

    private static Measured measured(TensorId id, double bits, double margin, double error) {
        MetricPair pair = new MetricPair(.7 + margin, .5 + margin);
        GateOutcome outcome = Gate.judge(Metric.COS_X_W, pair, new Demand.Reach(new Thresholds(.7, .5)));
        return new Measured(id, new Variant(1, 32, bits), outcome, (long) (bits * 100), error);
    }

    private static Map<TensorId, Long> dense(List<Measured> measured) {
        Map<TensorId, Long> dense = new TreeMap<>();
        measured.forEach(m -> dense.put(m.id(), 1600L));
        return dense;
    }

    private static StackRule refusal(Plan plan, TensorId id) {
        return ((StackVerdict.Refused) plan.verdicts().get(id)).rule();
    }

    /// The smallest variant loses too much; a larger one of the same tensor does not.
    @Test
    void aCapOnTheLossIsMetByLargerVariants() {
        StackLimits capped =
                new StackLimits(0, OptionalInt.empty(), Map.of(), OptionalDouble.empty(), false, OptionalDouble.of(.3));
        List<Measured> measured =
                List.of(measured(gate(0), 2, .2, .25), measured(gate(1), 2, .2, .25), measured(gate(1), 4, .3, .05));
        Plan plan = BudgetPlan.choose(measured, dense(measured), List.of(), capped, 0);
        assertThat(plan.chosen().get(gate(0)).variant().bits()).isEqualTo(2);
        assertThat(plan.chosen().get(gate(1)).variant().bits()).isEqualTo(4);
    }

    @Test
    void everyTensorIsToldWhyItStaysDense() {
        List<Measured> measured = List.of(
                measured(gate(0), 2, .2, 5), // replaced
                measured(gate(1), 2, .1, 6), // next to layer 0
                measured(gate(4), 2, -.1, 1), // fails alone, however small its error
                measured(gate(7), 2, .1, 90)); // not needed for the budget
        Plan plan = BudgetPlan.choose(measured, dense(measured), List.of(), LIMITS, 5000);
        assertThat(plan.fits()).isTrue();
        assertThat(plan.chosen()).containsOnlyKeys(gate(0));
        assertThat(plan.bytes()).isEqualTo(200 + 3 * 1600);
        assertThat(plan.verdicts().get(gate(0))).isInstanceOf(StackVerdict.Admitted.class);
        assertThat(refusal(plan, gate(1))).isEqualTo(StackRule.BUDGET);
        assertThat(refusal(plan, gate(4))).isEqualTo(StackRule.ALONE);
        assertThat(refusal(plan, gate(7))).isEqualTo(StackRule.BUDGET);
        Plan tight = BudgetPlan.choose(measured, dense(measured), List.of(), LIMITS, 3700);
        assertThat(tight.chosen()).containsOnlyKeys(gate(0), gate(7));
        assertThat(refusal(tight, gate(1))).isEqualTo(StackRule.MIN_GAP);
    }

    @Test
    void whereHardeningRefusesALargerVariantIsTried() {
        List<Measured> measured = List.of(
                measured(gate(0), 2, .2, 3),
                measured(gate(2), 2, .2, 3),
                measured(gate(4), 2, .04, 3), // as third it must reach .05 more
                measured(gate(4), 4, .2, 3.1));
        Plan plan = BudgetPlan.choose(measured, dense(measured), List.of(), LIMITS, 800);
        assertThat(plan.fits()).isTrue();
        assertThat(plan.chosen().get(gate(4)).variant().bits()).isEqualTo(4);
    }

    @Test
    void aVariantThatFailsAloneIsNoOption() {
        List<Measured> measured = List.of(measured(gate(0), 2, -.1, 1), measured(gate(0), 3, .1, 2));
        Plan plan = BudgetPlan.choose(measured, dense(measured), List.of(), LIMITS, 400);
        assertThat(plan.chosen().get(gate(0)).variant().bits()).isEqualTo(3);
    }

    @Test
    void aBudgetThatTheRulesMakeImpossibleSaysSo() {
        List<Measured> measured = List.of(measured(gate(0), 2, .2, 1), measured(gate(1), 2, .2, 1));
        assertThat(BudgetPlan.choose(measured, dense(measured), List.of(), LIMITS, 1000)
                        .fits())
                .isFalse();
    }

    @Property(tries = 500)
    void whatIsChosenFitsPassesEveryRuleAndDoesNotDependOnOrder(@ForAll long seed) {
        Random random = new Random(seed);
        List<Measured> measured = new ArrayList<>();
        for (int layer = 0; layer < 8; layer++) {
            for (TensorKind kind : TensorKind.values()) {
                double ease = random.nextDouble() * .4 - .15;
                for (int bits = 2; bits <= 4; bits++) {
                    measured.add(measured(
                            new TensorId(layer, kind), bits, ease + .05 * bits, Math.pow(4, 4 - bits) * (1 - ease)));
                }
            }
        }
        long budget = 5000 + random.nextInt(34_000);
        Plan plan = BudgetPlan.choose(measured, dense(measured), List.of(), LIMITS, budget);
        assertThat(plan.bytes() <= budget).isEqualTo(plan.fits());
        assertThat(plan.verdicts()).hasSize(24);
        List<Stack.Candidate> again = new ArrayList<>();
        plan.chosen().forEach((id, m) -> again.add(new Stack.Candidate(id, m.outcome(), 1600)));
        assertThat(Stack.admit(again, List.of(), LIMITS).budget().admitted())
                .isEqualTo(plan.chosen().size());
        plan.verdicts().forEach((id, verdict) -> assertThat(verdict instanceof StackVerdict.Admitted)
                .as(id + " " + verdict)
                .isEqualTo(plan.chosen().containsKey(id)));
        List<Measured> shuffled = new ArrayList<>(measured);
        Collections.shuffle(shuffled, random);
        assertThat(BudgetPlan.choose(shuffled, dense(measured), List.of(), LIMITS, budget))
                .isEqualTo(plan);
    }
}
