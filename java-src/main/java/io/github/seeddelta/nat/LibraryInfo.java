package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.llama.LlamaC;
import io.github.seeddelta.bindings.sd.SeedDeltaC;

/// What the libraries say of themselves and of this machine.
public final class LibraryInfo {
    private LibraryInfo() {}

    /// JSON of `sd_build_info`: version, pin, compiler, base kinds and schemes.
    public static String buildJson() {
        NativeLibraries.loadCodec();
        return Foreign.string(SeedDeltaC.sd_build_info());
    }

    /// JSON of `sd_cpu_info`: brand, features, chosen instruction set.
    ///
    /// @throws NativeException.Usage when SEEDDELTA_ISA names a set that is unknown or that this CPU cannot run
    public static String cpuJson() {
        NativeLibraries.loadCodec();
        try (NativeCall call = new NativeCall()) {
            call.check(SeedDeltaC.sd_cpu_info(call.out(), call.error()));
            return Foreign.string(call.result());
        }
    }

    /// llama.cpp's version.
    public static String llamaVersion() {
        NativeLibraries.loadLlama();
        return Foreign.string(LlamaC.llama_version());
    }

    /// llama.cpp's one-line list of CPU features it was built for.
    public static String llamaSystemInfo() {
        NativeLibraries.loadLlama();
        return Foreign.string(LlamaC.llama_print_system_info());
    }
}
