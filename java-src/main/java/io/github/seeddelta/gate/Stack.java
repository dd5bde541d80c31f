package io.github.seeddelta.gate;

import io.github.seeddelta.gate.StackVerdict.Admitted;
import io.github.seeddelta.gate.StackVerdict.Refused;
import io.github.seeddelta.policy.StackLimits;
import io.github.seeddelta.policy.TensorKind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/// Errors add up across tensors, so tensors that pass alone are admitted one by one under rising thresholds (SPEC §8).
///
/// The result depends on the set of candidates, never on their order.
public final class Stack {
    private static final double MIB = 1024.0 * 1024.0;
    private static final int FREE_PLACES = 2;
    private static final int RAISED_PLACES = 8;
    private static final double RAISE = .05;

    /// Best margin first; ties by layer, then kind.
    private static final Comparator<Candidate> ORDER =
            Comparator.comparingDouble((Candidate c) -> -c.outcome().margin()).thenComparing(Candidate::id);

    private Stack() {}

    /// A tensor with the verdict on it alone.
    ///
    /// @param loss squared relative output error, 0 or more; what adds up over tensors
    public record Candidate(TensorId id, GateOutcome outcome, long denseBytes, double loss) {
        /// One that no cap on the loss concerns.
        public Candidate(TensorId id, GateOutcome outcome, long denseBytes) {
            this(id, outcome, denseBytes, 0);
        }
    }

    /// A payload that the input brought along and that stays: it counts as admitted before all candidates. No cap on
    /// MiB counts it: the size of its dense weight is not known any more.
    ///
    /// @param loss as of a candidate, or more; not a number where nothing is known
    public record Kept(TensorId id, double loss) {}

    /// A verdict for every candidate, and the numbers of `build.stack_budget`.
    public record Outcome(SortedMap<TensorId, StackVerdict> verdicts, Budget budget) {}

    /// `build.stack_budget` of the report.
    public record Budget(int candidates, int passedAlone, int admitted, Map<StackRule, Integer> refused) {
        /// Counts the verdicts as they are, after whatever changed them.
        public static Budget of(Map<TensorId, StackVerdict> verdicts) {
            Map<StackRule, Integer> refused = new EnumMap<>(StackRule.class);
            int admitted = 0;
            for (StackVerdict verdict : verdicts.values()) {
                switch (verdict) {
                    case Admitted ignored -> admitted++;
                    case Refused no -> refused.merge(no.rule(), 1, Integer::sum);
                }
            }
            int alone = refused.getOrDefault(StackRule.ALONE, 0);
            return new Budget(verdicts.size(), verdicts.size() - alone, admitted, Collections.unmodifiableMap(refused));
        }
    }

    /// @throws IllegalArgumentException when a tensor occurs twice
    public static Outcome admit(List<Candidate> candidates, List<Kept> kept, StackLimits limits) {
        List<Candidate> ordered = new ArrayList<>(candidates);
        ordered.sort(ORDER);
        State state = new State(limits);
        kept.forEach(k -> state.count(k.id(), 0, k.loss()));
        TreeMap<TensorId, StackVerdict> verdicts = new TreeMap<>();
        for (Candidate candidate : ordered) {
            if (verdicts.put(candidate.id(), state.judge(candidate)) != null) {
                throw new IllegalArgumentException(candidate.id() + " occurs twice among the candidates");
            }
        }
        return new Outcome(Collections.unmodifiableSortedMap(verdicts), Budget.of(verdicts));
    }

    /// Thresholds for whoever would be admitted as number `place`, from 1: base up to 2, +.05 up to 8, above that also
    /// at least the floors of the kind. They never fall as `place` rises and never lie below the base.
    public static Thresholds hardened(Thresholds base, TensorKind kind, int place) {
        if (place <= FREE_PLACES) {
            return base;
        }
        Thresholds raised = base.raisedBy(RAISE);
        return place <= RAISED_PLACES ? raised : raised.atLeast(floor(kind));
    }

    private static Thresholds floor(TensorKind kind) {
        return switch (kind) {
            case FFN_GATE, FFN_UP -> new Thresholds(.60, .45);
            case FFN_DOWN -> new Thresholds(.35, .25);
        };
    }

    private static final class State {
        private final StackLimits limits;
        private final TreeSet<Integer> touched = new TreeSet<>();
        private final Map<TensorKind, Integer> perKind = new EnumMap<>(TensorKind.class);
        private int admitted;
        private long admittedBytes;
        private double admittedLoss;

