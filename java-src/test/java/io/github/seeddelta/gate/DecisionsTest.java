package io.github.seeddelta.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.seeddelta.gate.Decision.Result;
import io.github.seeddelta.gate.StripContract.Written;
import io.github.seeddelta.gate.ThresholdSets.Demand;
import io.github.seeddelta.policy.Metric;
import io.github.seeddelta.policy.Policies;
import io.github.seeddelta.policy.ResolvedTensor;
import io.github.seeddelta.policy.TensorKind;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecisionsTest {
    private static final Thresholds THRESHOLDS = new Thresholds(.7, .5);
    private static final GateOutcome PASS = outcome(.8, .6);
    private static final GateOutcome FAIL = outcome(.6, .6);
    private static final StackVerdict ADMITTED = new StackVerdict.Admitted(2, THRESHOLDS);
    private static final StackVerdict NEAR = new StackVerdict.Refused(StackRule.MIN_GAP, THRESHOLDS, "layer 4 is near");
    private static final Decisions.Flags FORCE = new Decisions.Flags(true);
    private static final TensorId ID = new TensorId(3, TensorKind.FFN_GATE);

    private static GateOutcome outcome(double mean, double p05) {
        return Gate.judge(Metric.COS_X_W, new MetricPair(mean, p05), new Demand.Reach(THRESHOLDS));
    }

    private static StackVerdict alone(GateOutcome outcome) {
        return new StackVerdict.Refused(StackRule.ALONE, outcome.thresholds(), outcome.sentence());
    }

    private static ResolvedTensor tensor(boolean enabled, boolean strip) {
        String json = "{\"version\":1,\"defaults\":{\"enabled\":" + enabled + ",\"strip_dense\":" + strip + "}}";
        return Policies.resolve(json, 3, TensorKind.FFN_GATE, 8);
    }

    private static Decision decide(boolean strip, GateOutcome gate, StackVerdict stack, Decisions.Flags flags) {
        return Decisions.decide(tensor(true, strip), Optional.of(gate), Optional.of(stack), flags);
    }

    @Test
    void eachCaseSaysWhatHappenedInOneSentence() {
        assertThat(decide(true, PASS, ADMITTED, Decisions.Flags.NONE).reason())
                .isEqualTo("Replaced: cos_x_w mean 0.8000 and p05 0.6000 reach 0.7000 and 0.5000 (margin +0.1000),"
                        + " admitted as number 2.");
        assertThat(decide(false, PASS, ADMITTED, Decisions.Flags.NONE).reason())
                .startsWith("Replaced, dense twin kept: ");
        assertThat(decide(true, FAIL, alone(FAIL), Decisions.Flags.NONE).reason())
                .isEqualTo(
                        "Kept dense: cos_x_w mean 0.6000 is below 0.7000, though p05 0.6000 reaches 0.5000 (margin -0.1000).");
        assertThat(decide(true, PASS, NEAR, Decisions.Flags.NONE).reason()).isEqualTo("Kept dense: layer 4 is near.");
        assertThat(decide(true, PASS, NEAR, FORCE).reason())
                .isEqualTo("FORCED by --force-strip-dense although refused: layer 4 is near.");
        assertThat(Decisions.decide(tensor(false, true), Optional.empty(), Optional.empty(), FORCE)
                        .reason())
                .isEqualTo("Kept dense: not tried, switched off by defaults at 1:26.");
        assertThat(Decisions.absent("this architecture has no ffn_gate").reason())
                .isEqualTo("Skipped: this architecture has no ffn_gate.");
    }

    @ParameterizedTest
    @CsvSource({
        "ALONE, GATE_FAILED",
        "BUDGET, BUDGET_REFUSED",
        "MAX_TENSORS, STACK_REFUSED",
        "MAX_PER_KIND, STACK_REFUSED",
        "MIN_GAP, STACK_REFUSED",
        "MAX_MIB, STACK_REFUSED",
        "MAX_LOSS, STACK_REFUSED",
        "HARDEN, STACK_REFUSED",
    })
    void everyRuleHasItsResult(StackRule rule, Result result) {
        StackVerdict refused = new StackVerdict.Refused(rule, THRESHOLDS, "no");
        Decision decision = decide(true, PASS, refused, Decisions.Flags.NONE);
        assertThat(decision.result()).isEqualTo(result);
        assertThat(decision.refusedBy()).contains(rule);
        assertThat(decision.thresholdsUsed()).contains(THRESHOLDS);
    }

    @Test
    void forceActsOnlyWhereStripIsAskedForAndThePayloadRuns() {
        assertThat(decide(true, FAIL, alone(FAIL), FORCE).result()).isEqualTo(Result.FORCED);
        assertThat(decide(false, FAIL, alone(FAIL), FORCE).result()).isEqualTo(Result.GATE_FAILED);
        GateOutcome nan = outcome(Double.NaN, .9);
        assertThat(decide(true, nan, alone(nan), FORCE).result()).isEqualTo(Result.GATE_FAILED);
        assertThat(decide(true, PASS, ADMITTED, FORCE).result()).isEqualTo(Result.REPLACED);
    }

    @Test
    void verdictsThatContradictEachOtherAreABug() {
        assertThatThrownBy(() -> decide(true, FAIL, ADMITTED, Decisions.Flags.NONE))
                .hasMessageContaining("failed the gate");
        assertThatThrownBy(() -> Decisions.decide(tensor(true, true), Optional.empty(), Optional.empty(), FORCE))
                .hasMessageContaining("was not judged");
    }

    @Test
    void aDecisionThatBreaksTheContractCannotExist() {
        assertThatThrownBy(() -> new Decision(
                        Result.REPLACED, false, true, false, "", Optional.empty(), Optional.empty(), Optional.empty()))
                .hasMessageContaining("stripped without a payload");
        assertThatThrownBy(() -> new Decision(
                        Result.REPLACED, true, true, true, "", Optional.empty(), Optional.empty(), Optional.empty()))
                .hasMessageContaining("forced must be marked");
        assertThatThrownBy(() -> new Decision(
                        Result.GATE_FAILED,
                        true,
                        false,
                        false,
                        "",
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()))
                .hasMessageContaining("emit_delta");
        assertThatThrownBy(() -> new Decision(
                        Result.REPLACED,
                        true,
                        true,
                        false,
                        "",
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(StackRule.ALONE)))
                .hasMessageContaining("only by force");
    }

    @Test
    void aFileIsComparedWithTheDecisionsItShouldHold() {
        Decision stripped = decide(true, PASS, ADMITTED, Decisions.Flags.NONE);
        Decision twin = decide(false, PASS, ADMITTED, Decisions.Flags.NONE);
        Decision dense = decide(true, FAIL, alone(FAIL), Decisions.Flags.NONE);
        Decision absent = Decisions.absent("no such tensor");
        assertThat(StripContract.violations(List.of(
                        new Written(ID, stripped, true, false, true, true),
                        new Written(ID, twin, true, true, false, false),
                        new Written(ID, dense, false, true, false, false),
                        new Written(ID, Decisions.existing(false), true, false, true, true),
                        new Written(ID, absent, false, false, false, false))))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "true  | false | false | true  | true  | has neither payload nor dense weight",
                "true  | false | true  | true  | true  | its payload is not in the file",
                "true  | true  | true  | true  | true  | its dense weight is still in the file",
                "true  | true  | false | false | true  | was not read back",
                "true  | true  | false | true  | false | was not run",
                "false | false | false | true  | true  | has neither payload nor dense weight",
                "false | true  | true  | true  | true  | but a payload is in the file",
                "false | true  | false | true  | true  | its dense weight is not in the file",
            })
    void everyViolationIsNamed(
            boolean strip, boolean payload, boolean dense, boolean readBack, boolean ran, String says) {
        Decision decision = strip
                ? decide(true, PASS, ADMITTED, Decisions.Flags.NONE)
                : decide(true, FAIL, alone(FAIL), Decisions.Flags.NONE);
        List<String> violations =
                StripContract.violations(List.of(new Written(ID, decision, payload, dense, readBack, ran)));
        assertThat(violations).anyMatch(v -> v.startsWith("layer 3 ffn_gate ") && v.contains(says));
    }

    @Test
    void anInputThatIsSeedDeltaAlreadyNeedsAChoice() {
        assertThat(ExistingInput.choose(false, false, false)).isEqualTo(ExistingInput.FRESH);
        assertThat(ExistingInput.choose(true, true, false)).isEqualTo(ExistingInput.SKIP);
        assertThat(ExistingInput.choose(true, false, true)).isEqualTo(ExistingInput.OVERWRITE);
        assertThatThrownBy(() -> ExistingInput.choose(true, false, false))
                .hasMessageContainingAll("--skip-existing", "--overwrite");
        assertThatThrownBy(() -> ExistingInput.choose(false, true, true)).hasMessageContaining("exclude each other");
    }
}
