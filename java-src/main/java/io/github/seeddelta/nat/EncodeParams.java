package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.sd.SeedDeltaC;
import io.github.seeddelta.bindings.sd.sd_encode_params;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/// How a weight becomes a payload (`sd_encode_params`).
///
/// @param base name of a base kind
/// @param scheme name of a residual scheme
/// @param seed all 64 bits count
/// @param k weights kept per row
/// @param block row length of a block; scheme `block` only
public record EncodeParams(
        String base, String scheme, long seed, int k, int block, Value value, RowScale rowScale, int threads) {

    /// How residual values are stored.
    public enum Value {
        F16(SeedDeltaC.SD_VALUE_F16()),
        I8(SeedDeltaC.SD_VALUE_I8());

        private final int code;

        Value(int code) {
            this.code = code;
        }
    }

    /// How row scales are stored.
    public enum RowScale {
        NONE(SeedDeltaC.SD_ROW_SCALE_NONE()),
        F16(SeedDeltaC.SD_ROW_SCALE_F16()),
        F32(SeedDeltaC.SD_ROW_SCALE_F32());

        private final int code;

        RowScale(int code) {
            this.code = code;
        }
    }

    /// @throws NativeException.Usage when a name is too long to be one
    MemorySegment struct(SegmentAllocator allocator) {
        MemorySegment struct = sd_encode_params.allocate(allocator);
        NativeCall.putName(sd_encode_params.base(struct), "base kind", base);
        NativeCall.putName(sd_encode_params.scheme(struct), "scheme", scheme);
        sd_encode_params.seed(struct, seed);
        sd_encode_params.k(struct, k);
        sd_encode_params.block(struct, block);
        sd_encode_params.value_type(struct, value.code);
        sd_encode_params.row_scale(struct, rowScale.code);
        sd_encode_params.n_threads(struct, threads);
        sd_encode_params.reserved(struct, 0);
        return struct;
    }
}
