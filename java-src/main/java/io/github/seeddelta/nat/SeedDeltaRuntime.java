package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.sd.RuntimeC;
import io.github.seeddelta.bindings.sd.sd_runtime_options;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The part of libllama that runs payloads. Its state is that of the process; use it in [Isolated].
public final class SeedDeltaRuntime {
    private SeedDeltaRuntime() {}

    /// For the models that are loaded from now on.
    public static void apply(RuntimeOptions options) {
        NativeLibraries.loadLlama();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment struct = sd_runtime_options.allocate(arena);
            sd_runtime_options.payloads(struct, options.payloads() ? 1 : 0);
            sd_runtime_options.fallback(struct, options.fallback() ? 1 : 0);
            sd_runtime_options.gap(struct, (float) options.gap());
            RuntimeC.sd_runtime_set_options(struct);
        }
    }

    /// Elements of results that were not finite since the process started, and were replaced.
    public static long nonFiniteCount() {
        NativeLibraries.loadLlama();
        return RuntimeC.sd_runtime_non_finite_count();
    }
}
