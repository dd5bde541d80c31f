#include "../codec/f16.h"
#include "../codec/prng.h"
#include "../codec/registry.h"
#include "../codec/weight.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <deque>
#include <functional>

using namespace seeddelta;

namespace {

/// A payload whose parts can be broken one by one.
struct parts {
    payload                          p;
    std::deque<std::vector<uint8_t>> memory;

    parts(int64_t n_out, int64_t n_in, const char * scheme) {
        p.name = "blk.0.ffn_up";
        p.n_out = n_out;
        p.n_in = n_in;
        p.scheme = scheme;
    }

    template <typename T>
    void set(const char * suffix, elem type, std::initializer_list<int64_t> ne, const std::vector<T> & values) {
        memory.emplace_back(values.size() * sizeof(T));
        std::memcpy(memory.back().data(), values.data(), memory.back().size());
        tensor_view v;
        v.suffix = suffix;
        v.type = type;
        std::copy(ne.begin(), ne.end(), v.ne);
        v.data = memory.back().data();
        for (auto & t : p.tensors) {
            if (t.suffix == suffix) {
                t = v;
                return;
            }
        }
        p.tensors.push_back(v);
    }

    void drop(const char * suffix) {
        for (size_t i = 0; i < p.tensors.size(); ++i) {
            if (p.tensors[i].suffix == suffix) {
                p.tensors.erase(p.tensors.begin() + std::ptrdiff_t(i));
            }
        }
    }

    std::vector<float> row(int64_t r) const {
        const auto         w = weight::open(p);
        std::vector<float> out(static_cast<size_t>(p.n_in), 99.0f);
        w->decode_row(r, out.data());
        return out;
    }

