package io.github.seeddelta.build;

import io.github.seeddelta.nat.GgufWriter;
import io.github.seeddelta.nat.Payload;
import io.github.seeddelta.nat.ProgressCell;
import io.github.seeddelta.nat.TensorInfo;
import io.github.seeddelta.gate.TensorId;
import io.github.seeddelta.policy.ResolvedTensor;
import io.github.seeddelta.report.Report;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.SortedMap;

/// Writes the SeedΔ file: payloads and their keys, then a rename once native code has read everything back.
final class OutputFile {
    private OutputFile() {}

    /// @return size of the file in bytes
    static long write(
            BuildRequest request,
            SourceModel source,
            Report report,
            SortedMap<TensorId, List<Measured>> measured,
            Journal journal,
            ProgressCell progress,
            BuildListener listener)
            throws IOException {
        Path part = request.output().resolveSibling(request.output().getFileName() + ".part");
        try (GgufWriter writer = GgufWriter.open(source.file())) {
            boolean globals = false;
            for (Report.Tensor row : report.tensors()) {
                if (!row.decision().emitDelta()) {
                    continue;
                }
                ResolvedTensor tensor = row.resolved().orElseThrow();
                if (!globals) {
                    writeGlobals(writer, report, tensor, row, source.weight(row.id()));
                    globals = true;
                }
                try (Payload payload = Payload.load(journal.payload(row.id()))) {
                    writer.addPayload(row.name(), payload, row.decision().stripApplied());
                }
                writeKeys(writer, row);
            }
            long bytes = writer.planBytes();
            requireSpace(part, bytes);
            progress.restart();
            listener.progress(0, 1, "writing and reading back " + request.output().getFileName());
            writer.write(part, progress);
            Files.move(part, request.output(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            listener.progress(1, 1, "done");
            return bytes;
        }
    }

    /// Defaults that a weight's own keys override, and where the file comes from.
    private static void writeGlobals(GgufWriter writer, Report report, ResolvedTensor first, Report.Tensor row, TensorInfo dense) {
        writer.setString("seeddelta.scheme", first.scheme());
        writer.setString("seeddelta.base.kind", first.base().kind());
        writer.setU64("seeddelta.base.seed", first.base().seed());
        row.chosen().ifPresent(variant -> {
            writer.setU32("seeddelta.resid.K", variant.k());
            writer.setU32("seeddelta.resid.block", variant.block());
        });
        writer.setBool("seeddelta.row_scale", first.rowScale());
        writer.setString("seeddelta.source_precision", dense.type());
        writer.setString("seeddelta.source_sha256", report.build().inputSha256());
        writer.setString("seeddelta.builder.version", report.build().builderVersion());
        report.build().policy().ifPresent(p -> writer.setString("seeddelta.policy.hash", p.hash().fnv1a64()));
    }

    private static void writeKeys(GgufWriter writer, Report.Tensor row) {
        String prefix = "seeddelta.blk." + row.id().layer() + "." + row.id().kind().jsonName() + ".";
        writer.setBool(prefix + "gating_pass", row.passed());
        writer.setBool(prefix + "strip_dense", row.decision().stripApplied());
        writer.setBool(prefix + "forced", row.decision().forced());
        row.resolved().ifPresent(tensor -> writer.setBool(prefix + "row_scale", tensor.rowScale()));
    }

    static void requireSpace(Path part, long bytes) throws IOException {
        Path folder = part.toAbsolutePath().getParent();
        FileStore store = Files.getFileStore(folder);
        if (store.getUsableSpace() < bytes) {
            throw new BuildException.NoSpace(folder + ": " + store.getUsableSpace() / (1 << 20) + " MiB are free, the file needs "
                    + bytes / (1 << 20) + " MiB; free some space or write elsewhere");
        }
    }
}
