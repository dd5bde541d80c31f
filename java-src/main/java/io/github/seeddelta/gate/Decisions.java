package io.github.seeddelta.gate;

import io.github.seeddelta.gate.Decision.Result;
import io.github.seeddelta.policy.Keys;
import io.github.seeddelta.policy.ResolvedTensor;
import java.util.Optional;

/// The strip contract as a function (SPEC §10):
/// stripped ⇒ a payload is emitted; gate or stack says no ⇒ no payload and the dense weight stays; disabled ⇒ neither;
/// only `--force-strip-dense` goes round it, and that is marked.
public final class Decisions {
    private Decisions() {}

    /// @param forceStripDense `--force-strip-dense`; acts only where the policy asks for `strip_dense`
    public record Flags(boolean forceStripDense) {
        public static final Flags NONE = new Flags(false);
    }

    /// @param gate  the verdict on the tensor alone; empty only for a disabled tensor
    /// @param stack the verdict among the others; empty only for a disabled tensor
    /// @throws IllegalArgumentException when an enabled tensor lacks a verdict or the two contradict each other
    public static Decision decide(
            ResolvedTensor resolved, Optional<GateOutcome> gate, Optional<StackVerdict> stack, Flags flags) {
        if (!resolved.enabled()) {
            return disabled(resolved);
        }
        if (gate.isEmpty() || stack.isEmpty()) {
            throw new IllegalArgumentException(resolved.weightName() + " is enabled but was not judged");
        }
        return switch (stack.get()) {
            case StackVerdict.Admitted admitted -> {
                if (!gate.get().pass()) {
                    throw new IllegalArgumentException(resolved.weightName() + " was admitted but failed the gate");
                }
                yield replaced(resolved, gate.get(), admitted);
            }
            case StackVerdict.Refused refused -> {
                boolean runnable = gate.get().measured().isFinite();
                boolean force = flags.forceStripDense() && resolved.stripDense() && runnable;
                yield force ? forced(gate.get(), refused) : refused(gate.get(), refused);
            }
        };
    }

    /// The row for a tensor that the model lacks: nothing is skipped silently (SPEC §1).
    ///
    /// @param why such as `this architecture has no ffn_gate`
    public static Decision absent(String why) {
        return dense(Result.ABSENT, "Skipped: " + why + ".");
    }

    /// The row for a payload that the input brought along and `--skip-existing` kept.
    public static Decision existing(boolean denseInFile) {
        return new Decision(
                Result.EXISTING,
                true,
                !denseInFile,
                false,
                "Kept as it was: the input already carries a payload and --skip-existing was given.",
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private static Decision disabled(ResolvedTensor resolved) {
        String by = resolved.get(Keys.ENABLED).map(v -> v.origin().describe()).orElse("nobody");
        return dense(Result.DISABLED, "Kept dense: not tried, switched off by " + by + ".");
    }

    private static Decision replaced(ResolvedTensor resolved, GateOutcome gate, StackVerdict.Admitted admitted) {
        boolean strip = resolved.stripDense();
        String reason = "Replaced" + (strip ? "" : ", dense twin kept") + ": " + gate.sentence()
                + ", admitted as number " + admitted.place() + ".";
        return new Decision(
                strip ? Result.REPLACED : Result.REPLACED_DENSE_KEPT,
                true,
                strip,
                false,
                reason,
                Optional.of(gate.metric()),
                Optional.of(admitted.thresholds()),
                Optional.empty());
    }

    private static Decision refused(GateOutcome gate, StackVerdict.Refused refused) {
        Result result =
                switch (refused.rule()) {
                    case ALONE -> Result.GATE_FAILED;
                    case BUDGET -> Result.BUDGET_REFUSED;
                    case MAX_TENSORS, MAX_PER_KIND, MIN_GAP, MAX_MIB, HARDEN, MAX_LOSS -> Result.STACK_REFUSED;
                };
        return new Decision(
                result,
                false,
                false,
                false,
                "Kept dense: " + refused.sentence() + ".",
                Optional.of(gate.metric()),
                Optional.of(refused.thresholds()),
                Optional.of(refused.rule()));
    }

    private static Decision forced(GateOutcome gate, StackVerdict.Refused refused) {
        return new Decision(
                Result.FORCED,
                true,
                true,
                true,
                "FORCED by --force-strip-dense although refused: " + refused.sentence() + ".",
                Optional.of(gate.metric()),
                Optional.of(refused.thresholds()),
                Optional.of(refused.rule()));
    }

    private static Decision dense(Result result, String reason) {
        return new Decision(result, false, false, false, reason, Optional.empty(), Optional.empty(), Optional.empty());
    }
}
