#include "../codec/prng.h"
#include "../codec/terms.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

using namespace seeddelta;

TEST(codec_prng, mixer_has_murmurs_published_values) {
    EXPECT_EQ(mix32(0), 0u);
    EXPECT_EQ(mix32(1), 0x514e28b7u);
    EXPECT_EQ(mix32(0xffffffffu), 0x81f16f39u);
}

TEST(codec_prng, name_hash_is_fnv1a) {
    EXPECT_EQ(fnv1a64(""), 0xcbf29ce484222325ull);
    EXPECT_EQ(fnv1a64("a"), 0xaf63dc4c8601ec8cull);
    EXPECT_EQ(fnv1a64("foobar"), 0x85944171f73967e8ull);
}

// Files made yesterday must decode to the same weights tomorrow: these bits never change.
TEST(codec_prng, words_are_pinned) {
    const uint64_t name = fnv1a64("blk.0.ffn_up");
    EXPECT_EQ(prng_row_key(1, name, 0), 0x35ddbb24u);
    EXPECT_EQ(prng_row_key(1, name, 1), 0xa7347547u);
    EXPECT_EQ(prng_row_key(0x123456789abcdef0ull, name, 575), 0x85b34155u);
    const uint32_t key = prng_row_key(1, name, 0);
    EXPECT_EQ(prng_word(key, 0), 0x3abc73abu);
    EXPECT_EQ(prng_word(key, 1), 0xa83719d9u);
    EXPECT_EQ(prng_word(key, 4096), 0x3ed1ea08u);
}

TEST(codec_prng, seed_name_and_row_all_matter) {
    const uint32_t key = prng_row_key(1, fnv1a64("blk.0.ffn_up"), 0);
    EXPECT_NE(key, prng_row_key(2, fnv1a64("blk.0.ffn_up"), 0));
    EXPECT_NE(key, prng_row_key(1ull << 40, fnv1a64("blk.0.ffn_up"), 0));
    EXPECT_NE(key, prng_row_key(1, fnv1a64("blk.1.ffn_up"), 0));
    EXPECT_NE(key, prng_row_key(1, fnv1a64("blk.0.ffn_up"), 1));
}

TEST(codec_prng, signs_are_balanced_and_uncorrelated) {
    // 256 rows of 1024 signs: the sum of n signs is within 5 sqrt(n) of 0, and so is the product of two rows
    prng_block_term t;
    t.seed = 7;
    t.tensor_hash = fnv1a64("blk.3.ffn_gate");
    t.scale = 1.0f;
    t.n_in = 1024;
    std::vector<float> row(1024), previous(1024, 0.0f);
    double             total = 0.0;
    for (int64_t r = 0; r < 256; ++r) {
        std::fill(row.begin(), row.end(), 0.0f);
        t.add_row(r, row.data());
        double product = 0.0;
        for (size_t c = 0; c < row.size(); ++c) {
            total += row[c];
            product += row[c] * previous[c];
        }
        EXPECT_LT(std::abs(product), 5 * 32.0) << "row " << r;
        previous = row;
    }
    EXPECT_LT(std::abs(total), 5 * 512.0);
}
