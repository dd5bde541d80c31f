package io.github.seeddelta.build;

import io.github.seeddelta.gate.Decision;
import io.github.seeddelta.gate.Decisions;
import io.github.seeddelta.gate.ExistingInput;
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
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
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
    private final ExistingInput existing;
    private final Map<TensorId, Inspection.PayloadRow> payloads;
    private final KnownNames names;
    private final Set<String> warnings = new LinkedHashSet<>();

    private ModelBuild(BuildRequest request, BuildListener listener, SourceModel source, ExistingInput existing) {
        this.request = request;
        this.listener = listener;
        this.source = source;
        this.existing = existing;
        this.payloads = source.carriesPayloads() ? source.payloads() : Map.of();
        this.names = Registry.names();
    }

    /// What came out of a build.
    ///
    /// @param bytes of the written file; empty when nothing was replaced or nothing was to be written
    /// @param fits  false when no admissible choice is as small as was asked for; then nothing was written
    public record Result(Report report, Optional<Long> bytes, boolean fits) {
        public boolean replacedAnything() {
            return report.tensors().stream().anyMatch(t -> t.decision().emitDelta());
        }
    }

    /// @throws BuildException when the request does not fit the model
    public static Result run(BuildRequest request, BuildListener listener) {
        try (SourceModel source = SourceModel.open(request.model())) {
            ExistingInput existing;
            try {
                existing = ExistingInput.choose(
                        source.carriesPayloads(),
                        request.existing().skip(),
                        request.existing().overwrite());
            } catch (IllegalArgumentException e) {
                throw new BuildException.Usage(request.model() + ": " + e.getMessage());
            }
            return new ModelBuild(request, listener, source, existing).run();
        }
    }

    private Result run() {
        request.policy().warnings().forEach(problem -> warn(request.policy().source() + ": " + problem));
        request.policy().rulesWithoutLayers(source.layerCount()).forEach(this::warn);
        for (Inspection.PayloadRow row : payloads.values()) {
            if (row.problem().isPresent()) {
                throw new BuildException.BadInput(
                        request.model() + ": " + row.problem().get());
            }
        }
        if (existing == ExistingInput.OVERWRITE) {
            refuseStripped();
        }
        try (ProgressCell progress = new ProgressCell()) {
            listener.running(progress::cancel);
            Stamp before = Stamp.of(request.model());
            String sha256 = source.file().sha256(progress);
            try (CalibrationData calibration =
                    CalibrationData.open(request.calibration(), source.file(), sha256, progress)) {
                return run(progress, before, sha256, calibration);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Result run(ProgressCell progress, Stamp before, String sha256, CalibrationData calibration)
            throws IOException {
        SortedMap<TensorId, ResolvedTensor> resolved = new TreeMap<>();
        List<Candidate> candidates = new ArrayList<>();
        for (Map.Entry<TensorId, TensorInfo> weight : source.weights().entrySet()) {
            TensorId id = weight.getKey();
            if (existing == ExistingInput.SKIP && payloads.containsKey(id)) {
                continue;
            }
            ResolvedTensor tensor =
                    request.policy().resolve(id.layer(), id.kind(), request.cli(), source.layerCount(), names);
            resolved.put(id, tensor);
            if (tensor.enabled()) {
                calibration.require(tensor.weightName());
                warnOfMissing(tensor, calibration);
                candidates.add(candidate(id, weight.getValue(), tensor, calibration));
            }
        }
        try (Journal journal =
                Journal.open(request.output(), Fingerprint.of(request, sha256, calibration, resolved.values()))) {
            return run(journal, candidates, resolved, before, sha256, calibration, progress);
        }
    }

    private Result run(
            Journal journal,
            List<Candidate> candidates,
            SortedMap<TensorId, ResolvedTensor> resolved,
            Stamp before,
            String sha256,
            CalibrationData calibration,
            ProgressCell progress)
            throws IOException {
        SortedMap<TensorId, List<Measured>> measured = measure(candidates, journal, calibration, progress);
        if (!Stamp.of(request.model()).equals(before)) {
            throw new BuildException.BadInput(
                    request.model() + ": changed while it was being read; build again from a file that stays as it is");
        }
        StackLimits limits = request.policy().stackLimits(request.cli());
        Judgement judgement = judge(candidates, measured, limits);
        Report decided = decide(candidates, resolved, measured, judgement, limits, sha256, calibration);
        LayerWork layers = new LayerWork(
                source.file(), calibration, journal, request.measurement().evalX(), request.threads(), progress);
        Report report = decided.withLayers(layers.run(decided.tensors(), listener));
        Result result = new Result(report, Optional.empty(), judgement.fits());
        if (request.dryRun() || !result.replacedAnything() || !result.fits()) {
            journal.delete();
            return result;
        }
        long bytes = new OutputFile(request, source, report, calibration, existing == ExistingInput.OVERWRITE)
                .write(journal, progress, listener);
        journal.delete();
        return new Result(report, Optional.of(bytes), true);
    }

    /// Size and time of the source, to notice that somebody changed it.
    private record Stamp(long sizeBytes, FileTime modified) {
        static Stamp of(Path file) throws IOException {
            return new Stamp(Files.size(file), Files.getLastModifiedTime(file));
        }
    }

    private void refuseStripped() {
        payloads.forEach((id, row) -> {
            if (row.stripped()) {
                throw new BuildException.BadInput(request.model() + ": the dense weight of " + row.name()
                        + " was stripped, so its payload cannot be built again; build from the original model, or make"
                        + " it dense with 'seeddelta restore'");
            }
        });
    }

    private Candidate candidate(TensorId id, TensorInfo dense, ResolvedTensor tensor, CalibrationData calibration) {
        MetricChoice.Means means =
                calibration.means(tensor.weightName(), request.measurement().evalX());
        boolean free = nobodyChose(tensor);
        MetricChoice metric = MetricChoice.choose(
                free && means.activations() ? Metric.COS_ACT : tensor.gating().metric(),
                means,
                request.gatingFallback() || free);
        metric.warning().ifPresent(this::warn);
        if (limited() && !tensor.stripDense()) {
            throw new BuildException.Usage(tensor.weightName()
                    + ": beside its dense weight a payload saves nothing, so no size can be reached; give --strip-dense, or"
                    + " strip_dense in the policy");
        }
        Demand demand = ThresholdSets.demand(tensor.gating(), id.kind(), metric.used());
        return new Candidate(id, dense, tensor, metric, demand, new Encoding(tensor, dense).variants());
    }

    /// A metric that is only the tool's own choice may be replaced without being asked: by a lesser one when it cannot
    // be
    /// computed, and by real activations when there are some, since values refitted to those are worse on random
    // ones.
    private static boolean nobodyChose(ResolvedTensor tensor) {
        return tensor.get(Keys.GATING_METRIC)
                .map(metric -> metric.origin() instanceof Origin.BuiltIn)
                .orElse(true);
    }

    private SortedMap<TensorId, List<Measured>> measure(
            List<Candidate> candidates, Journal journal, CalibrationData calibration, ProgressCell progress) {
        List<Candidate> ordered = candidates.stream()
                .filter(candidate -> !candidate.denied())
                .sorted((a, b) -> Autotune.ORDER.compare(a.id(), b.id()))
                .toList();
        long total = ordered.stream().mapToLong(Candidate::weights).sum();
        long done = 0;
        TensorWork work = new TensorWork(
                source.file(), request.measurement(), calibration, journal, limited(), request.threads(), progress);
        SortedMap<TensorId, List<Measured>> measured = new TreeMap<>();
        for (Candidate candidate : ordered) {
            listener.progress(done, total, candidate.dense().name());
            Optional<List<Measured>> kept = journal.attempts(candidate.id());
            List<Measured> attempts = kept.orElseGet(() -> work.run(candidate));
            if (kept.isEmpty()) {
                journal.finish(candidate.id(), attempts);
            }
            measured.put(candidate.id(), attempts);
            done += candidate.weights();
            listener.progress(done, total, candidate.dense().name());
        }
        return measured;
    }

    private boolean limited() {
        return !(request.size() instanceof SizeLimit.None);
    }

    private Judgement judge(
            List<Candidate> candidates, SortedMap<TensorId, List<Measured>> measured, StackLimits limits) {
        if (!limited()) {
            return Judgement.of(candidates, measured, kept(), limits);
        }
        long budget = request.size().budgetBytes(candidates, Plan.restBytes(source, candidates));
        Judgement judgement = Judgement.under(budget, candidates, measured, kept(), limits);
        if (!judgement.fits()) {
            warn("even the smallest choice that gate and stack admit is larger than was asked for");
        }
        return judgement;
    }

    /// What the input brought along and keeps. Instead of its loss the file knows the weighted error of the weight,
    /// which is larger.
    private List<Stack.Kept> kept() {
        if (existing != ExistingInput.SKIP) {
            return List.of();
        }
        List<Stack.Kept> kept = new ArrayList<>();
        payloads.forEach((id, row) -> {
            double error = row.relativeErrorWeighted().or(row::relativeError).orElse(Double.NaN);
            kept.add(new Stack.Kept(id, error * error));
        });
        return kept;
    }

    private Report decide(
            List<Candidate> candidates,
            SortedMap<TensorId, ResolvedTensor> resolved,
            SortedMap<TensorId, List<Measured>> measured,
            Judgement judgement,
            StackLimits limits,
            String sha256,
            CalibrationData calibration) {
        Map<TensorId, Candidate> byId = new TreeMap<>();
        candidates.forEach(candidate -> byId.put(candidate.id(), candidate));
        SortedMap<TensorId, Decision> decisions = new TreeMap<>();
        resolved.forEach((id, tensor) -> {
            Decision decision = Decisions.decide(
                    tensor,
                    Optional.ofNullable(judgement.outcomes().get(id)),
                    Optional.<StackVerdict>ofNullable(judgement.verdicts().get(id)),
                    new Decisions.Flags(request.forceStripDense()));
            decisions.put(id, decision);
            Measured chosen = judgement.chosen().get(id);
            if (decision.emitDelta()
                    && chosen != null
                    && chosen.payloadBytes() > source.weight(id).sizeBytes()) {
                warn(String.format(
                        Locale.ROOT,
                        "%s: the payload of %d bytes is larger than the dense weight of %d bytes",
                        tensor.weightName(),
                        chosen.payloadBytes(),
                        source.weight(id).sizeBytes()));
            }
        });
        ReportAssembly assembly = new ReportAssembly(
                request,
                source,
                sha256,
                calibration.imatrixSha256(),
                limits,
                judgement.stackBudget(),
                List.copyOf(warnings));
        resolved.forEach((id, tensor) -> assembly.add(
                tensor,
                Objects.requireNonNull(decisions.get(id)),
                Optional.ofNullable(judgement.outcomes().get(id)),
                Optional.ofNullable(byId.get(id)).flatMap(c -> c.metric().warning()),
                judgement.attempts().getOrDefault(id, List.of()),
                Optional.ofNullable(judgement.chosen().get(id)),
                measured.getOrDefault(id, List.of()).stream()
                        .mapToDouble(Measured::seconds)
                        .sum()));
        if (existing == ExistingInput.SKIP) {
            payloads.forEach(assembly::addExisting);
        }
        return assembly.finish();
    }

    /// What is lost where calibration data is missing. The shares were measured on SmolLM2-135M.
    private void warnOfMissing(ResolvedTensor tensor, CalibrationData calibration) {
        String kind = tensor.base().kind();
        if (names.wholeBases().contains(kind)) {
            if (!calibration.hasMoments()) {
                warn("base kind " + kind + " without --moments feeds no errors back; on a small model that raised the"
                        + " divergence from the source by 23 to 29 %, so collect them with imatrix --moments");
            }
        } else if (!calibration.hasMoments()) {
            warn(
                    calibration.hasImatrix()
                            ? "without --moments kept values are not refitted; that left 10 to 20 % more error in the"
                                    + " outputs of a small model"
                            : "without --imatrix every input counts alike, and without --moments kept values are not"
                                    + " refitted; that left up to 60 % more error in the outputs of a small model");
        }
    }

    private void warn(String line) {
        if (warnings.add(line)) {
            listener.warning(line);
        }
    }
}
