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
/// @param refit fit what was kept against the weight's second moments, where it has them
/// @param stacks base `fht_struct` only
/// @param search base `prng_block` only
/// @param atoms columns of the dictionary; scheme `codebook` only
/// @param bits per weight; bases that have a rate only, 0 asks for theirs
public record EncodeParams(
        String base,
        String scheme,
        long seed,
        int k,
        int block,
        Value value,
        RowScale rowScale,
        int threads,
        boolean refit,
        Stacks stacks,
        Search search,
        int atoms,
        double bits) {

    /// With the smallest stacks, no search, no dictionary and the base's own rate.
    public EncodeParams(
            String base,
            String scheme,
            long seed,
            int k,
            int block,
            Value value,
            RowScale rowScale,
            int threads,
            boolean refit) {
        this(base, scheme, seed, k, block, value, rowScale, threads, refit, Stacks.SMALLEST, Search.NONE, 0, 0);
    }

    /// Hadamard stacks of base `fht_struct`; 0 asks for the value in brackets.
    ///
    /// @param length power of two that holds n_in (the smallest)
    /// @param count stacks (as many as cover n_out)
    /// @param depth factors per stack (1)
    /// @param samples inputs that θ is fitted on (all)
    /// @param permTrials seeds tried per weight (1)
    public record Stacks(int length, int count, int depth, int samples, int permTrials) {
        public static final Stacks SMALLEST = new Stacks(0, 0, 0, 0, 0);
    }

    /// Search for the seed of every block of base `prng_block`.
    ///
    /// @param seeds tried per block; 0 searches none
    /// @param block inputs per block
    public record Search(int seeds, int block) {
        public static final Search NONE = new Search(0, 0);
    }

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
        sd_encode_params.refit(struct, refit ? 1 : 0);
        sd_encode_params.base_length(struct, stacks.length());
        sd_encode_params.base_stacks(struct, stacks.count());
        sd_encode_params.base_depth(struct, stacks.depth());
        sd_encode_params.base_samples(struct, stacks.samples());
        sd_encode_params.base_perm_trials(struct, stacks.permTrials());
        sd_encode_params.base_seed_search(struct, search.seeds());
        sd_encode_params.base_seed_block(struct, search.block());
        sd_encode_params.atoms(struct, atoms);
        sd_encode_params.bits(struct, (float) bits);
        sd_encode_params.reserved(struct, 0);
        return struct;
    }
}