    /// The message of the refusal; empty when the payload is accepted.
    std::string refusal() const {
        try {
            weight::open(p);
        } catch (const format_error & e) {
            return e.what();
        }
        return "";
    }
};

uint16_t h(float f) {
    return f32_to_f16(f);
}

parts coo() { // 2 x 6, two weights a row
    parts t(2, 6, "coo");
    t.p.params["K"] = uint64_t(2);
    t.set<uint16_t>("d_idx", elem::i16, { 2, 2 }, { 0, 5, 2, 3 });
    t.set<uint16_t>("d_val", elem::f16, { 2, 2 }, { h(1), h(-2), h(0.5f), h(4) });
    t.set<uint16_t>("row_scale", elem::f16, { 2 }, { h(2), h(-1) });
    return t;
}

parts coo_i8() {
    parts t = coo();
    t.set<int8_t>("d_val", elem::i8, { 2, 2 }, { 127, -127, 1, -128 });
    t.set<uint16_t>("d_scale", elem::f16, { 2 }, { h(0.5f), h(0.25f) });
    return t;
}

parts fht() { // 2 x 6 in one stack of 8, two factors; the residual is zero
    parts t = coo();
    t.drop("row_scale");
    t.set<uint16_t>("d_val", elem::f16, { 2, 2 }, { 0, 0, 0, 0 });
    t.p.base_kind = "fht_struct";
    t.p.params["base.seed"] = uint64_t(1);
    t.p.params["base.scale"] = 0.5;
    t.p.params["base.depth"] = uint64_t(2);
    t.set<uint16_t>("base_theta", elem::f16, { 8, 1 }, { h(1), h(2), h(-1), h(0), h(3), h(1), h(-2), h(4) });
    return t;
}

/// 40 x 6 in row blocks of 32: a whole one and one of 8 rows with 24 rows of padding. Step 6 has three words to a period,
/// the second column group lacks two columns.
parts trellis(const char * family, int weights) {
    parts t(40, 6, "none");
    t.p.base_kind = "trellis";
    t.p.params["base.family"] = std::string(family);
    t.p.params["base.weights_per_window"] = uint64_t(weights);
    t.p.params["base.step"] = uint64_t(6);
    t.p.params["base.row_block"] = uint64_t(32);
    t.p.params["base.scale"] = 0.5;
    t.p.params["base.rotation.block"] = uint64_t(2);
    t.p.params["base.rotation.seed"] = uint64_t(1);
    const int64_t         n = 2 * (2 * 4 * (32 / weights * 6 / 16) + 32); // blocks · (groups · columns · words + tail)
    std::vector<uint16_t> words(static_cast<size_t>(n));
    for (size_t i = 0; i < words.size(); ++i) {
        words[i] = uint16_t(prng_word(7, uint32_t(i)));
    }
    t.set("base_seed", elem::i16, { n }, words);
    return t;
}

parts trellis_n4() {
    return trellis("n4", 4);
}

parts trellis_n2() {
    return trellis("n2", 2);
}

parts searched() { // 2 x 6 in blocks of 4, 300 seeds; the residual is zero
    parts t = coo();
    t.drop("row_scale");
    t.set<uint16_t>("d_val", elem::f16, { 2, 2 }, { 0, 0, 0, 0 });
    t.p.base_kind = "prng_block";
    t.p.params["base.seed"] = uint64_t(1);
    t.p.params["base.scale"] = 0.5;
    t.p.params["base.seed_search"] = uint64_t(300);
    t.p.params["base.seed_block"] = uint64_t(4);
    t.set<uint16_t>("base_seed", elem::i16, { 2, 2 }, { 0, 1, 299, 2 });
    t.set<uint8_t>("base_theta", elem::i8, { 2, 2 }, { 0x01, 0x10, 0x8f, 0x72 });
    return t;
}

parts codebook() { // 2 x 3, two of three atoms a row
    parts t(2, 3, "codebook");
    t.p.params["K"] = uint64_t(2);
    t.p.params["atoms"] = uint64_t(3);
    t.set<uint16_t>("r_dict", elem::f16, { 3, 3 }, { h(1), h(2), h(3), h(0), h(-1), h(0), h(4), h(0), h(8) });
    t.set<uint16_t>("r_codes", elem::i16, { 2, 2 }, { 0, 2, 1, 2 });
    t.set<uint16_t>("r_vals", elem::f16, { 2, 2 }, { h(2), h(0.5f), h(-3), h(1) });
    t.set<uint16_t>("row_scale", elem::f16, { 2 }, { h(1), h(-2) });
    return t;
}

parts block() { // 2 x 40, blocks of 16: two whole ones and a tail of 8
    parts t(2, 40, "block");
    t.p.params["K"] = uint64_t(32);
    t.p.params["block"] = uint64_t(16);
    t.set<uint16_t>("b_map", elem::i16, { 2, 2 }, { 0, 2, 1, 2 });
    std::vector<uint16_t> values(64);
    for (size_t i = 0; i < values.size(); ++i) {
        values[i] = h(float(i + 1));
    }
    t.set("b_val", elem::f16, { 16, 2, 2 }, values);
    return t;
}

parts block_i8() {
    parts t = block();
    t.set("b_val", elem::i8, { 16, 2, 2 }, std::vector<int8_t>(64, -3));
    t.set<uint16_t>("b_scale", elem::f16, { 2, 2 }, { h(1), h(2), h(3), h(4) });
    return t;
}

} // namespace

TEST(codec_decode, coo_rows) {
    EXPECT_EQ(coo().row(0), (std::vector<float>{ 2, 0, 0, 0, 0, -4 }));
    EXPECT_EQ(coo().row(1), (std::vector<float>{ 0, 0, -0.5f, -4, 0, 0 }));
    EXPECT_EQ(coo_i8().row(0), (std::vector<float>{ 127, 0, 0, 0, 0, -127 }));
    EXPECT_EQ(coo_i8().row(1), (std::vector<float>{ 0, 0, -0.25f, 32, 0, 0 }));
}

TEST(codec_decode, without_row_scale_the_scale_is_one) {
    parts t = coo();
    t.drop("row_scale");
    EXPECT_EQ(t.row(0), (std::vector<float>{ 1, 0, 0, 0, 0, -2 }));
    t.set<float>("row_scale", elem::f32, { 2 }, { 3, 5 });
    EXPECT_EQ(t.row(0), (std::vector<float>{ 3, 0, 0, 0, 0, -6 }));
}

