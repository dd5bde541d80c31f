package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.sd.CollectC;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/// Second moments and sampled activations of a model's inputs (`sd_moments`); matrices are read when asked for.
public final class MomentsFile extends NativeHandle {
    private MomentsFile(Path file, MemorySegment raw) {
        super("moments " + file, raw, CollectC::sd_moments_close, List.of());
    }

    /// @throws NativeException.Input when it is another kind of file
    public static MomentsFile open(Path file) {
        NativeLibraries.loadCodec();
        try (NativeCall call = new NativeCall()) {
            call.check(CollectC.sd_moments_open(call.utf8(file), call.out(), call.error()));
            return new MomentsFile(file, call.result());
        }
    }

    /// JSON of `sd_moments_info`: provenance and inputs.
    public synchronized String infoJson() {
        try (NativeCall call = new NativeCall()) {
            call.check(CollectC.sd_moments_info(handle(), call.out(), call.error()));
            return Foreign.string(call.result());
        }
    }

    /// @param modelSha256 64 hex digits
    /// @throws NativeException.Input naming what differs: a weight the model lacks, its inputs, the digest
    public void check(GgufModel model, String modelSha256) {
        try (NativeCall call = new NativeCall()) {
            call.check(CollectC.sd_moments_check(handle(), model.handle(), call.utf8(modelSha256), call.error()));
        }
    }
}
