package io.github.seeddelta.eval.memory;

import io.github.seeddelta.eval.EvalException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Reads a process's memory from `/proc`.
///
/// `smaps_rollup` walks the page tables and is exact; the counters in `status` are batched per thread and may be off
/// by some pages, but only `status` knows the peak. So: the split from the first where it can be read, else from the
/// second; the peak from the second.
public final class ProcMemory {
    private static final long KIB = 1024;

    private ProcMemory() {}

    /// Errors: EvalException when the process is gone or the kernel reports no memory for it.
    public static MemorySample read(long pid) {
        return read(Path.of("/proc", Long.toString(pid)), "process " + pid);
    }

    static MemorySample read(Path procDir, String who) {
        String status;
        try {
            status = Files.readString(procDir.resolve("status"));
        } catch (IOException e) {
            throw new EvalException(
                    EvalException.Kind.BAD_INPUT, who + ": memory cannot be read (" + e.getMessage() + ")", e);
        }
        MemorySample fromStatus = parseStatus(status)
                .orElseThrow(() -> EvalException.badInput(who + ": the kernel reports no memory; it has ended"));
        Optional<MemorySample> exact = Optional.empty();
        try {
            exact = parseSmapsRollup(Files.readString(procDir.resolve("smaps_rollup")), fromStatus.peakBytes());
        } catch (IOException e) {
            // Kernels before 4.14 and hardened ones do not offer it; status is the answer then.
        }
        return exact.orElse(fromStatus);
    }

    /// From the text of `/proc/PID/status`: RssAnon, RssFile + RssShmem, VmHWM. Empty when a field is missing.
    public static Optional<MemorySample> parseStatus(String text) {
        Map<String, Long> kib = fields(text);
        Long anon = kib.get("RssAnon");
        Long file = kib.get("RssFile");
        Long peak = kib.get("VmHWM");
        if (anon == null || file == null || peak == null) {
            return Optional.empty();
        }
        return Optional.of(new MemorySample(anon * KIB, (file + kib.getOrDefault("RssShmem", 0L)) * KIB, peak * KIB));
    }

    /// From the text of `/proc/PID/smaps_rollup`: Anonymous, and Rss − Anonymous. Empty when a field is missing.
    public static Optional<MemorySample> parseSmapsRollup(String text, long peakBytes) {
        Map<String, Long> kib = fields(text);
        Long rss = kib.get("Rss");
        Long anon = kib.get("Anonymous");
        if (rss == null || anon == null) {
            return Optional.empty();
        }
        return Optional.of(new MemorySample(anon * KIB, (rss - anon) * KIB, Math.max(peakBytes, rss * KIB)));
    }

    /// `Name: 123 kB` lines; everything else is skipped.
    private static Map<String, Long> fields(String text) {
        Map<String, Long> fields = new HashMap<>();
        for (String line : text.split("\n", -1)) {
            String[] parts = line.trim().split("\\s+");
            if (parts.length == 3 && parts[0].endsWith(":") && parts[2].equals("kB")) {
                try {
                    fields.put(parts[0].substring(0, parts[0].length() - 1), Long.parseLong(parts[1]));
                } catch (NumberFormatException e) {
                    // not a size
                }
            }
        }
        return fields;
    }
}