TEST(codec_decode, block_rows_and_their_tail) {
    const auto row = block().row(0);
    for (size_t c = 0; c < 40; ++c) {
        EXPECT_EQ(row[c], c < 16 ? float(c + 1) : c < 32 ? 0.0f : float(c - 32 + 17)) << c;
    }
    const auto i8 = block_i8().row(1);
    for (size_t c = 0; c < 40; ++c) {
        EXPECT_EQ(i8[c], c < 16 ? 0.0f : c < 32 ? -9.0f : -12.0f) << c;
    }
}

TEST(codec_decode, codebook_rows) {
    EXPECT_EQ(codebook().row(0), (std::vector<float>{ 4, 4, 10 }));
    EXPECT_EQ(codebook().row(1), (std::vector<float>{ -8, -6, -16 }));
}

TEST(codec_decode, prng_block_rows_are_pinned) {
    parts t = coo();
    t.p.base_kind = "prng_block";
    t.p.params["base.seed"] = uint64_t(1);
    t.p.params["base.scale"] = 0.5;
    // word 0 of row 0 of this name and seed is 0x3abc73ab: signs - - + - + - for inputs 0..5
    EXPECT_EQ(t.row(0), (std::vector<float>{ 2 - 1, -1, 1, -1, 1, -4 - 1 }));
}

TEST(codec_decode, searched_rows_are_pinned) {
    const parts t = searched();
    const auto  halves = [&](int64_t r) {
        std::vector<float> row = t.row(r);
        for (float & v : row) {
            v *= 2.0f;
        }
        return row;
    };
    // word 0 of row 0 of this name and seed is 0x3abc73ab: bytes ab 73 bc 3a, so u0 = 87, u1 = −25, u0 = 121, u1 = −139
    EXPECT_EQ(halves(0), (std::vector<float>{ 87, 121, 179, -145, 147, -183 }));    // q0 = 1; then q1 = 1
    EXPECT_EQ(halves(1), (std::vector<float>{ -1395, -521, 715, -21, -77, 175 })); // q0 = −1, q1 = −8; q0 = 2, q1 = 7
}

TEST(codec_decode, fht_struct_rows_are_pinned) {
    parts t = fht();
    // exact in f32: multiples of 0.5 / 8 / 8
    const auto times = [&](int64_t r) {
        std::vector<float> row = t.row(r);
        for (float & v : row) {
            v *= 128.0f;
        }
        return row;
    };
    EXPECT_EQ(times(0), (std::vector<float>{ 32, 80, 64, -32, 32, -48 }));
    EXPECT_EQ(times(1), (std::vector<float>{ -24, -40, 72, 72, -56, -40 }));
}

TEST(codec_decode, trellis_rows_are_pinned) {
    // with 1 / √2 rounded to f32 and the scale taken out: sums of two values
    const auto sums = [](const parts & t, int64_t r) {
        std::vector<float> row = t.row(r);
        for (float & v : row) {
            v = std::round(v / (0.5f * 0.70710678f) * 1e4f) / 1e4f;
        }
        return row;
    };
    EXPECT_EQ(sums(trellis_n4(), 0), (std::vector<float>{ -6, 0, 42, 8, -24, -10 }));
    EXPECT_EQ(sums(trellis_n4(), 31), (std::vector<float>{ -28, 22, -38, 24, -30, 4 }));
    EXPECT_EQ(sums(trellis_n4(), 39), (std::vector<float>{ 50, 76, -48, -34, 32, -94 }));
    EXPECT_EQ(sums(trellis_n2(), 31), (std::vector<float>{ -4, -16, 12, 12, 18, 42 }));
}

