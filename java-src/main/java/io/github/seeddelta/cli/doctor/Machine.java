package io.github.seeddelta.cli.doctor;

import io.github.seeddelta.cli.frame.ProcFile;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/// Reads what Linux says about the processor, the memory and the disk. What cannot be read is empty or 0.
final class Machine {
    private static final Set<String> AVX2 = Set.of("avx2", "fma", "f16c");
    private static final Set<String> AVX512 = Set.of("avx512f", "avx512bw", "avx512dq", "avx512vl");

    private Machine() {}

    /// Source: /proc/cpuinfo, first processor.
    static Diagnosis.Cpu cpu(Path proc) {
        ProcFile file = ProcFile.read(proc.resolve("cpuinfo"));
        int threads = (int) file.lines().stream()
                .filter(line -> line.startsWith("processor"))
                .count();
        Set<String> flags = ProcFile.cpuFlags(proc);
        return new Diagnosis.Cpu(
                file.value("model name"), threads, flags.stream().sorted().toList(), isa(flags));
    }

    /// The widest kernels these features allow. The native dispatch has the last word.
    static String isa(Set<String> features) {
        if (!features.containsAll(AVX2)) {
            return "scalar";
        }
        if (!features.containsAll(AVX512)) {
            return features.contains("avx_vnni") ? "avxvnni" : "avx2";
        }
        if (!features.contains("avx512_vnni")) {
            return "avx512";
        }
        return features.contains("avx512vbmi") ? "avx512vbmi" : "avx512vnni";
    }

    /// Source: /proc/meminfo, which counts in KiB.
    static Diagnosis.Memory memory(Path proc) {
        ProcFile file = ProcFile.read(proc.resolve("meminfo"));
        return new Diagnosis.Memory(kibibytes(file, "MemTotal") * 1024, kibibytes(file, "MemAvailable") * 1024);
    }

    static Diagnosis.Disk disk(Path folder) {
        try {
            FileStore store = Files.getFileStore(folder);
            return new Diagnosis.Disk(folder.toString(), store.getUsableSpace());
        } catch (IOException e) {
            return new Diagnosis.Disk(folder.toString(), 0);
        }
    }

    private static long kibibytes(ProcFile file, String key) {
        String digits = file.value(key).replaceAll("\\D", "");
        return digits.isEmpty() ? 0 : Long.parseLong(digits);
    }
}
