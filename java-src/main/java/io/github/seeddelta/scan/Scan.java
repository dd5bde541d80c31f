package io.github.seeddelta.scan;

import io.github.seeddelta.build.BuildListener;
import io.github.seeddelta.build.BuildRequest;
import io.github.seeddelta.build.Calibration;
import io.github.seeddelta.build.ModelBuild;
import io.github.seeddelta.build.Registry;
import io.github.seeddelta.build.SizeLimit;
import io.github.seeddelta.eval.AtomicText;
import io.github.seeddelta.eval.run.KeptBase;
import io.github.seeddelta.eval.stats.Bucket;
import io.github.seeddelta.eval.stats.Kld;
import io.github.seeddelta.gate.TensorId;
import io.github.seeddelta.policy.CliDefaults;
import io.github.seeddelta.policy.GateSet;
import io.github.seeddelta.policy.Keys;
import io.github.seeddelta.policy.KnownNames;
import io.github.seeddelta.policy.LayerSet;
import io.github.seeddelta.policy.Origin;
import io.github.seeddelta.policy.Policy;
import io.github.seeddelta.policy.PolicyExport;
import io.github.seeddelta.policy.ResolvedTensor;
import io.github.seeddelta.policy.StackLimits;
import io.github.seeddelta.report.Report;
import io.github.seeddelta.tune.Autotune;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/// Replaces one tensor at a time, whatever the gate says, and measures what that does to the model (SPEC §15).
///
/// Each experiment is a build with everything off but its tensors, and an evaluation against the kept logits of the
/// base. Rows are on disk as they are measured; the same scan goes on where it was stopped.
public final class Scan {
    /// Of the folder: the rows.
    public static final String FILE = "layer_sensitivity_scan.json";

    /// Of the folder: the page.
    public static final String PAGE = "scan.html";

    /// Models that lie on disk at a time; one child process compares them all.
    private static final int BATCH = 6;

    private static final StackLimits NO_LIMITS =
            new StackLimits(0, OptionalInt.empty(), Map.of(), OptionalDouble.empty(), false);

    private final ScanRequest request;
    private final ScanListener listener;
    private final KnownNames names = Registry.names();
    private final KeptBase base;
    private final Map<String, ScanRow> rows = new LinkedHashMap<>();

    private Scan(ScanRequest request, ScanListener listener) {
        this.request = request;
        this.listener = listener;
        this.base = new KeptBase(
                request.model(),
                request.text(),
                request.ctx(),
                request.chunks(),
                request.threads(),
                request.out().resolve("base-logits"));
    }

    /// @return every row, those of an earlier run with other probes included
    public static List<ScanRow> run(ScanRequest request, ScanListener listener) throws IOException {
        return new Scan(request, listener).run();
    }

    private record Experiment(String name, String setting, CliDefaults cli, Policy policy) {}

    private List<ScanRow> run() throws IOException {
        List<Experiment> experiments = new ArrayList<>();
        for (Probe probe : request.probes()) {
            experiments.add(single(probe));
        }
        request.groups().ifPresent(groups -> experiments.addAll(groups(groups)));
        Files.createDirectories(request.out());
        String identity = base.identity();
        ScanJson.Meta meta = meta(identity);
        Path file = request.out().resolve(FILE);
        ScanJson.read(file, meta.fingerprint()).forEach(row -> rows.put(row.name(), row));
        int done = 0;
        for (int from = 0; from < experiments.size(); from += BATCH) {
            List<Experiment> batch = experiments.subList(from, Math.min(experiments.size(), from + BATCH));
            listener.progress(done, experiments.size(), batch.getFirst().name());
            List<Experiment> fresh =
                    batch.stream().filter(e -> !rows.containsKey(e.name())).toList();
            if (!fresh.isEmpty()) {
                measure(fresh, identity).forEach(row -> rows.put(row.name(), row));
                ScanJson.write(file, meta, List.copyOf(rows.values()));
                AtomicText.write(request.out().resolve(PAGE), ScanPage.render(meta, List.copyOf(rows.values())));
            }
            batch.forEach(e -> listener.row(Objects.requireNonNull(rows.get(e.name()))));
            done += batch.size();
            listener.progress(done, experiments.size(), batch.getLast().name());
        }
        return List.copyOf(rows.values());
    }

    private ScanJson.Meta meta(String identity) {
        Calibration calibration = request.calibration();
        String fingerprint = identity + " builder " + Registry.builderVersion() + " measured " + request.measurement()
                + " power " + calibration.power() + " eps " + calibration.eps()
                + stamp("imatrix", calibration.imatrix())
                + stamp("moments", calibration.moments());
        return new ScanJson.Meta(
                String.valueOf(request.model().getFileName()),
                String.valueOf(request.text().getFileName()),
                request.ctx(),
                request.chunks(),
                fingerprint);
    }

