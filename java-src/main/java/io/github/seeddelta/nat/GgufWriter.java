package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.sd.SeedDeltaC;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;

/// A new GGUF file made from another one (`sd_writer`): its metadata and tensors in its order, until told otherwise.
public final class GgufWriter extends NativeHandle {
    private GgufWriter(GgufModel source, MemorySegment raw) {
        super("writer from " + source, raw, SeedDeltaC::sd_writer_close, List.of(source));
    }

    public static GgufWriter open(GgufModel source) {
        try (NativeCall call = new NativeCall()) {
            call.check(SeedDeltaC.sd_writer_open(source.handle(), call.out(), call.error()));
            return new GgufWriter(source, call.result());
        }
    }

    public void setBool(String key, boolean value) {
        try (NativeCall call = new NativeCall()) {
            call.check(SeedDeltaC.sd_writer_set_bool(handle(), call.utf8(key), value ? 1 : 0, call.error()));
        }
    }

    /// @param value all 32 bits count
    public void setU32(String key, int value) {
        try (NativeCall call = new NativeCall()) {
            call.check(SeedDeltaC.sd_writer_set_u32(handle(), call.utf8(key), value, call.error()));
        }
    }

    /// @param value all 64 bits count
    public void setU64(String key, long value) {
        try (NativeCall call = new NativeCall()) {
            call.check(SeedDeltaC.sd_writer_set_u64(handle(), call.utf8(key), value, call.error()));
        }
    }

    public void setF32(String key, float value) {
        try (NativeCall call = new NativeCall()) {
            call.check(SeedDeltaC.sd_writer_set_f32(handle(), call.utf8(key), value, call.error()));
        }
    }

    public void setString(String key, String value) {
        try (NativeCall call = new NativeCall()) {
            call.check(SeedDeltaC.sd_writer_set_string(handle(), call.utf8(key), call.utf8(value), call.error()));
        }
    }

    public void setStrings(String key, List<String> values) {
        try (NativeCall call = new NativeCall()) {
            call.check(SeedDeltaC.sd_writer_set_strings(
                    handle(), call.utf8(key), call.strings(values), values.size(), call.error()));
        }
    }

    /// Places the payload where the dense tensor stands; with `strip` the dense tensor leaves the file. The payload is
    /// copied.
    ///
    /// @param tensor full name of the dense tensor: `blk.2.ffn_gate.weight`
    /// @throws NativeException.Input when shape or name do not fit
    public void addPayload(String tensor, Payload payload, boolean strip) {
        try (NativeCall call = new NativeCall()) {
            call.check(SeedDeltaC.sd_writer_add_payload(
                    handle(), call.utf8(tensor), payload.handle(), strip ? 1 : 0, call.error()));
        }
    }

    /// Leaves a payload of the source out.
    ///
    /// @param weight `blk.2.ffn_gate`
    /// @throws NativeException.Input when the source has none, or no dense tensor that remains
    public void dropPayload(String weight) {
        try (NativeCall call = new NativeCall()) {
            call.check(SeedDeltaC.sd_writer_drop_payload(handle(), call.utf8(weight), call.error()));
        }
    }

    /// Counts a payload that does not exist yet in [#planBytes], as [#addPayload] would place it. A writer that was
    // given
    /// one refuses to write.
    public void planPayload(String tensor, EncodeParams params, boolean strip) {
        try (NativeCall call = new NativeCall()) {
            call.check(SeedDeltaC.sd_writer_plan_payload(
                    handle(), call.utf8(tensor), params.struct(call), strip ? 1 : 0, call.error()));
        }
    }

    /// Turns every payload of the source into a dense tensor that stock llama.cpp loads.
    ///
    /// @param type `f16`, `f32` or `auto`
    public void restore(String type) {
        try (NativeCall call = new NativeCall()) {
            call.check(SeedDeltaC.sd_writer_restore(handle(), call.utf8(type), call.error()));
        }
    }

    /// Exact size of the file that [#write] will make.
    public long planBytes() {
        try (NativeCall call = new NativeCall()) {
            MemorySegment bytes = call.allocate(ValueLayout.JAVA_LONG);
            call.check(SeedDeltaC.sd_writer_plan(handle(), bytes, call.error()));
            return bytes.get(ValueLayout.JAVA_LONG, 0);
        }
    }

    /// Writes the file, flushes it to disk and reads every payload back. The caller renames it; on an error it is
    /// removed. Progress counts bytes of the file.
    public void write(Path file, ProgressCell progress) {
        try (NativeCall call = new NativeCall()) {
            call.check(SeedDeltaC.sd_writer_write(handle(), call.utf8(file), progress.segment(), call.error()));
        }
    }
}
