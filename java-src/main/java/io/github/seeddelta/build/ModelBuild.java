package io.github.seeddelta.build;

import io.github.seeddelta.gate.Decision;
import io.github.seeddelta.gate.Decisions;
import io.github.seeddelta.gate.Gate;
import io.github.seeddelta.gate.GateOutcome;
import io.github.seeddelta.gate.MetricChoice;
import io.github.seeddelta.gate.Stack;
import io.github.seeddelta.gate.StackVerdict;
import io.github.seeddelta.gate.TensorId;
import io.github.seeddelta.gate.ThresholdSets;
import io.github.seeddelta.gate.ThresholdSets.Demand;
import io.github.seeddelta.nat.ProgressCell;
import io.github.seeddelta.nat.TensorInfo;
import io.github.seeddelta.policy.Keys;
import io.github.seeddelta.policy.KnownNames;
import io.github.seeddelta.policy.Metric;
import io.github.seeddelta.policy.Origin;
import io.github.seeddelta.policy.ResolvedTensor;
import io.github.seeddelta.policy.StackLimits;
import io.github.seeddelta.report.Report;
import io.github.seeddelta.tune.Autotune;
import io.github.seeddelta.tune.Variant;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// One build: resolve, encode and measure every enabled tensor, decide, write.
///
/// Decisions depend on the measurements alone, never on the order of work, the threads or an interruption: what is
/// measured goes to the journal, what it means is worked out afterwards for all tensors together.
public final class ModelBuild {
    private final BuildRequest request;
    private final BuildListener listener;
    private final SourceModel source;
    private final KnownNames names;
    private final Set<String> warnings = new LinkedHashSet<>();

    private ModelBuild(BuildRequest request, BuildListener listener, SourceModel source) {
        this.request = request;
        this.listener = listener;
        this.source = source;
        this.names = Registry.names();
    }

    /// What came out of a build.
    ///
    /// @param bytes of the written file; empty when nothing was replaced or nothing was to be written
    public record Result(Report report, Optional<Long> bytes) {
        public boolean replacedAnything() {
            return report.tensors().stream().anyMatch(t -> t.decision().emitDelta());
        }
    }

    /// A tensor that is judged: how it was resolved, by which metric, under which demand.
    private record Candidate(
            TensorId id, TensorInfo dense, ResolvedTensor tensor, MetricChoice metric, Demand demand, List<Variant> variants) {
        Encoding encoding() {
            return new Encoding(tensor, dense);
        }

        long weights() {
            return dense.shape().get(0) * dense.shape().get(1);
        }

        boolean denied() {
            return demand instanceof Demand.Denied;
        }
    }

    /// @throws BuildException when the request does not fit the model
    public static Result run(BuildRequest request, BuildListener listener) {
        try (SourceModel source = SourceModel.open(request.model())) {
            if (source.carriesPayloads()) {
                throw new BuildException.BadInput(request.model()
                        + ": is a SeedΔ file already; build from the original model, or make it dense with 'seeddelta restore'");
            }
            return new ModelBuild(request, listener, source).run();
        }
    }

