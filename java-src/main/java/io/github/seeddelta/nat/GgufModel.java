package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.sd.SeedDeltaC;
import io.github.seeddelta.bindings.sd.sd_tensor_info;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// An open GGUF file (`sd_model`): header, metadata, tensor list. Weights are read by [DenseWeight].
public final class GgufModel extends NativeHandle {
    private static final int SHA256_HEX_CHARS = 64;
    private final Path path;

    private GgufModel(Path path, MemorySegment raw) {
        super("model " + path, raw, SeedDeltaC::sd_model_close, List.of());
        this.path = path;
    }

    /// Reads the header and checks that every tensor lies inside the file.
    ///
    /// @throws NativeException.Input when it is no GGUF file that can be read
    /// @throws NativeException.Io when the system refuses
    public static GgufModel open(Path path) {
        NativeLibraries.loadCodec();
        try (NativeCall call = new NativeCall()) {
            call.check(SeedDeltaC.sd_model_open(call.utf8(path), call.out(), call.error()));
            return new GgufModel(path, call.result());
        }
    }

    public Path path() {
        return path;
    }

    public long sizeBytes() {
        return SeedDeltaC.sd_model_size_bytes(handle());
    }

    /// In the order of the file.
    public List<TensorInfo> tensors() {
        try (NativeCall call = new NativeCall()) {
            MemorySegment struct = sd_tensor_info.allocate(call);
            long count = SeedDeltaC.sd_model_n_tensors(handle());
            List<TensorInfo> tensors = new ArrayList<>();
            for (long i = 0; i < count; i++) {
                call.check(SeedDeltaC.sd_model_tensor(handle(), i, struct, call.error()));
                tensors.add(TensorInfo.read(struct));
            }
            return tensors;
        }
    }

    /// All key-value pairs as one JSON object; arrays longer than `maxArray` are cut as the header describes.
    public synchronized String metadataJson(long maxArray) {
        try (NativeCall call = new NativeCall()) {
            call.check(SeedDeltaC.sd_model_metadata(handle(), maxArray, call.out(), call.error()));
            return Foreign.string(call.result());
        }
    }

    /// The SeedΔ weights of the file as a JSON array; empty for an ordinary model. Reads payload contents.
    public synchronized String payloadsJson() {
        try (NativeCall call = new NativeCall()) {
            call.check(SeedDeltaC.sd_model_payloads(handle(), call.out(), call.error()));
            return Foreign.string(call.result());
        }
    }

    /// Hex SHA-256 of the whole file, computed on each call. Progress counts bytes.
    public String sha256(ProgressCell progress) {
        try (NativeCall call = new NativeCall()) {
            MemorySegment hex = call.allocate(SHA256_HEX_CHARS + 1);
            call.check(SeedDeltaC.sd_model_sha256(handle(), hex, progress.segment(), call.error()));
            return hex.getString(0);
        }
    }
}
