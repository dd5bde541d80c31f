package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.sd.sd_base_stats;
import java.lang.foreign.MemorySegment;

/// What a base alone captures of a weight: 1 − ‖W − W0‖² / ‖W‖² in [0, 1], plain and importance-weighted.
public record BaseStats(double share, double shareWeighted) {
    static BaseStats read(MemorySegment struct) {
        return new BaseStats(sd_base_stats.share(struct), sd_base_stats.share_weighted(struct));
    }
}
