package io.github.seeddelta.gate;

import java.util.ArrayList;
import java.util.List;

/// The last check before a written file gets its name: what is in it against what was decided (SPEC §10).
public final class StripContract {
    private StripContract() {}

    /// What the writer found in the bytes it wrote.
    ///
    /// @param payload  the payload tensors are there
    /// @param dense    the dense weight is there
    /// @param readBack the payload was decoded from the written bytes and equals what was encoded
    /// @param ran      the decoded payload was multiplied with a vector and gave finite numbers
    public record Written(
            TensorId id, Decision decision, boolean payload, boolean dense, boolean readBack, boolean ran) {}

    /// One sentence per violation; empty = the file may be renamed into place.
    public static List<String> violations(List<Written> file) {
        List<String> violations = new ArrayList<>();
        for (Written tensor : file) {
            Decision decision = tensor.decision();
            boolean absent = decision.result() == Decision.Result.ABSENT;
            check(
                    violations,
                    tensor,
                    absent || tensor.payload() || tensor.dense(),
                    "has neither payload nor dense weight");
            check(
                    violations,
                    tensor,
                    tensor.payload() == decision.emitDelta(),
                    decision.emitDelta()
                            ? "was replaced, but its payload is not in the file"
                            : "was kept dense, but a payload is in the file");
            check(
                    violations,
                    tensor,
                    absent || tensor.dense() != decision.stripApplied(),
                    decision.stripApplied()
                            ? "was stripped, but its dense weight is still in the file"
                            : "was not stripped, but its dense weight is not in the file");
            check(
                    violations,
                    tensor,
                    !decision.stripApplied() || tensor.readBack(),
                    "was stripped, but its payload was not read back");
            check(
                    violations,
                    tensor,
                    !decision.stripApplied() || tensor.ran(),
                    "was stripped, but its payload was not run");
        }
        return List.copyOf(violations);
    }

    private static void check(List<String> violations, Written tensor, boolean holds, String sentence) {
        if (!holds) {
            violations.add(tensor.id() + " " + sentence);
        }
    }
}
