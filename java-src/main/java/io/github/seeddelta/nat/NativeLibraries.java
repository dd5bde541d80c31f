package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.llama.LlamaC;
import io.github.seeddelta.bindings.sd.CollectC;
import io.github.seeddelta.bindings.sd.SeedDeltaC;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Loads the native libraries, once per process and in the order of their dependencies. A library that does not fit is
/// found here and not by a crash.
public final class NativeLibraries {
    private static @Nullable Path codecDir;
    private static boolean llamaLoaded;

    private NativeLibraries() {}

    /// Loads libseeddelta and checks its ABI.
    ///
    /// @return the folder it came from
    /// @throws NativeException.Usage when it is missing or does not fit
    public static synchronized Path loadCodec() {
        Path loaded = codecDir;
        if (loaded != null) {
            return loaded;
        }
        Path dir = NativeDirectory.find();
        load(dir, NativeDirectory.CODEC_LIBRARIES);
        AbiCheck.verify(
                dir.resolve("libseeddelta.so").toString(),
                SeedDeltaC.sd_abi_version(),
                SeedDeltaC::sd_struct_size,
                CollectC::sd_collect_struct_size);
        codecDir = dir;
        return dir;
    }

    /// Loads llama.cpp after asking libseeddelta whether this machine can run it, and sends its log to [NativeLog].
    ///
    /// @throws NativeException.Usage when a library is missing or was built for another CPU
    public static synchronized void loadLlama() {
        if (llamaLoaded) {
            return;
        }
        Path dir = loadCodec();
        try (NativeCall call = new NativeCall()) {
            call.check(SeedDeltaC.sd_host_check(call.error()));
        }
        load(dir, NativeDirectory.LLAMA_LIBRARIES);
        NativeLog.install();
        LlamaC.llama_backend_init();
        llamaLoaded = true;
    }

    @SuppressWarnings("restricted")
    private static void load(Path dir, List<String> names) {
        for (String name : names) {
            try {
                System.load(dir.resolve(name).toString());
            } catch (UnsatisfiedLinkError e) {
                throw new NativeException.Usage(
                        dir.resolve(name) + " cannot be loaded: " + e.getMessage() + "; run: seeddelta native build");
            }
        }
    }
}