    private Result run() {
        request.policy().warnings().forEach(problem -> warn(request.policy().source() + ": " + problem));
        request.policy().rulesWithoutLayers(source.layerCount()).forEach(this::warn);

        SortedMap<TensorId, ResolvedTensor> resolved = new TreeMap<>();
        List<Candidate> candidates = new ArrayList<>();
        for (Map.Entry<TensorId, TensorInfo> weight : source.weights().entrySet()) {
            TensorId id = weight.getKey();
            ResolvedTensor tensor =
                    request.policy().resolve(id.layer(), id.kind(), request.cli(), source.layerCount(), names);
            resolved.put(id, tensor);
            if (tensor.enabled()) {
                candidates.add(candidate(id, weight.getValue(), tensor));
            }
        }

        try (ProgressCell progress = new ProgressCell()) {
            listener.running(progress::cancel);
            Stamp before = Stamp.of(request.model());
            String sha256 = source.file().sha256(progress);
            Journal journal = Journal.open(request.output(), Fingerprint.of(request, sha256, resolved.values()));
            SortedMap<TensorId, List<Measured>> measured = measure(candidates, journal, progress);
            if (!Stamp.of(request.model()).equals(before)) {
                throw new BuildException.BadInput(
                        request.model() + ": changed while it was being read; build again from a file that stays as it is");
            }
            Report report = decide(candidates, resolved, measured, sha256);
            Result result = new Result(report, Optional.empty());
            if (request.dryRun() || !result.replacedAnything()) {
                journal.delete();
                return result;
            }
            long bytes = OutputFile.write(request, source, report, measured, journal, progress, listener);
            journal.delete();
            return new Result(report, Optional.of(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Size and time of the source, to notice that somebody changed it.
    private record Stamp(long sizeBytes, FileTime modified) {
        static Stamp of(Path file) throws IOException {
            return new Stamp(Files.size(file), Files.getLastModifiedTime(file));
        }
    }

    private Candidate candidate(TensorId id, TensorInfo dense, ResolvedTensor tensor) {
        MetricChoice metric = MetricChoice.choose(
                tensor.gating().metric(),
                new MetricChoice.Means(request.measurement().evalX() > 0, false, false),
                request.gatingFallback() || nobodyChose(tensor));
        metric.warning().ifPresent(this::warn);
        Demand demand = ThresholdSets.demand(tensor.gating(), id.kind());
        return new Candidate(id, dense, tensor, metric, demand, new Encoding(tensor, dense).variants());
    }

    /// A metric that is only the tool's own choice may be replaced without being asked.
    private static boolean nobodyChose(ResolvedTensor tensor) {
        return tensor.get(Keys.GATING_METRIC)
                .map(metric -> metric.origin() instanceof Origin.BuiltIn)
                .orElse(true);
    }

    private SortedMap<TensorId, List<Measured>> measure(List<Candidate> candidates, Journal journal, ProgressCell progress) {
        List<Candidate> ordered = candidates.stream()
                .filter(candidate -> !candidate.denied())
                .sorted((a, b) -> Autotune.ORDER.compare(a.id(), b.id()))
                .toList();
        long total = ordered.stream().mapToLong(Candidate::weights).sum();
        long done = 0;
        TensorWork work = new TensorWork(source.file(), request.measurement(), request.threads(), progress);
        SortedMap<TensorId, List<Measured>> measured = new TreeMap<>();
        for (Candidate candidate : ordered) {
            listener.progress(done, total, candidate.dense().name());
            Optional<List<Measured>> kept = journal.attempts(candidate.id());
            List<Measured> attempts = kept.orElseGet(() -> work.run(
                    candidate.tensor(),
                    candidate.variants(),
                    candidate.encoding(),
                    candidate.metric().used(),
                    candidate.demand(),
                    journal.payload(candidate.id())));
            if (kept.isEmpty()) {
                journal.finish(candidate.id(), attempts);
            }
            measured.put(candidate.id(), attempts);
            done += candidate.weights();
            listener.progress(done, total, candidate.dense().name());
        }
        return measured;
    }

    private Report decide(
            List<Candidate> candidates,
            SortedMap<TensorId, ResolvedTensor> resolved,
            SortedMap<TensorId, List<Measured>> measured,
            String sha256) {
        SortedMap<TensorId, GateOutcome> outcomes = new TreeMap<>();
        SortedMap<TensorId, List<Autotune.Attempt>> attempts = new TreeMap<>();
        List<Stack.Candidate> judged = new ArrayList<>();
        for (Candidate candidate : candidates) {
            Metric metric = candidate.metric().used();
            GateOutcome outcome = switch (candidate.demand()) {
                case Demand.Denied denied -> Gate.deny(metric, denied);
                case Demand.Reach reach -> {
                    List<Autotune.Attempt> list = measured.getOrDefault(candidate.id(), List.of()).stream()
                            .map(m -> TensorWork.attempt(m, Gate.judge(metric, m.pair(metric), reach)))
                            .toList();
                    attempts.put(candidate.id(), list);
                    yield Chosen.attempt(candidate.variants(), list).outcome();
                }
            };
            outcomes.put(candidate.id(), outcome);
            judged.add(new Stack.Candidate(candidate.id(), outcome, candidate.dense().sizeBytes()));
        }
        StackLimits limits = request.policy().stackLimits(request.cli());
        Stack.Outcome stack = Stack.admit(judged, limits);

        ReportAssembly assembly = new ReportAssembly(request, source, sha256, limits, stack.budget(), List.copyOf(warnings));
        resolved.forEach((id, tensor) -> {
            Decision decision = Decisions.decide(
                    tensor,
                    Optional.ofNullable(outcomes.get(id)),
                    Optional.<StackVerdict>ofNullable(stack.verdicts().get(id)),
                    new Decisions.Flags(request.forceStripDense()));
            Optional<Candidate> candidate =
                    candidates.stream().filter(c -> c.id().equals(id)).findFirst();
            assembly.add(
                    tensor,
                    decision,
                    Optional.ofNullable(outcomes.get(id)),
                    candidate.flatMap(c -> c.metric().warning()),
                    attempts.getOrDefault(id, List.of()),
                    measured.getOrDefault(id, List.of()));
        });
        return assembly.finish();
    }

    private void warn(String line) {
        if (warnings.add(line)) {
            listener.warning(line);
        }
    }
}
