package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.sd.SeedDeltaC;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;

/// An encoded weight (`sd_payload`). The same inputs give the same bytes whatever the machine and the threads.
public final class Payload extends NativeHandle {
    private static final int SHA256_HEX_CHARS = 64;

    private Payload(String name, MemorySegment raw, List<NativeHandle> parents) {
        super(name, raw, SeedDeltaC::sd_payload_close, parents);
    }

    /// Exact bytes of the payload tensors that [#encode] will make. Needs no data.
    ///
    /// @throws NativeException.Usage when shape and parameters do not fit
    public static long planBytes(long nOut, long nIn, EncodeParams params) {
        NativeLibraries.loadCodec();
        try (NativeCall call = new NativeCall()) {
            MemorySegment bytes = call.allocate(ValueLayout.JAVA_LONG);
            call.check(SeedDeltaC.sd_payload_plan(nOut, nIn, params.struct(call), bytes, call.error()));
            return bytes.get(ValueLayout.JAVA_LONG, 0);
        }
    }

    /// Chooses and encodes the residual of the base's weight, then fits the row scale. Progress counts weights.
    ///
    /// @param params with the base parameters that `base` was fitted with
    public static Payload encode(FittedBase base, EncodeParams params, ProgressCell progress) {
        try (NativeCall call = new NativeCall()) {
            DenseWeight weight = base.weight();
            call.check(SeedDeltaC.sd_encode(
                    weight.handle(), base.handle(), params.struct(call), call.out(), progress.segment(), call.error()));
            return new Payload("payload of " + weight, call.result(), List.of(weight, base));
        }
    }

    /// @throws NativeException.Input when the file is not one that [#save] wrote whole
    public static Payload load(Path file) {
        NativeLibraries.loadCodec();
        try (NativeCall call = new NativeCall()) {
            call.check(SeedDeltaC.sd_payload_load(call.utf8(file), call.out(), call.error()));
            return new Payload("payload " + file, call.result(), List.of());
        }
    }

    /// The payload of a SeedΔ file's weight, in memory of its own.
    ///
    /// @param weight `blk.2.ffn_gate`
    /// @throws NativeException.Input when the model has no such payload or a reader refuses it
    public static Payload ofModel(GgufModel model, String weight) {
        try (NativeCall call = new NativeCall()) {
            call.check(SeedDeltaC.sd_payload_from_model(model.handle(), call.utf8(weight), call.out(), call.error()));
            return new Payload("payload " + weight + " of " + model, call.result(), List.of());
        }
    }

    /// Hex SHA-256 over the payload's tensors, as a SeedΔ file states it.
    public String sha256() {
        try (NativeCall call = new NativeCall()) {
            MemorySegment hex = call.allocate(SHA256_HEX_CHARS + 1);
            call.check(SeedDeltaC.sd_payload_sha256(handle(), hex, call.error()));
            return hex.getString(0);
        }
    }

    /// Writes one self-contained file with a checksum; it appears whole or not at all.
    public void save(Path file) {
        try (NativeCall call = new NativeCall()) {
            call.check(SeedDeltaC.sd_payload_save(handle(), call.utf8(file), call.error()));
        }
    }

    public long sizeBytes() {
        return SeedDeltaC.sd_payload_size_bytes(handle());
    }
}
