package io.github.seeddelta.build;

import io.github.seeddelta.gate.Decision;
import io.github.seeddelta.gate.StripContract;
import io.github.seeddelta.gate.TensorId;
import io.github.seeddelta.nat.GgufWriter;
import io.github.seeddelta.nat.Payload;
import io.github.seeddelta.nat.ProgressCell;
import io.github.seeddelta.nat.TensorInfo;
import io.github.seeddelta.policy.PolicyHash;
import io.github.seeddelta.policy.ResolvedTensor;
import io.github.seeddelta.report.Report;
import io.github.seeddelta.report.ReportToPolicy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Writes the SeedΔ file: payloads and their keys, then a rename once native code has read everything back and what is
/// in the file agrees with what was decided.
final class OutputFile {
    private final BuildRequest request;
    private final SourceModel source;
    private final Report report;
    private final CalibrationData calibration;
    private final boolean overwrite;

    /// @param overwrite payloads of the source that are not built again leave the file
    OutputFile(
            BuildRequest request, SourceModel source, Report report, CalibrationData calibration, boolean overwrite) {
        this.request = request;
        this.source = source;
        this.report = report;
        this.calibration = calibration;
        this.overwrite = overwrite;
    }

    /// @return size of the file in bytes
    long write(Journal journal, ProgressCell progress, BuildListener listener) throws IOException {
        Path part = request.output().resolveSibling(request.output().getFileName() + ".part");
        try (GgufWriter writer = GgufWriter.open(source.file())) {
            addPayloads(writer, journal);
            long bytes = writer.planBytes();
            requireSpace(part, bytes);
            progress.restart();
            listener.progress(
                    0, 1, "writing and reading back " + request.output().getFileName());
            writer.write(part, progress);
            requireContract(part);
            Files.move(part, request.output(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            listener.progress(1, 1, "done");
            return bytes;
        }
    }

    private void addPayloads(GgufWriter writer, Journal journal) {
        List<Report.Tensor> built = report.tensors().stream()
                .filter(row -> row.decision().emitDelta() && row.decision().result() != Decision.Result.EXISTING)
                .toList();
        boolean first = !source.carriesPayloads() || overwrite;
        for (Report.Tensor row : built) {
            ResolvedTensor tensor = row.resolved().orElseThrow();
            if (first) {
                BuildKeys.write(writer, tensor, row.chosen().orElseThrow(), source.weight(row.id()), provenance());
                calibration.writeKeys(writer);
                first = false;
            }
            try (Payload payload =
                    Payload.load(journal.payload(row.id(), row.chosen().orElseThrow()))) {
                writer.addPayload(row.name(), payload, row.decision().stripApplied());
            }
            Decision decision = row.decision();
            BuildKeys.writeOwn(writer, row.id(), tensor, row.passed(), decision.stripApplied(), decision.forced());
        }
        if (overwrite) {
            Set<TensorId> again = built.stream().map(Report.Tensor::id).collect(Collectors.toSet());
            source.payloads().forEach((id, row) -> {
                if (!again.contains(id)) {
                    writer.dropPayload(row.name());
                }
            });
        }
    }

    private BuildKeys.Provenance provenance() {
        Report.Build build = report.build();
        byte[] policy = ReportToPolicy.convert(report).getBytes(StandardCharsets.UTF_8);
        return new BuildKeys.Provenance(
                build.inputSha256(),
                build.builderVersion(),
                PolicyHash.of(policy).fnv1a64());
    }

    /// Looks at the written file as a stranger would. That payloads were read back and run is the writer's work: it
    /// fails otherwise.
    private void requireContract(Path part) throws IOException {
        List<String> violations;
        try (SourceModel written = SourceModel.open(part)) {
            Map<TensorId, Inspection.PayloadRow> payloads = written.payloads();
            Set<String> names =
                    written.file().tensors().stream().map(TensorInfo::name).collect(Collectors.toSet());
            List<StripContract.Written> rows = new ArrayList<>();
            for (Report.Tensor row : report.tensors()) {
                Inspection.PayloadRow payload = payloads.get(row.id());
                boolean sound = payload != null && payload.problem().isEmpty();
                rows.add(new StripContract.Written(
                        row.id(), row.decision(), payload != null, names.contains(row.name()), sound, sound));
            }
            violations = StripContract.violations(rows);
        }
        if (!violations.isEmpty()) {
            Files.delete(part);
            throw new IllegalStateException(
                    "the strip contract is broken, the file was discarded: " + String.join("; ", violations));
        }
    }

    static void requireSpace(Path part, long bytes) throws IOException {
        Path folder = part.toAbsolutePath().getParent();
        FileStore store = Files.getFileStore(folder);
        if (store.getUsableSpace() < bytes) {
            throw new BuildException.NoSpace(
                    folder + ": " + store.getUsableSpace() / (1 << 20) + " MiB are free, the file needs "
                            + bytes / (1 << 20) + " MiB; free some space or write elsewhere");
        }
    }
}