    private static String stamp(String what, Optional<Path> file) {
        return file.map(f -> {
                    try {
                        return " " + what + " " + f.getFileName() + " " + Files.size(f) + " "
                                + Files.getLastModifiedTime(f);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .orElse("");
    }

    /// Judged under the lowest thresholds and forced, so that it is built whatever it measures.
    private Experiment single(Probe probe) {
        TensorId id = probe.tensor();
        CliDefaults cli = probe.setting()
                .defaults(names)
                .withLayers(LayerSet.parse(String.valueOf(id.layer())))
                .withKinds(Set.of(id.kind()))
                .with(Keys.STRIP_DENSE, true, "--strip-dense")
                .with(Keys.GATING_SET, GateSet.RESEARCH, "--gating-set")
                .with(Keys.GATING_ALLOW_UP, true, "--allow-up");
        return new Experiment(probe.name(), probe.setting().text(), cli, Policy.none());
    }

    /// The measured tensors of a report by falling margin, cut into groups; those that it admitted come by themselves.
    private List<Experiment> groups(ScanRequest.Groups groups) {
        List<Report.Tensor> measured = groups.report().tensors().stream()
                .filter(t -> t.tried() && t.resolved().isPresent())
                .sorted(Comparator.comparingDouble(
                                (Report.Tensor t) -> -t.gate().orElseThrow().margin())
                        .thenComparing(Report.Tensor::id))
                .toList();
        List<Experiment> experiments = new ArrayList<>();
        add(experiments, "admitted", measured.stream().filter(Scan::admitted).toList(), groups.size());
        add(experiments, "refused", measured.stream().filter(t -> !admitted(t)).toList(), groups.size());
        return experiments;
    }

    private static boolean admitted(Report.Tensor tensor) {
        return tensor.decision().emitDelta() && !tensor.decision().forced();
    }

    private void add(List<Experiment> experiments, String what, List<Report.Tensor> tensors, int size) {
        for (int from = 0; from < tensors.size(); from += size) {
            List<Report.Tensor> group = tensors.subList(from, Math.min(tensors.size(), from + size));
            String name = String.format(
                    Locale.ROOT,
                    "%s %d-%d, margin %+.3f to %+.3f",
                    what,
                    from + 1,
                    from + group.size(),
                    margin(group.getFirst()),
                    margin(group.getLast()));
            String policy = PolicyExport.json(group.stream().map(Scan::forcible).toList(), NO_LIMITS, name);
            experiments.add(new Experiment(
                    name,
                    "as reported",
                    CliDefaults.NONE,
                    Policy.parse(name, policy.getBytes(StandardCharsets.UTF_8), Policy.Mode.STRICT, names)));
        }
    }

    private static double margin(Report.Tensor tensor) {
        return tensor.gate().orElseThrow().margin();
    }

    private static ResolvedTensor forcible(Report.Tensor tensor) {
        Origin origin = new Origin.Recorded("report");
        ResolvedTensor resolved = tensor.resolved().orElseThrow();
        // What was measured, also where nobody chose it.
        return tensor.chosen()
                .or(() -> tensor.attempts().stream().findFirst().map(Autotune.Attempt::variant))
                .map(variant -> variant.apply(resolved, "report"))
                .orElse(resolved)
                .with(Keys.STRIP_DENSE, true, origin)
                .with(Keys.GATING_ALLOW_UP, true, origin);
    }

    private List<ScanRow> measure(List<Experiment> experiments, String identity) throws IOException {
        List<Path> files = new ArrayList<>();
        try {
            List<Report> reports = new ArrayList<>();
            for (Experiment experiment : experiments) {
                Path file = request.out().resolve("probe-" + files.size() + ".gguf");
                files.add(file);
                reports.add(build(experiment, file));
            }
            List<Bucket> buckets = base.compare(identity, files);
            List<ScanRow> measured = new ArrayList<>();
            for (int i = 0; i < experiments.size(); i++) {
                measured.add(row(experiments.get(i), reports.get(i), buckets.get(i)));
            }
            return measured;
        } finally {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static ScanRow row(Experiment experiment, Report report, Bucket bucket) {
        List<Report.Tensor> replaced =
                report.tensors().stream().filter(t -> t.decision().emitDelta()).toList();
        Set<String> weights = replaced.stream().map(Report.Tensor::name).collect(Collectors.toSet());
        Kld kld = bucket.kld().orElseThrow();
        return new ScanRow(
                experiment.name(),
                experiment.setting(),
                replaced.stream().map(Report.Tensor::id).toList(),
                replaced.stream().mapToLong(Report.Tensor::denseBytes).sum(),
                replaced.stream().mapToLong(Report.Tensor::payloadBytes).sum(),
                GroupMetrics.of(report.weights().stream()
                        .filter(w -> weights.contains(w.name()))
                        .toList()),
                kld.mean(),
                kld.honestSe(),
                bucket.paired().lnPplRatio(),
                bucket.paired().se(),
                kld.sameTop1());
    }

    private Report build(Experiment experiment, Path file) {
        BuildRequest build = new BuildRequest(
                request.model(),
                file,
                experiment.policy(),
                Optional.empty(),
                experiment.cli(),
                request.measurement(),
                request.calibration(),
                true,
                true,
                new BuildRequest.Existing(false, false),
                SizeLimit.NONE,
                false,
                request.threads());
        return ModelBuild.run(build, new Quiet()).report();
    }

    private final class Quiet implements BuildListener {
        @Override
        public void progress(long done, long total, String what) {}

        @Override
        public void warning(String line) {}

        @Override
        public void running(Runnable cancel) throws IOException {
            listener.running(cancel);
        }
    }
}
