package io.github.seeddelta.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.build.BuildRequest;
import io.github.seeddelta.build.Plan;
import io.github.seeddelta.build.Registry;
import io.github.seeddelta.build.SizeLimit;
import io.github.seeddelta.cli.frame.ExitCode;
import io.github.seeddelta.cli.frame.Session;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "plan",
        description = "Say exactly how large every payload and the file will be; measures and writes nothing.",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "The size of the file holds if gate and stack admit every candidate; each one that stays dense",
            "adds what it would have saved.",
            "",
            "Example:",
            "  seeddelta plan model.gguf --policy policy.json --strip-dense"
        })
final class PlanCommand implements Callable<Integer> {
    private static final double MIB = 1048576.0;

    private final Session session;

    @Mixin
    CommonOptions common;

    @Mixin
    JsonOption json;

    @Mixin
    BuildOptions options;

    @Mixin
    CalibrationOptions calibration;

    @Parameters(paramLabel = "MODEL", description = "The GGUF file to start from.")
    Path model;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Worker threads of the build. Default: all processors.")
    int threads = Runtime.getRuntime().availableProcessors();

    PlanCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException {
        Checks.atLeast("--threads", threads, 1);
        Checks.readable(model);
        BuildRequest request = new BuildRequest(
                model,
                model,
                options.readPolicy(Registry.names()),
                options.policy.map(file -> String.valueOf(file.getFileName())),
                options.defaults(),
                new BuildRequest.Measurement(0, 0, 1),
                calibration.calibration(),
                options.gatingFallback,
                options.forceStripDense,
                new BuildRequest.Existing(false, false),
                SizeLimit.NONE,
                true,
                threads);
        Path folder = model.toAbsolutePath().getParent();
        Plan plan = Plan.of(request, folder == null ? Path.of(".") : folder);
        if (json.json) {
            session.print(tree(plan).toPrettyString());
        } else {
            print(plan);
        }
        return ExitCode.OK;
    }

    private static ObjectNode tree(Plan plan) {
        ObjectNode out = JsonNodeFactory.instance.objectNode();
        out.put("model", plan.model().toString());
        out.put("input_bytes", plan.inputBytes());
        out.put("file_bytes", plan.fileBytes());
        out.put("disk_free_bytes", plan.diskFreeBytes());
        out.put("ram_bytes", plan.ramBytes());
        var rows = out.putArray("tensors");
        for (Plan.Row row : plan.tensors()) {
            ObjectNode node = rows.addObject();
            node.put("name", row.name());
            node.put("n_out", row.nOut());
            node.put("n_in", row.nIn());
            node.put("dense_bytes", row.denseBytes());
            node.put("payload_bytes", row.payloadBytes());
            node.put("bpw", row.bpw());
            node.put("decision", word(row));
            row.reason().ifPresent(reason -> node.put("reason", reason));
        }
        return out;
    }

    private static String word(Plan.Row row) {
        return row.decision().name().toLowerCase(Locale.ROOT);
    }

    private void print(Plan plan) {
        line("%-26s %11s %12s %12s %8s  %s", "tensor", "shape", "dense", "payload", "bpw", "decision");
        for (Plan.Row row : plan.tensors()) {
            line(
                    "%-26s %11s %12d %12s %8.3f  %s%s",
                    row.name(),
                    row.nOut() + "x" + row.nIn(),
                    row.denseBytes(),
                    row.decision() == Plan.Verdict.CANDIDATE ? String.valueOf(row.payloadBytes()) : "-",
                    row.bpw(),
                    word(row),
                    row.reason().map(reason -> ": " + reason).orElse(""));
        }
        line("input file   %14d bytes  %9.1f MiB", plan.inputBytes(), plan.inputBytes() / MIB);
        line(
                "output file  %14d bytes  %9.1f MiB  if every candidate is replaced",
                plan.fileBytes(), plan.fileBytes() / MIB);
        line(
                "disk free    %14d bytes  %9.1f MiB%s",
                plan.diskFreeBytes(),
                plan.diskFreeBytes() / MIB,
                plan.diskFreeBytes() < plan.fileBytes() ? "  NOT ENOUGH" : "");
        line("memory about %14d bytes  %9.1f MiB", plan.ramBytes(), plan.ramBytes() / MIB);
    }

    private void line(String format, Object... args) {
        session.print(String.format(Locale.ROOT, format, args));
    }
}
