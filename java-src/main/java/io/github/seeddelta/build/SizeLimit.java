package io.github.seeddelta.build;

import io.github.seeddelta.tune.Budget;
import java.util.List;

/// How large the result may be (`--target-mib`, `--max-bpw`).
public sealed interface SizeLimit {
    /// No limit: every tensor that gate and stack admit is replaced.
    record None() implements SizeLimit {}

    /// Of the whole file.
    record File(double mib) implements SizeLimit {}

    /// Of the tensors that the build looks at, payload or dense, together.
    record BitsPerWeight(double bits) implements SizeLimit {}

    SizeLimit NONE = new None();

    /// Bytes for the candidates together.
    ///
    /// @param restBytes of the file without them
    default long budgetBytes(List<Candidate> candidates, long restBytes) {
        return switch (this) {
            case None ignored -> Long.MAX_VALUE;
            case File file -> (long) (file.mib() * (1 << 20)) - restBytes;
            case BitsPerWeight limit ->
                Budget.bytesAt(
                        limit.bits(),
                        candidates.stream().mapToLong(Candidate::weights).sum());
        };
    }
}
