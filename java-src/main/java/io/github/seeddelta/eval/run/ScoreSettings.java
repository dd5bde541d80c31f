package io.github.seeddelta.eval.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.seeddelta.nat.LibraryInfo;
import io.github.seeddelta.nat.RuntimeOptions;

/// Whatever else than file, text and context changes the digits of a score: threads, runtime options, the kernels and
/// the machine and build that they come from.
final class ScoreSettings {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int DIGEST_CHARS = 12;

    private ScoreSettings() {}

    static String of(int threads, RuntimeOptions runtime) {
        return of(threads, runtime, LibraryInfo.cpuJson(), LibraryInfo.buildJson());
    }

    /// @param cpu   JSON of [LibraryInfo#cpuJson]
    /// @param build JSON of [LibraryInfo#buildJson]
    static String of(int threads, RuntimeOptions runtime, String cpu, String build) {
        String settings = "score=2;threads=" + threads + ";isa=" + isa(cpu) + ";machine="
                + FileDigest.sha256(cpu + build).substring(0, DIGEST_CHARS);
        return runtime.equals(RuntimeOptions.DEFAULT) ? settings : settings + ";runtime=" + runtime;
    }

    private static String isa(String cpu) {
        try {
            return JSON.readTree(cpu).path("isa").asText();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the native library describes the CPU in broken JSON", e);
        }
    }
}
