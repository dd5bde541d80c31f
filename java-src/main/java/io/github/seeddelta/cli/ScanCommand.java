package io.github.seeddelta.cli;

import io.github.seeddelta.build.BuildRequest;
import io.github.seeddelta.build.SourceModel;
import io.github.seeddelta.cli.frame.CliException;
import io.github.seeddelta.cli.frame.ExitCode;
import io.github.seeddelta.cli.frame.Interrupts;
import io.github.seeddelta.cli.frame.Progress;
import io.github.seeddelta.cli.frame.Session;
import io.github.seeddelta.gate.TensorId;
import io.github.seeddelta.policy.LayerSet;
import io.github.seeddelta.policy.TensorKind;
import io.github.seeddelta.scan.Probe;
import io.github.seeddelta.scan.Scan;
import io.github.seeddelta.scan.ScanListener;
import io.github.seeddelta.scan.ScanRequest;
import io.github.seeddelta.scan.ScanRow;
import io.github.seeddelta.scan.ScanTable;
import io.github.seeddelta.scan.Setting;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "scan",
        description = "Replace one tensor at a time, measure the harm, and show which metric would have known it.",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Writes layer_sensitivity_scan.json and scan.html into DIR. A stopped scan goes on where it was; every",
            "beginning of it is spread over layers, kinds and settings. Each experiment is built, compared with the",
            "base's kept logits (4 bytes per scored token and word of the vocabulary), and deleted.",
            "",
            "Example:",
            "  seeddelta scan model.gguf --text choice.txt --chunks 4 --setting K=64,vals=i8 --probes 30 --out scan"
        })
final class ScanCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    CommonOptions common;

    @Mixin
    CalibrationOptions calibration;

    @Parameters(paramLabel = "MODEL", description = "The GGUF file to scan.")
    Path model;

    @Option(names = "--text", required = true, paramLabel = "T", description = "The text to measure harm on, UTF-8.")
    Path text;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder for the results.")
    Path out;

    @Option(names = "--layers", paramLabel = "L", description = "Only these layers: 0-3, 8, 8,12-14, last:4.")
    Optional<String> layers = Optional.empty();

    @Option(names = "--kinds", paramLabel = "K", split = ",", description = "Only these kinds: gate, up, down.")
    List<String> kinds = List.of();

    @Option(
            names = "--setting",
            paramLabel = "KEY=V,KEY=V",
            description = "Policy keys of one way to encode; repeat for more. Default: vals=i8.")
    List<String> settings = List.of("vals=i8");

    @Option(names = "--probes", paramLabel = "N", description = "Most experiments. Default: all tensors, all settings.")
    int probes = Integer.MAX_VALUE;

    @Option(
            names = "--groups",
            paramLabel = "R.json",
            description = "Then force what this report measured, in groups by margin, refused tensors too.")
    Optional<Path> groups = Optional.empty();

    @Option(names = "--group-size", paramLabel = "N", description = "Tensors of a group. Default: 8.")
    int groupSize = 8;

    @Option(names = "--ctx", paramLabel = "N", description = "Tokens per chunk. Default: 512.")
    int ctx = 512;

    @Option(names = "--chunks", paramLabel = "N", description = "Chunks to score. Default: 8.")
    int chunks = 8;

    @Option(names = "--eval-x", paramLabel = "N", description = "Random activations to measure with. Default: 64.")
    int evalX = 64;

    @Option(names = "--eval-cols", paramLabel = "N", description = "Output rows to measure, 0 = all. Default: 64.")
    int evalCols = 64;

    @Option(names = "--threads", paramLabel = "N", description = "Worker threads. Default: all processors.")
    int threads = Runtime.getRuntime().availableProcessors();

    ScanCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException {
        Checks.readable(model);
        Checks.readable(text);
        Checks.atLeast("--probes", probes, 0);
        Checks.atLeast("--group-size", groupSize, 1);
        Checks.atLeast("--ctx", ctx, 8);
        Checks.atLeast("--chunks", chunks, 1);
        Checks.atLeast("--eval-x", evalX, 0);
        Checks.atLeast("--eval-cols", evalCols, 0);
        Checks.atLeast("--threads", threads, 1);
        ScanRequest request = new ScanRequest(
                model,
                calibration.calibration(),
                new BuildRequest.Measurement(evalCols, evalX, 1),
                Probe.spread(tensors(), settings.stream().map(Setting::new).toList(), probes),
                readGroups(),
                text,
                ctx,
                chunks,
                threads,
                out);
        List<ScanRow> rows;
        try (Watch watch = new Watch()) {
            rows = Scan.run(request, watch);
        } catch (IllegalArgumentException e) {
            throw new CliException.Usage(String.valueOf(e.getMessage()));
        }
        session.print(ScanTable.text(rows).stripTrailing());
        session.say(common.verbosity(), "results: " + out.resolve(Scan.FILE) + ", page: " + out.resolve(Scan.PAGE));
        return ExitCode.OK;
    }

    private Optional<ScanRequest.Groups> readGroups() throws IOException {
        return groups.isPresent()
                ? Optional.of(new ScanRequest.Groups(ReportFile.read(groups.get()), groupSize))
                : Optional.empty();
    }

    private List<TensorId> tensors() {
        List<TensorId> tensors = new ArrayList<>();
        try (SourceModel source = SourceModel.open(model)) {
            LayerSet chosen = layers.map(LayerSet::parse).orElse(LayerSet.ALL);
            List<TensorKind> wanted = kinds.isEmpty() ? List.of(TensorKind.values()) : BuildOptions.kinds(kinds);
            for (TensorId id : source.weights().keySet()) {
                if (chosen.contains(id.layer(), source.layerCount()) && wanted.contains(id.kind())) {
                    tensors.add(id);
                }
            }
        } catch (IllegalArgumentException e) {
            throw new CliException.Usage(String.valueOf(e.getMessage()));
        }
        if (tensors.isEmpty()) {
            throw new CliException.Usage(model + ": has no tensor of these layers and kinds");
        }
        return tensors;
    }

    /// A line per experiment, and an interrupt ends native calls.
    private final class Watch implements ScanListener, AutoCloseable {
        private final Progress progress = session.progress(common.verbosity(), "scan");
        private Optional<Interrupts.Guarded<Runnable>> cancellation = Optional.empty();

        @Override
        public void progress(int done, int total, String what) {
            progress.update(done, total, what);
        }

        @Override
        public void row(ScanRow row) {
            progress.close();
            session.say(
                    common.verbosity(),
                    String.format(
                            Locale.ROOT,
                            "%-52s KLD %.4f ± %.4f  PPL %+.2f%%",
                            row.name(),
                            row.kld(),
                            row.kldSe(),
                            100 * Math.expm1(row.lnPpl())));
        }

        @Override
        public void running(Runnable cancel) throws IOException {
            close();
            cancellation = Optional.of(session.interrupts().guard(() -> cancel, Runnable::run));
        }

        @Override
        public void close() {
            cancellation.ifPresent(Interrupts.Guarded::close);
            cancellation = Optional.empty();
            progress.close();
        }
    }
}
