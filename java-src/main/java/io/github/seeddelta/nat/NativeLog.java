package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.llama.LlamaC;
import io.github.seeddelta.bindings.sd.SeedDeltaC;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.regex.Pattern;

/// llama.cpp's log: the last warnings and errors are kept for messages. With `-Dseeddelta.native.log=all` everything
/// goes to standard error as well.
public final class NativeLog {
    public static final String PROPERTY = "seeddelta.native.log";
    private static final int MAX_BYTES = 16 * 1024;
    private static final Pattern FUNCTION = Pattern.compile("^\\w+: ");

    private NativeLog() {}

    static void install() {
        SeedDeltaC.sd_log_install(LlamaC.llama_log_set$address(), "all".equals(System.getProperty(PROPERTY)) ? 1 : 0);
    }

    /// The warnings and errors since the last call, oldest first.
    public static List<String> take() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(MAX_BYTES);
            SeedDeltaC.sd_log_take(text, MAX_BYTES);
            return text.getString(0)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .map(String::strip)
                    .toList();
        }
    }

    /// Why llama.cpp failed: the newest line that says more than that it did, without the name of the function, or
    /// `otherwise`.
    static String reason(String otherwise) {
        return reason(take(), otherwise);
    }

    static String reason(List<String> lines, String otherwise) {
        return lines.reversed().stream()
                .map(line -> FUNCTION.matcher(line).replaceFirst(""))
                .filter(line -> !line.equals("failed to load model"))
                .findFirst()
                .orElse(otherwise);
    }
}