        State(StackLimits limits) {
            this.limits = limits;
        }

        StackVerdict judge(Candidate candidate) {
            GateOutcome alone = candidate.outcome();
            if (!alone.pass()) {
                return new Refused(StackRule.ALONE, alone.thresholds(), alone.sentence());
            }
            TensorId id = candidate.id();
            int place = admitted + 1;
            Thresholds used = limits.harden() ? hardened(alone.thresholds(), id.kind(), place) : alone.thresholds();
            Optional<Refused> refusal = tensors(used)
                    .or(() -> kinds(id, used))
                    .or(() -> gap(id, used))
                    .or(() -> mib(candidate, used))
                    .or(() -> harden(alone, place, used))
                    .or(() -> loss(candidate, used));
            if (refusal.isPresent()) {
                return refusal.get();
            }
            count(id, candidate.denseBytes(), candidate.loss());
            return new Admitted(place, used);
        }

        void count(TensorId id, long denseBytes, double loss) {
            admitted++;
            admittedBytes += denseBytes;
            admittedLoss += loss;
            touched.add(id.layer());
            perKind.merge(id.kind(), 1, Integer::sum);
        }

        private Optional<Refused> tensors(Thresholds used) {
            if (limits.maxTensors().isEmpty() || admitted < limits.maxTensors().getAsInt()) {
                return Optional.empty();
            }
            return no(
                    StackRule.MAX_TENSORS,
                    used,
                    "%d tensors are replaced already, the cap stack.max_tensors",
                    admitted);
        }

        private Optional<Refused> kinds(TensorId id, Thresholds used) {
            Integer cap = limits.maxPerKind().get(id.kind());
            int count = perKind.getOrDefault(id.kind(), 0);
            if (cap == null || count < cap) {
                return Optional.empty();
            }
            return no(
                    StackRule.MAX_PER_KIND,
                    used,
                    "%d %s tensors are replaced already, the cap stack.max_per_kind",
                    count,
                    id.kind().jsonName());
        }

        /// Several kinds of one layer are one touched layer; the gap is between different layers ([T] §3.1).
        private Optional<Refused> gap(TensorId id, Thresholds used) {
            int layer = id.layer();
            for (Integer near : new Integer[] {touched.lower(layer), touched.higher(layer)}) {
                if (near != null && Math.abs(near - layer) <= limits.minGap()) {
                    return no(
                            StackRule.MIN_GAP,
                            used,
                            "layer %d is replaced already and stack.min_gap %d keeps layers that near dense",
                            near,
                            limits.minGap());
                }
            }
            return Optional.empty();
        }

        private Optional<Refused> mib(Candidate candidate, Thresholds used) {
            if (limits.maxMib().isEmpty()) {
                return Optional.empty();
            }
            double mib = (admittedBytes + candidate.denseBytes()) / MIB;
            if (mib <= limits.maxMib().getAsDouble()) {
                return Optional.empty();
            }
            return no(
                    StackRule.MAX_MIB,
                    used,
                    "with it %.1f MiB of dense weights would be replaced, above stack.max_mib %.1f",
                    mib,
                    limits.maxMib().getAsDouble());
        }

        private Optional<Refused> harden(GateOutcome alone, int place, Thresholds used) {
            if (used.margin(alone.measured()) >= 0) {
                return Optional.empty();
            }
            return no(
                    StackRule.HARDEN,
                    used,
                    "it passes alone, but as number %d it must reach more: %s",
                    place,
                    Gate.sentence(alone.metric(), alone.measured(), used));
        }

        /// Divergence over disjoint tensors is close to additive in squared errors, so their sum is what to cap. A loss
        /// that is not a number is refused: nothing is known about it.
        private Optional<Refused> loss(Candidate candidate, Thresholds used) {
            if (limits.maxLoss().isEmpty()) {
                return Optional.empty();
            }
            double sum = admittedLoss + candidate.loss();
            if (sum <= limits.maxLoss().getAsDouble()) {
                return Optional.empty();
            }
            return no(
                    StackRule.MAX_LOSS,
                    used,
                    "it passes alone, but its squared output error %.4f would bring all replaced tensors to %.4f, above"
                            + " stack.max_loss %.4f",
                    candidate.loss(),
                    sum,
                    limits.maxLoss().getAsDouble());
        }

        private static Optional<Refused> no(StackRule rule, Thresholds used, String format, Object... args) {
            return Optional.of(new Refused(rule, used, String.format(Locale.ROOT, format, args)));
        }
    }
}
