package io.github.seeddelta.build;

import io.github.seeddelta.gate.TensorId;
import io.github.seeddelta.nat.GgufWriter;
import io.github.seeddelta.nat.TensorInfo;
import io.github.seeddelta.policy.PolicyHash;
import io.github.seeddelta.policy.ResolvedTensor;
import io.github.seeddelta.tune.Variant;

/// The keys that a build adds beside those of the format, in one place for the file and for its plan.
final class BuildKeys {
    private static final String NO_DIGEST = "0".repeat(64);
    private static final String NO_HASH = PolicyHash.of(new byte[0]).fnv1a64();

    private BuildKeys() {}

    /// Where the file comes from.
    ///
    /// @param sha256     of the input
    /// @param policyHash of the policy that reproduces the file (`build --policy-export`), however it was asked for
    record Provenance(String sha256, String builderVersion, String policyHash) {}

    /// As the build will write them; digests have their length, not their value.
    static void write(
            GgufWriter writer, BuildRequest request, ResolvedTensor first, Variant variant, TensorInfo dense) {
        write(writer, first, variant, dense, new Provenance(NO_DIGEST, Registry.builderVersion(), NO_HASH));
        CalibrationKeys.write(writer, request.calibration(), NO_DIGEST, NO_DIGEST);
    }

    /// Defaults that a weight's own keys override, and provenance.
    static void write(
            GgufWriter writer, ResolvedTensor first, Variant variant, TensorInfo dense, Provenance provenance) {
        writer.setString("seeddelta.scheme", first.scheme());
        writer.setString("seeddelta.base.kind", first.base().kind());
        writer.setU64("seeddelta.base.seed", first.base().seed());
        writer.setU32("seeddelta.resid.K", variant.k());
        writer.setU32("seeddelta.resid.block", variant.block());
        writer.setBool("seeddelta.row_scale", first.rowScale());
        writer.setString("seeddelta.source_precision", dense.type());
        writer.setString("seeddelta.source_sha256", provenance.sha256());
        writer.setString("seeddelta.builder.version", provenance.builderVersion());
        writer.setString("seeddelta.policy.hash", provenance.policyHash());
    }

    /// What was decided about one weight.
    static void writeOwn(
            GgufWriter writer, TensorId id, ResolvedTensor tensor, boolean pass, boolean strip, boolean forced) {
        String prefix = "seeddelta.blk." + id.layer() + "." + id.kind().jsonName() + ".";
        writer.setBool(prefix + "gating_pass", pass);
        writer.setBool(prefix + "strip_dense", strip);
        writer.setBool(prefix + "forced", forced);
        writer.setBool(prefix + "row_scale", tensor.rowScale());
    }
}
