#include "../builder/exact-math.h"
#include "../builder/json-writer.h"
#include "../builder/sha256.h"
#include "../builder/sums.h"
#include "../builder/threads.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

using namespace seeddelta;

static uint64_t bits_of(double d) {
    uint64_t b;
    std::memcpy(&b, &d, sizeof b);
    return b;
}

TEST(builder_math, functions_are_right_to_a_few_units_in_the_last_place) {
    for (int i = 1; i <= 20000; ++i) {
        const double x = std::ldexp(1.0 + i / 20000.0, i % 600 - 300);
        EXPECT_NEAR(exact_log(x), std::log(x), 4e-16 * std::max(1.0, std::fabs(std::log(x)))) << x;
        const double y = (i - 10000) / 20.0;
        EXPECT_NEAR(exact_exp(y) / std::exp(y), 1.0, 1e-15 * std::max(1.0, std::fabs(y) / 64)) << y;
        const double u = i / 20001.0;
        EXPECT_NEAR(exact_cos_turns(u), std::cos(2 * M_PI * u), 1e-15) << u;
        EXPECT_NEAR(exact_pow(u * 100, 0.37) / std::pow(u * 100, 0.37), 1.0, 4e-15) << u;
    }
    EXPECT_EQ(exact_log(1.0), 0.0);
    EXPECT_NEAR(exact_log(5e-324), -744.4400719213812, 1e-12);
    EXPECT_EQ(exact_exp(0.0), 1.0);
    EXPECT_EQ(exact_exp(-1e9), 0.0);
    EXPECT_EQ(exact_exp(1e9), std::numeric_limits<double>::max());
    EXPECT_EQ(exact_pow(0.0, 0.5), 0.0);
    EXPECT_EQ(exact_pow(3.0, 0.0), 1.0);
    EXPECT_EQ(exact_pow(3.0, 1.0), 3.0);
}

// The same on every machine: a compiler that fuses or reorders anything changes these.
TEST(builder_math, bits_are_pinned) {
    EXPECT_EQ(bits_of(exact_log(10.0)), 0x40026bb1bbb55516ull);
    EXPECT_EQ(bits_of(exact_exp(1.0)), 0x4005bf0a8b14576aull);
    EXPECT_EQ(bits_of(exact_pow(2.0, 0.3)), 0x3ff3b2c47bff8329ull);
    EXPECT_EQ(bits_of(exact_cos_turns(0.2)), 0x3fd3c6ef372fe94eull);
    const gaussian_stream g(1, "eval x", 0);
    EXPECT_EQ(bits_of(g.at(0)), 0x3fbf687acf047a71ull);
    EXPECT_EQ(bits_of(g.at(1000)), 0xbfe01589960712b5ull);
    EXPECT_EQ(bits_of(g.at(2000)), 0x3fe8289fc7f11dd4ull);
}

TEST(builder_math, gaussians_have_the_moments_of_gaussians) {
    const int n = 200000;
    double    m1 = 0, m2 = 0, m3 = 0, m4 = 0;
    for (int i = 0; i < n; ++i) {
        const double v = gaussian_stream(5, "moments", i / 1000).at(uint32_t(i % 1000));
        m1 += v / n;
        m2 += v * v / n;
        m3 += v * v * v / n;
        m4 += v * v * v * v / n;
    }
    EXPECT_NEAR(m1, 0.0, 0.01); // standard errors: .0022, .0032, .0087, .022
    EXPECT_NEAR(m2, 1.0, 0.015);
    EXPECT_NEAR(m3, 0.0, 0.04);
    EXPECT_NEAR(m4, 3.0, 0.1);
}

TEST(builder_math, sums_have_one_order) {
    std::vector<double> v(1003);
    for (size_t i = 0; i < v.size(); ++i) {
        v[i] = gaussian_stream(1, "sums", 0).at(uint32_t(i)) * 1e6;
    }
    double lanes[8] = {};
    for (size_t i = 0; i < v.size(); ++i) {
        lanes[i % 8] += v[i];
    }
    const double expected =
        ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
    EXPECT_EQ(sum_lanes(int64_t(v.size()), [&](int64_t i) { return v[size_t(i)]; }), expected);
    const double big[] = { 1e16, 1.0, -1e16 }; // the tail has lanes too: in one sum the 1 would be lost
    EXPECT_EQ(sum_lanes(3, [&](int64_t i) { return big[i]; }), 1.0);
    EXPECT_EQ(sum_lanes(0, [](int64_t) { return 1.0; }), 0.0);
}

TEST(builder_math, sha256_has_the_published_digests) {
    const auto digest = [](const std::string & s) {
        sha256 sha;
        sha.update(s);
        return sha.finish_hex();
    };
    EXPECT_EQ(digest(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(digest(std::string(1000000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(builder_math, sha256_does_not_care_how_the_bytes_arrive) {
    std::string text;
    for (int i = 0; i < 300; ++i) {
        text += char(i * 7);
    }
    sha256 whole;
    whole.update(text);
    const std::string expected = whole.finish_hex();
    for (size_t piece : { 1u, 3u, 55u, 63u, 64u, 65u, 127u, 200u }) {
        sha256 sha;
        for (size_t at = 0; at < text.size(); at += piece) {
            sha.update(text.substr(at, piece));
        }
        EXPECT_EQ(sha.finish_hex(), expected) << piece;
    }
}

TEST(builder_math, json_is_escaped_and_numbers_survive) {
    json_writer json;
    json.begin_object()
        .member("a\"\\\n\x01", std::string_view("\xc3\xa9\xff\xed\xa0\x80", 6))
        .member("n", 0.1f)
        .member("big", std::numeric_limits<uint64_t>::max())
        .member("nan", std::nan(""))
        .member("inf", -INFINITY)
        .key("list")
        .begin_array()
        .value(1)
        .value(true)
        .null()
        .end_array()
        .end_object();
    EXPECT_EQ(json.text(), "{\"a\\\"\\\\\\u000a\\u0001\":\"\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\","
                           "\"n\":0.1,\"big\":18446744073709551615,\"nan\":\"NaN\",\"inf\":\"-Infinity\","
                           "\"list\":[1,true,null]}");
}

TEST(builder_threads, every_item_runs_once_and_errors_come_through) {
    for (int n_threads : { 1, 2, 4, 300 }) {
        std::vector<std::atomic<int>> runs(1000);
        parallel_for(1000, n_threads, [&](int64_t i) { runs[size_t(i)]++; });
        for (const auto & n : runs) {
            ASSERT_EQ(n.load(), 1);
        }
        EXPECT_THROW(parallel_for(100, n_threads,
                                  [](int64_t i) {
                                      if (i == 57) {
                                          throw std::runtime_error("57");
                                      }
                                  }),
                     std::runtime_error);
    }
    int64_t covered = 0;
    parallel_rows(100, 1, [&](int64_t item, int64_t first, int64_t last) {
        EXPECT_EQ(first, item * rows_per_item);
        covered += last - first;
    });
    EXPECT_EQ(covered, 100);
}
