package io.github.seeddelta.build;

import io.github.seeddelta.gate.TensorId;
import io.github.seeddelta.gate.ThresholdSets;
import io.github.seeddelta.gate.ThresholdSets.Demand;
import io.github.seeddelta.nat.GgufWriter;
import io.github.seeddelta.nat.TensorInfo;
import io.github.seeddelta.policy.Keys;
import io.github.seeddelta.policy.KnownNames;
import io.github.seeddelta.policy.ResolvedTensor;
import io.github.seeddelta.tune.Variant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What a build would do to every tensor, in exact bytes, before any of them is looked at.
///
/// @param inputBytes size of the input file
/// @param fileBytes  size of the output if gate and stack admit every candidate, exact to the byte
/// @param diskFreeBytes on the disk of the folder that was named
/// @param ramBytes   estimate of the build's own memory at its peak, model pages not counted
public record Plan(Path model, long inputBytes, long fileBytes, long diskFreeBytes, long ramBytes, List<Row> tensors) {
    private static final long RAM_FLOOR_BYTES = 256L << 20;
    private static final long RAM_PER_THREAD_BYTES = 8L << 20;

    /// What is known of a tensor before it is measured.
    public enum Verdict {
        CANDIDATE,
        DENIED,
        DISABLED,
        ABSENT
    }

    /// @param payloadBytes of the payload, largest variant of a schedule; 0 when none will be made
    /// @param bpw bits per weight of the payload; of the dense weight when none will be made
    /// @param reason one sentence for what is no candidate
    public record Row(
            String name,
            long nOut,
            long nIn,
            long denseBytes,
            long payloadBytes,
            double bpw,
            Verdict decision,
            Optional<String> reason) {}

    /// @param folder where the output would go
    /// @throws BuildException when the request does not fit the model
    public static Plan of(BuildRequest request, Path folder) throws IOException {
        try (SourceModel source = SourceModel.open(request.model());
                GgufWriter writer = GgufWriter.open(source.file())) {
            if (source.carriesPayloads()) {
                throw new BuildException.BadInput(
                        request.model() + ": is a SeedΔ file already; plan with the original model it was built from");
            }
            return new Planning(request, source, writer).run(folder);
        }
    }

    /// Bytes of the output file that are not candidates: everything else, and the keys of a file in which all of them
    /// are replaced.
    static long restBytes(SourceModel source, List<Candidate> candidates) {
        try (GgufWriter writer = GgufWriter.open(source.file())) {
            long payloads = 0;
            for (Candidate candidate : candidates) {
                Variant variant = candidate.variants().getFirst();
                Encoding encoding = candidate.encoding();
                writer.planPayload(candidate.dense().name(), encoding.params(variant, 1), true);
                payloads += encoding.bytes(variant);
            }
            return writer.planBytes() - payloads;
        }
    }

    private static final class Planning {
        private final BuildRequest request;
        private final SourceModel source;
        private final GgufWriter writer;
        private final KnownNames names = Registry.names();
        private final Map<TensorId, Row> rows = new TreeMap<>();
        private long largestWeights;
        private boolean globals;

        Planning(BuildRequest request, SourceModel source, GgufWriter writer) {
            this.request = request;
            this.source = source;
            this.writer = writer;
        }

        Plan run(Path folder) throws IOException {
            source.weights().forEach(this::add);
            source.absent()
                    .forEach((id, why) -> rows.put(
                            id,
                            new Row(
                                    id.kind().weightName(id.layer()),
                                    0,
                                    0,
                                    0,
                                    0,
                                    0,
                                    Verdict.ABSENT,
                                    Optional.of(why))));
            return new Plan(
                    request.model(),
                    source.file().sizeBytes(),
                    writer.planBytes(),
                    Files.getFileStore(folder.toAbsolutePath()).getUsableSpace(),
                    RAM_FLOOR_BYTES + 2 * Float.BYTES * largestWeights + request.threads() * RAM_PER_THREAD_BYTES,
                    new ArrayList<>(rows.values()));
        }

        private void add(TensorId id, TensorInfo dense) {
            ResolvedTensor tensor =
                    request.policy().resolve(id.layer(), id.kind(), request.cli(), source.layerCount(), names);
            if (!tensor.enabled()) {
                String by =
                        tensor.get(Keys.ENABLED).map(v -> v.origin().describe()).orElse("nobody");
                rows.put(id, row(dense, 0, Verdict.DISABLED, Optional.of("switched off by " + by)));
                return;
            }
            if (ThresholdSets.demand(tensor.gating(), id.kind()) instanceof Demand.Denied denied) {
                rows.put(id, row(dense, 0, Verdict.DENIED, Optional.of(denied.sentence())));
                return;
            }
            Encoding encoding = new Encoding(tensor, dense);
            Variant largest = encoding.variants().getLast();
            if (!globals) {
                BuildKeys.write(writer, request, tensor, largest, dense);
                globals = true;
            }
            writer.planPayload(dense.name(), encoding.params(largest, 1), tensor.stripDense());
            BuildKeys.writeOwn(writer, id, tensor, true, tensor.stripDense(), false);
            largestWeights = Math.max(
                    largestWeights, dense.shape().get(0) * dense.shape().get(1));
            rows.put(id, row(dense, encoding.bytes(largest), Verdict.CANDIDATE, Optional.empty()));
        }

        private static Row row(TensorInfo dense, long payloadBytes, Verdict verdict, Optional<String> reason) {
            long nIn = dense.shape().get(0);
            long nOut = dense.shape().get(1);
            long bytes = verdict == Verdict.CANDIDATE ? payloadBytes : dense.sizeBytes();
            return new Row(
                    dense.name(),
                    nOut,
                    nIn,
                    dense.sizeBytes(),
                    payloadBytes,
                    8.0 * bytes / (nOut * nIn),
                    verdict,
                    reason);
        }
    }
}
