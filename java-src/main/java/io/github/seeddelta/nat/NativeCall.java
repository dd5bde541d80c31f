package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.sd.SeedDeltaC;
import io.github.seeddelta.bindings.sd.sd_error;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// The temporaries of one call into libseeddelta: arguments, the error struct, one out-pointer. Nothing of it outlives
/// [#close()]. Used by one thread.
final class NativeCall implements AutoCloseable, SegmentAllocator {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment error = sd_error.allocate(arena);
    private final MemorySegment out = arena.allocate(ValueLayout.ADDRESS);

    MemorySegment error() {
        return error;
    }

    MemorySegment out() {
        return out;
    }

    /// What the callee stored in [#out()].
    MemorySegment result() {
        return out.get(ValueLayout.ADDRESS, 0);
    }

    MemorySegment utf8(String text) {
        if (text.indexOf('\0') >= 0) {
            throw new NativeException.Usage(
                    "a name with a zero character in it cannot be used: " + text.replace("\0", "\\0"));
        }
        return arena.allocateFrom(text);
    }

    MemorySegment utf8(Path path) {
        return utf8(path.toString());
    }

    MemorySegment strings(List<String> texts) {
        MemorySegment array = arena.allocate(MemoryLayout.sequenceLayout(texts.size(), ValueLayout.ADDRESS));
        for (int i = 0; i < texts.size(); i++) {
            array.setAtIndex(ValueLayout.ADDRESS, i, utf8(texts.get(i)));
        }
        return array;
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        return arena.allocate(byteSize, byteAlignment);
    }

    /// @throws NativeException when `status` is not SD_OK, with the message of [#error()]
    void check(int status) {
        if (status != SeedDeltaC.SD_OK()) {
            throw NativeException.of(NativeStatus.of(status), message());
        }
    }

    private String message() {
        MemorySegment bytes = sd_error.message(error);
        long length = 0;
        while (length < bytes.byteSize() && bytes.get(ValueLayout.JAVA_BYTE, length) != 0) {
            length++;
        }
        return length == 0 ? "native code failed without saying why" : Foreign.text(bytes, length);
    }

    @Override
    public void close() {
        arena.close();
    }

    /// Writes `text` zero-terminated into the char array `field`.
    ///
    /// @throws NativeException.Usage when it does not fit
    static void putName(MemorySegment field, String what, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length >= field.byteSize() || text.indexOf('\0') >= 0) {
            throw new NativeException.Usage("unknown " + what + " \"" + text.replace("\0", "\\0") + "\"");
        }
        field.fill((byte) 0);
        MemorySegment.copy(bytes, 0, field, ValueLayout.JAVA_BYTE, 0, bytes.length);
    }
}
