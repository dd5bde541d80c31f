package io.github.seeddelta.gate;

import io.github.seeddelta.policy.JsonNamed;
import io.github.seeddelta.policy.Metric;
import java.util.Optional;

/// What happens to one tensor and why (SPEC §10, §11). The constructor refuses a decision that breaks the strip
/// contract, so none can exist.
///
/// @param emitDelta      a payload goes into the file
/// @param stripApplied   the dense weight does not
/// @param forced         emitted although gate or stack refused it (`--force-strip-dense`)
/// @param reason         one sentence a person understands
/// @param metricUsed     empty when nothing was measured
/// @param thresholdsUsed those that applied at the tensor's turn
/// @param refusedBy      the rule that said no, also when it was overruled by force
public record Decision(
        Result result,
        boolean emitDelta,
        boolean stripApplied,
        boolean forced,
        String reason,
        Optional<Metric> metricUsed,
        Optional<Thresholds> thresholdsUsed,
        Optional<StackRule> refusedBy) {
    /// Every way a tensor can end.
    public enum Result implements JsonNamed {
        /// Payload in, dense out.
        REPLACED("replaced"),
        /// Payload in, dense twin kept.
        REPLACED_DENSE_KEPT("replaced_dense_kept"),
        /// Payload in, dense out, against gate or stack.
        FORCED("forced"),
        /// Not tried.
        DISABLED("disabled"),
        GATE_FAILED("gate_failed"),
        STACK_REFUSED("stack_refused"),
        BUDGET_REFUSED("budget_refused"),
        /// The model has no such tensor.
        ABSENT("absent"),
        /// The input already had a payload, and it was kept (`--skip-existing`).
        EXISTING("existing");

        private final String jsonName;

        Result(String jsonName) {
            this.jsonName = jsonName;
        }

        @Override
        public String jsonName() {
            return jsonName;
        }
    }

    public Decision {
        require(!stripApplied || emitDelta, "stripped without a payload");
        require(!forced || stripApplied, "forced without strip");
        require(forced == (result == Result.FORCED), "forced must be marked");
        require(emitDelta == emits(result), result + " with emit_delta " + emitDelta);
        require(refusedBy.isEmpty() || forced || !emitDelta, "a refused tensor emits only by force");
    }

    private static boolean emits(Result result) {
        return switch (result) {
            case REPLACED, REPLACED_DENSE_KEPT, FORCED, EXISTING -> true;
            case DISABLED, GATE_FAILED, STACK_REFUSED, BUDGET_REFUSED, ABSENT -> false;
        };
    }

    private static void require(boolean holds, String broken) {
        if (!holds) {
            throw new IllegalArgumentException("strip contract broken: " + broken);
        }
    }
}