TEST(codec_decode, wide_rows_use_32_bit_indices) {
    parts t(1, 70000, "coo");
    t.p.params["K"] = uint64_t(1);
    t.set<uint32_t>("d_idx", elem::i32, { 1, 1 }, { 69999 });
    t.set<uint16_t>("d_val", elem::f16, { 1, 1 }, { h(3) });
    EXPECT_EQ(t.row(0)[69999], 3.0f);
    t.set<uint16_t>("d_idx", elem::i16, { 1, 1 }, { 9 });
    EXPECT_NE(t.refusal().find("has type i16, expected i32"), std::string::npos) << t.refusal();
}

TEST(codec_decode, every_table_row_is_covered_here) {
    EXPECT_EQ(known_names(base_rows()), "none, prng_block, fht_struct, trellis");
    EXPECT_EQ(known_names(scheme_rows()), "none, coo, block, codebook");
}

// ---- everything a reader must refuse -----------------------------------------------------------------------------

struct refused {
    const char *                  says;
    std::function<parts()>        make;
    std::function<void(parts &)>  spoil;
};

static const uint16_t nan16 = 0x7e00, inf16 = 0x7c00;

static std::vector<refused> refusals() {
    return {
        { "unknown scheme 'zip' (known: none, coo, block, codebook)", coo, [](parts & t) { t.p.scheme = "zip"; } },
        { "unknown base kind 'chaos' (known: none, prng_block, fht_struct, trellis)", coo, [](parts & t) { t.p.base_kind = "chaos"; } },
        { "impossible shape 0 x 6", coo, [](parts & t) { t.p.n_out = 0; } },
        { "impossible shape 2 x -1", coo, [](parts & t) { t.p.n_in = -1; } },
        { "key 'K' is missing", coo, [](parts & t) { t.p.params.erase("K"); } },
        { "key 'K' is not an integer", coo, [](parts & t) { t.p.params["K"] = 2.0; } },
        { "key 'K' is 0, expected 1 to 6", coo, [](parts & t) { t.p.params["K"] = uint64_t(0); } },
        { "key 'K' is 7, expected 1 to 6", coo, [](parts & t) { t.p.params["K"] = uint64_t(7); } },
        { "'d_idx' is missing", coo, [](parts & t) { t.drop("d_idx"); } },
        { "'d_idx' has type f16, expected i16", coo,
          [](parts & t) { t.set<uint16_t>("d_idx", elem::f16, { 2, 2 }, { 0, 1, 0, 1 }); } },
        { "'d_idx' has shape [2, 3, 1], expected [2, 2, 1]", coo,
          [](parts & t) { t.set<uint16_t>("d_idx", elem::i16, { 2, 3 }, { 0, 1, 0, 1, 0, 1 }); } },
        { "d_idx of row 1 is 6, the weight has 6 inputs", coo,
          [](parts & t) { t.set<uint16_t>("d_idx", elem::i16, { 2, 2 }, { 0, 5, 2, 6 }); } },
        { "d_idx of row 0 is 65535", coo,
          [](parts & t) { t.set<uint16_t>("d_idx", elem::i16, { 2, 2 }, { 0, 65535, 2, 3 }); } },
        { "d_idx of row 0 is not ascending", coo,
          [](parts & t) { t.set<uint16_t>("d_idx", elem::i16, { 2, 2 }, { 5, 0, 2, 3 }); } },
        { "d_idx of row 1 is not ascending", coo,
          [](parts & t) { t.set<uint16_t>("d_idx", elem::i16, { 2, 2 }, { 0, 5, 2, 2 }); } },
        { "'d_val' is missing", coo, [](parts & t) { t.drop("d_val"); } },
        { "'d_val' has type f32, expected f16 or i8", coo,
          [](parts & t) { t.set<float>("d_val", elem::f32, { 2, 2 }, { 1, 2, 3, 4 }); } },
        { "'d_val' is not finite at element 3", coo,
          [](parts & t) { t.set<uint16_t>("d_val", elem::f16, { 2, 2 }, { 0, 0, 0, nan16 }); } },
        { "'d_val' has no data", coo, [](parts & t) { t.p.tensors[1].data = nullptr; } },
        { "'d_scale' is missing", coo_i8, [](parts & t) { t.drop("d_scale"); } },
        { "'d_scale' is not finite at element 1", coo_i8,
          [](parts & t) { t.set<uint16_t>("d_scale", elem::f16, { 2 }, { 0, inf16 }); } },
        { "'row_scale' is not finite at element 0", coo,
          [](parts & t) { t.set<uint16_t>("row_scale", elem::f16, { 2 }, { nan16, 0 }); } },
        { "'row_scale' is not finite at element 1", coo,
          [](parts & t) { t.set<float>("row_scale", elem::f32, { 2 }, { 0, INFINITY }); } },
        { "'row_scale' has shape [3, 1, 1], expected [2, 1, 1]", coo,
          [](parts & t) { t.set<uint16_t>("row_scale", elem::f16, { 3 }, { 0, 0, 0 }); } },
        { "'row_scale' has type i16, expected f16 or f32", coo,
          [](parts & t) { t.set<uint16_t>("row_scale", elem::i16, { 2 }, { 0, 0 }); } },
        { "key 'block' is missing", block, [](parts & t) { t.p.params.erase("block"); } },
        { "key 'block' is 24, expected 16, 32 or 64", block, [](parts & t) { t.p.params["block"] = uint64_t(24); } },
        { "key 'block' is 128, expected 16 to 64", block, [](parts & t) { t.p.params["block"] = uint64_t(128); } },
        { "not a multiple of the block of 16", block, [](parts & t) { t.p.params["K"] = uint64_t(17); } },
        { "key 'K' is 64, expected 1 to 48", block, [](parts & t) { t.p.params["K"] = uint64_t(64); } },
        { "'b_map' is missing", block, [](parts & t) { t.drop("b_map"); } },
        { "b_map of row 0 is 3, the weight has 3 blocks", block,
          [](parts & t) { t.set<uint16_t>("b_map", elem::i16, { 2, 2 }, { 0, 3, 0, 1 }); } },
        { "b_map of row 1 is not ascending", block,
          [](parts & t) { t.set<uint16_t>("b_map", elem::i16, { 2, 2 }, { 0, 2, 1, 1 }); } },
        { "'b_val' has shape", block,
          [](parts & t) { t.set("b_val", elem::f16, { 16, 2 }, std::vector<uint16_t>(32)); } },
        { "'b_val' is not finite at element 63", block,
          [](parts & t) {
              std::vector<uint16_t> v(64);
              v[63] = inf16; // in the tail that no one multiplies, still refused
              t.set("b_val", elem::f16, { 16, 2, 2 }, v);
          } },
        { "'b_scale' is missing", block_i8, [](parts & t) { t.drop("b_scale"); } },
        { "'b_scale' is not finite at element 2", block_i8,
          [](parts & t) { t.set<uint16_t>("b_scale", elem::f16, { 2, 2 }, { 0, 0, nan16, 0 }); } },
        { "too many blocks", block, [](parts & t) { t.p.n_in = 65537 * 16; } },
        { "key 'atoms' is missing", codebook, [](parts & t) { t.p.params.erase("atoms"); } },
        { "key 'atoms' is 65537, expected 1 to 65536", codebook, [](parts & t) { t.p.params["atoms"] = uint64_t(65537); } },
        { "key 'K' is 4, expected 1 to 3", codebook, [](parts & t) { t.p.params["K"] = uint64_t(4); } },
        { "'r_dict' is missing", codebook, [](parts & t) { t.drop("r_dict"); } },
        { "'r_dict' has shape [3, 2, 1], expected [3, 3, 1]", codebook,
          [](parts & t) { t.set("r_dict", elem::f16, { 3, 2 }, std::vector<uint16_t>(6)); } },
        { "'r_dict' is not finite at element 8", codebook,
          [](parts & t) { t.set<uint16_t>("r_dict", elem::f16, { 3, 3 }, { 0, 0, 0, 0, 0, 0, 0, 0, nan16 }); } },
        { "'r_codes' is missing", codebook, [](parts & t) { t.drop("r_codes"); } },
        { "r_codes of row 1 is 3, the dictionary has 3 atoms", codebook,
          [](parts & t) { t.set<uint16_t>("r_codes", elem::i16, { 2, 2 }, { 0, 2, 1, 3 }); } },
        { "r_codes of row 0 is 65535", codebook,
          [](parts & t) { t.set<uint16_t>("r_codes", elem::i16, { 2, 2 }, { 0, 65535, 1, 2 }); } },
        { "r_codes of row 1 is not ascending", codebook,
          [](parts & t) { t.set<uint16_t>("r_codes", elem::i16, { 2, 2 }, { 0, 2, 1, 1 }); } },
        { "r_codes of row 0 is not ascending", codebook,
          [](parts & t) { t.set<uint16_t>("r_codes", elem::i16, { 2, 2 }, { 2, 0, 1, 2 }); } },
        { "'r_vals' is missing", codebook, [](parts & t) { t.drop("r_vals"); } },
        { "'r_vals' has type i8, expected f16", codebook,
          [](parts & t) { t.set<int8_t>("r_vals", elem::i8, { 2, 2 }, { 0, 0, 0, 0 }); } },
        { "'r_vals' is not finite at element 1", codebook,
          [](parts & t) { t.set<uint16_t>("r_vals", elem::f16, { 2, 2 }, { 0, inf16, 0, 0 }); } },
        { "key 'base.seed' is missing", coo, [](parts & t) { t.p.base_kind = "prng_block"; } },
        { "key 'base.scale' is missing", coo,
          [](parts & t) {
              t.p.base_kind = "prng_block";
              t.p.params["base.seed"] = uint64_t(1);
          } },
        { "'base_seed' is missing", searched, [](parts & t) { t.drop("base_seed"); } },
        { "'base_theta' is missing", searched, [](parts & t) { t.drop("base_theta"); } },
        { "'base_seed' has type f16, expected i16", searched,
          [](parts & t) { t.set<uint16_t>("base_seed", elem::f16, { 2, 2 }, { 0, 0, 0, 0 }); } },
        { "'base_theta' has shape [1, 2, 1], expected [2, 2, 1]", searched,
          [](parts & t) { t.set<uint8_t>("base_theta", elem::i8, { 1, 2 }, { 0, 0 }); } },
        { "base_seed of row 1 is 300, 300 seeds were tried", searched,
          [](parts & t) { t.set<uint16_t>("base_seed", elem::i16, { 2, 2 }, { 0, 1, 300, 2 }); } },
        { "key 'base.seed_search' is 65537, expected 0 to 65536", searched,
          [](parts & t) { t.p.params["base.seed_search"] = uint64_t(65537); } },
        { "key 'base.seed_block' is missing", searched, [](parts & t) { t.p.params.erase("base.seed_block"); } },
        { "key 'base.seed_block' is 6, not a multiple of 4", searched,
          [](parts & t) { t.p.params["base.seed_block"] = uint64_t(6); } },
        { "key 'base.seed_block' is 68, expected 4 to 64", searched,
          [](parts & t) { t.p.params["base.seed_block"] = uint64_t(68); } },
        { "'base_theta' is missing", fht, [](parts & t) { t.drop("base_theta"); } },
        { "rows of 4, expected a power of two that holds 6 inputs", fht,
          [](parts & t) { t.set<uint16_t>("base_theta", elem::f16, { 4, 1 }, { 0, 0, 0, 0 }); } },
        { "rows of 12, expected a power of two", fht,
          [](parts & t) { t.set("base_theta", elem::f16, { 12, 1 }, std::vector<uint16_t>(12)); } },
        { "'base_theta' has 3 stacks of 8 for 2 rows", fht,
          [](parts & t) { t.set("base_theta", elem::f16, { 8, 3 }, std::vector<uint16_t>(24)); } },
        { "'base_theta' has 1 stacks of 8 for 9 rows", fht, [](parts & t) { t.p.n_out = 9; } },
        { "'base_theta' has type f32, expected f16", fht,
          [](parts & t) { t.set("base_theta", elem::f32, { 8, 1 }, std::vector<float>(8)); } },
        { "'base_theta' is not finite at element 7", fht,
          [](parts & t) { t.set<uint16_t>("base_theta", elem::f16, { 8, 1 }, { 0, 0, 0, 0, 0, 0, 0, inf16 }); } },
        { "key 'base.depth' is missing", fht, [](parts & t) { t.p.params.erase("base.depth"); } },
        { "key 'base.depth' is 65, expected 1 to 64", fht, [](parts & t) { t.p.params["base.depth"] = uint64_t(65); } },
        { "key 'base.seed' is missing", fht, [](parts & t) { t.p.params.erase("base.seed"); } },
        { "key 'base.scale' is missing", fht, [](parts & t) { t.p.params.erase("base.scale"); } },
        { "key 'base.family' is missing or not a string", trellis_n4, [](parts & t) { t.p.params.erase("base.family"); } },
        { "unknown trellis family 'n8' (known: n4, n2)", trellis_n4,
          [](parts & t) { t.p.params["base.family"] = std::string("n8"); } },
        { "trellis family 'n2' has 2 weights per window, not 4", trellis_n4,
          [](parts & t) { t.p.params["base.family"] = std::string("n2"); } },
        { "key 'base.step' is 13, expected 4 to 12", trellis_n4, [](parts & t) { t.p.params["base.step"] = uint64_t(13); } },
        { "trellis family 'n4' has no step of 7 bits", trellis_n4,
          [](parts & t) { t.p.params["base.step"] = uint64_t(7); } },
        { "key 'base.row_block' is 48, expected a multiple of 32", trellis_n4,
          [](parts & t) { t.p.params["base.row_block"] = uint64_t(48); } },
        { "key 'base.rotation.block' is 4, expected a power of two that divides 6 inputs", trellis_n4,
          [](parts & t) { t.p.params["base.rotation.block"] = uint64_t(4); } },
        { "key 'base.rotation.block' is 3, expected a power of two", trellis_n4,
          [](parts & t) { t.p.params["base.rotation.block"] = uint64_t(3); } },
        { "key 'base.rotation.seed' is missing", trellis_n4, [](parts & t) { t.p.params.erase("base.rotation.seed"); } },
        { "'base_seed' is missing", trellis_n4, [](parts & t) { t.drop("base_seed"); } },
        { "'base_seed' has shape [112, 1, 1], expected [128, 1, 1]", trellis_n4,
          [](parts & t) {
              t.p.params["base.step"] = uint64_t(8);
              t.set("base_seed", elem::i16, { 112 }, std::vector<uint16_t>(112));
          } },
        { "key 'base.scale' is not a finite number", coo,
          [](parts & t) {
              t.p.base_kind = "prng_block";
              t.p.params["base.seed"] = uint64_t(1);
              t.p.params["base.scale"] = double(NAN);
          } },
    };
}

TEST(codec_decode, whole_payloads_are_accepted) {
    EXPECT_EQ(coo().refusal(), "");
    EXPECT_EQ(coo_i8().refusal(), "");
    EXPECT_EQ(trellis_n4().refusal(), "");
    EXPECT_EQ(trellis_n2().refusal(), "");
    EXPECT_EQ(block().refusal(), "");
    EXPECT_EQ(block_i8().refusal(), "");
    EXPECT_EQ(searched().refusal(), "");
    EXPECT_EQ(codebook().refusal(), "");
    EXPECT_EQ(fht().refusal(), "");
}

TEST(codec_decode, everything_else_is_refused_with_name_and_reason) {
    for (const auto & r : refusals()) {
        parts t = r.make();
        r.spoil(t);
        const std::string message = t.refusal();
        EXPECT_NE(message.find(r.says), std::string::npos) << "expected: " << r.says << "\nsaid: " << message;
        EXPECT_EQ(message.find("blk.0.ffn_up: "), 0u) << message;
        EXPECT_EQ(message.find('\n'), std::string::npos);
    }
}
