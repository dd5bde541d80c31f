package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.sd.CollectC;
import io.github.seeddelta.bindings.sd.sd_imatrix_view;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// llama.cpp's imatrix GGUF (`sd_imatrix`): the mean square of every input of every weight.
public final class ImatrixFile extends NativeHandle {
    private ImatrixFile(Path file, MemorySegment raw) {
        super("imatrix " + file, raw, CollectC::sd_imatrix_close, List.of());
    }

    /// @throws NativeException.Input when it is another kind of file, or its values are negative or not finite
    public static ImatrixFile open(Path file) {
        NativeLibraries.loadCodec();
        try (NativeCall call = new NativeCall()) {
            call.check(CollectC.sd_imatrix_open(call.utf8(file), call.out(), call.error()));
            return new ImatrixFile(file, call.result());
        }
    }

    /// @throws NativeException.Input naming what differs when an entry has no weight in the model or another shape
    public void check(GgufModel model) {
        try (NativeCall call = new NativeCall()) {
            call.check(CollectC.sd_imatrix_check(handle(), model.handle(), call.error()));
        }
    }

    /// Mean square of each input of `blk.2.ffn_gate.weight`; empty when there is no entry, or one for experts.
    public Optional<float[]> importance(String weight) {
        try (NativeCall call = new NativeCall()) {
            MemorySegment view = sd_imatrix_view.allocate(call);
            MemorySegment found = call.allocate(ValueLayout.JAVA_INT);
            call.check(CollectC.sd_imatrix_find(handle(), call.utf8(weight), view, found, call.error()));
            if (found.get(ValueLayout.JAVA_INT, 0) == 0 || sd_imatrix_view.n_mat(view) != 1) {
                return Optional.empty();
            }
            long sizeBytes = sd_imatrix_view.n_in(view) * ValueLayout.JAVA_FLOAT.byteSize();
            return Optional.of(Foreign.view(sd_imatrix_view.values(view), sizeBytes, arena())
                    .toArray(ValueLayout.JAVA_FLOAT));
        }
    }
}
