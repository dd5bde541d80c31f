package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.sd.sd_stat;
import java.lang.foreign.MemorySegment;

/// Mean and percentiles of one metric; NaN where it was not computed.
public record Stat(double mean, double p05, double p10, double p95) {
    static Stat read(MemorySegment struct) {
        return new Stat(sd_stat.mean(struct), sd_stat.p05(struct), sd_stat.p10(struct), sd_stat.p95(struct));
    }
}
