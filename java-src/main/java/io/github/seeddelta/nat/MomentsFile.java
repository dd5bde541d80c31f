package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.sd.CollectC;
import io.github.seeddelta.bindings.sd.sd_moments_view;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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

    /// The sampled activations of the input that a weight reads, in the order in which they were kept; empty when the
    /// file has none for it.
    ///
    /// @param weight full name: `blk.2.ffn_gate.weight`
    public synchronized float[][] samples(String weight) {
        try (NativeCall call = new NativeCall()) {
            MemorySegment view = sd_moments_view.allocate(call);
            MemorySegment found = call.allocate(ValueLayout.JAVA_INT);
            call.check(CollectC.sd_moments_find(handle(), call.utf8(weight), view, found, call.error()));
            if (found.get(ValueLayout.JAVA_INT, 0) == 0) {
                return new float[0][];
            }
            int count = Math.toIntExact(sd_moments_view.n_samples(view));
            int width = Math.toIntExact(sd_moments_view.n_in(view));
            MemorySegment values =
                    Foreign.view(sd_moments_view.samples(view), (long) count * width * Float.BYTES, arena());
            float[][] samples = new float[count][];
            for (int i = 0; i < count; i++) {
                samples[i] = values.asSlice((long) i * width * Float.BYTES, (long) width * Float.BYTES)
                        .toArray(ValueLayout.JAVA_FLOAT);
            }
            return samples;
        }
    }
}
