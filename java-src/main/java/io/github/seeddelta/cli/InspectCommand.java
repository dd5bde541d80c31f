package io.github.seeddelta.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.seeddelta.build.Inspection;
import io.github.seeddelta.cli.frame.CliException;
import io.github.seeddelta.cli.frame.ExitCode;
import io.github.seeddelta.cli.frame.Session;
import io.github.seeddelta.eval.run.Probe;
import io.github.seeddelta.nat.TensorInfo;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "inspect",
        description = "Show what a GGUF file holds: types, and the payloads of a SeedΔ file with their stored errors.",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  seeddelta inspect small.gguf --tensors"})
final class InspectCommand implements Callable<Integer> {
    private static final double MIB = 1048576.0;

    private final Session session;

    @Mixin
    CommonOptions common;

    @Mixin
    JsonOption json;

    @Parameters(paramLabel = "MODEL", description = "A GGUF file.")
    Path model;

    @Option(names = "--tensors", description = "List every tensor.")
    boolean listTensors;

    @Option(
            names = "--probe",
            description = "Run the file over 64 tokens and count results of SeedΔ weights that are not finite.")
    boolean probe;

    @Option(names = "--threads", paramLabel = "N", description = "Worker threads of --probe. Default: all processors.")
    int threads = Runtime.getRuntime().availableProcessors();

    InspectCommand(Session session) {
        this.session = session;
    }

    /// The JSON form; tensors and probe only when asked for.
    private record Json(
            String file,
            long sizeBytes,
            String architecture,
            String name,
            int layerCount,
            Map<String, Inspection.TypeTotal> types,
            List<Inspection.PayloadRow> payloads,
            List<TensorInfo> tensors,
            JsonNode metadata,
            Optional<Probe> probe) {}

    @Override
    public Integer call() {
        Checks.atLeast("--threads", threads, 1);
        Inspection found = Inspection.of(model);
        Optional<Probe> probed =
                probe && found.broken().isEmpty() ? Optional.of(Probe.run(model, threads)) : Optional.empty();
        if (json.json) {
            session.printJson(new Json(
                    model.toString(),
                    found.sizeBytes(),
                    found.architecture(),
                    found.name(),
                    found.layerCount(),
                    found.types(),
                    found.payloads(),
                    listTensors ? found.tensors() : List.of(),
                    found.metadata(),
                    probed));
        } else {
            print(found);
            probed.ifPresent(p -> line("probe: %d tokens, %d results were not finite", p.tokens(), p.nonFinite()));
        }
        if (!found.broken().isEmpty()) {
            Inspection.PayloadRow first = found.broken().getFirst();
            throw new CliException.BadInput(model + ": " + found.broken().size() + " of "
                    + found.payloads().size() + " payloads cannot be read; first: "
                    + first.problem().orElse(first.name()));
        }
        return ExitCode.OK;
    }

    private void print(Inspection found) {
        line(
                "%s: %s, %s, %d layers, %.1f MiB",
                model,
                found.name().isEmpty() ? "unnamed" : found.name(),
                found.architecture(),
                found.layerCount(),
                found.sizeBytes() / MIB);
        found.types()
                .forEach((type, total) ->
                        line("  %-8s %5d tensors %10.1f MiB", type, total.tensors(), total.sizeBytes() / MIB));
        if (found.payloads().isEmpty()) {
            line("no payloads: an ordinary model");
        } else {
            long stripped = found.payloads().stream()
                    .filter(Inspection.PayloadRow::stripped)
                    .count();
            line(
                    "%d SeedΔ weights, %d of them without a dense twin",
                    found.payloads().size(), stripped);
            line(
                    "  %-18s %11s  %-10s %-9s %9s %6s %9s %9s  %s",
                    "weight", "shape", "base", "scheme", "KiB", "bpw", "rel_l2", "rel_l2_w", "");
            found.payloads().forEach(this::print);
        }
        if (listTensors) {
            for (TensorInfo tensor : found.tensors()) {
                line(
                        "  %-32s %-6s %-18s %12d bytes",
                        tensor.name(),
                        tensor.type(),
                        tensor.shape().stream().map(String::valueOf).collect(Collectors.joining(" x ")),
                        tensor.sizeBytes());
            }
        }
    }

    private void print(Inspection.PayloadRow row) {
        line(
                "  %-18s %11s  %-10s %-9s %9.1f %6.3f %9s %9s  %s",
                row.name(),
                row.nOut() + "x" + row.nIn(),
                row.base(),
                row.scheme(),
                row.payloadBytes() / 1024.0,
                row.bitsPerWeight(),
                number(row.relativeError()),
                number(row.relativeErrorWeighted()),
                row.problem()
                        .map(p -> "BROKEN")
                        .orElse((row.stripped() ? "stripped" : "twin kept") + (row.forced() ? " FORCED" : "")));
    }

    private static String number(Optional<Double> value) {
        return value.map(v -> String.format(Locale.ROOT, "%.4f", v)).orElse("-");
    }

    private void line(String format, Object... args) {
        session.print(String.format(Locale.ROOT, format, args));
    }
}
