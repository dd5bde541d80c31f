package io.github.seeddelta.tune;

import io.github.seeddelta.gate.GateOutcome;
import io.github.seeddelta.gate.TensorId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// The search for the smallest variant that passes the gate, as a state machine without effects (SPEC §9).
///
/// The driver fits the base once, then: while [#next] says [Next.Try], encode and measure that variant and go on with
/// [#record]. Immutable.
public record Autotune(List<Variant> schedule, List<Attempt> attempts) {
    /// Order in which tensors are tuned: gate, up, down, each by layer.
    public static final Comparator<TensorId> ORDER =
            Comparator.comparing(TensorId::kind).thenComparingInt(TensorId::layer);

    /// One variant that was tried.
    ///
    /// @param payloadBytes its size, indices included
    /// @param seconds      wall time for encoding and measuring
    public record Attempt(Variant variant, GateOutcome outcome, long payloadBytes, double seconds) {}

    /// What to do next.
    public sealed interface Next {
        /// Encode and measure this variant.
        record Try(Variant variant) implements Next {}

        /// The last attempt passes; it is the smallest that does.
        record Accepted(Attempt attempt) implements Next {}

        /// None passes: the tensor stays dense; `best` came nearest.
        record Exhausted(Attempt best) implements Next {}
    }

    public Autotune {
        schedule = List.copyOf(schedule);
        attempts = List.copyOf(attempts);
        if (schedule.isEmpty()) {
            throw new IllegalArgumentException("an empty schedule tries nothing");
        }
    }

    /// @param schedule variants from the smallest to the largest, see [Schedules]
    public static Autotune start(List<Variant> schedule) {
        return new Autotune(schedule, List.of());
    }

    public Next next() {
        if (!attempts.isEmpty() && attempts.getLast().outcome().pass()) {
            return new Next.Accepted(attempts.getLast());
        }
        if (attempts.size() < schedule.size()) {
            return new Next.Try(schedule.get(attempts.size()));
        }
        return new Next.Exhausted(best());
    }

    /// The state after the variant that [#next] asked for was measured.
    ///
    /// @throws IllegalStateException when nothing, or another variant, was asked for
    public Autotune record(Attempt attempt) {
        if (!(next() instanceof Next.Try(Variant wanted)) || !wanted.equals(attempt.variant())) {
            throw new IllegalStateException(attempt.variant() + " was not asked for");
        }
        List<Attempt> more = new ArrayList<>(attempts);
        more.add(attempt);
        return new Autotune(schedule, more);
    }

    /// The attempt with the largest margin, the earlier one on a tie.
    private Attempt best() {
        Attempt best = attempts.getFirst();
        for (Attempt attempt : attempts) {
            if (attempt.outcome().margin() > best.outcome().margin()) {
                best = attempt;
            }
        }
        return best;
    }
}
