package io.github.seeddelta.nat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/// The only place that gives size or lifetime to memory that native code handed over.
final class Foreign {
    /// No string that native code returns is longer: the JSON of a model's metadata is far below it.
    private static final long MAX_STRING_BYTES = 1L << 30;

    private Foreign() {}

    /// `pointer` as `sizeBytes` readable bytes that end with `lifetime`.
    static MemorySegment view(MemorySegment pointer, long sizeBytes, Arena lifetime) {
        if (pointer.equals(MemorySegment.NULL)) {
            throw new NativeException.Internal("native code returned no data; report this as a bug");
        }
        return pointer.reinterpret(sizeBytes, lifetime, null);
    }

    /// `handle` with the lifetime of `owner`, whose end runs `destructor` on it.
    static MemorySegment owned(MemorySegment handle, Arena owner, Consumer<MemorySegment> destructor) {
        if (handle.equals(MemorySegment.NULL)) {
            throw new NativeException.Internal("native code returned no handle; report this as a bug");
        }
        return handle.reinterpret(owner, destructor);
    }

    /// A copy of the zero-terminated UTF-8 string at `pointer`.
    static String string(MemorySegment pointer) {
        if (pointer.equals(MemorySegment.NULL)) {
            throw new NativeException.Internal("native code returned no string; report this as a bug");
        }
        return pointer.reinterpret(MAX_STRING_BYTES).getString(0);
    }

    /// A copy of the first `sizeBytes` bytes of `memory` as UTF-8 text.
    static String text(MemorySegment memory, long sizeBytes) {
        return new String(memory.asSlice(0, sizeBytes).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }
}
