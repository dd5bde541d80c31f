#include "../builder/failure.h"
#include "../builder/gguf-scan.h"
#include "test-models.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

using namespace seeddelta;

namespace {

/// Opens `bytes` as a model through the C interface; the message, or "" when it is accepted.
std::string open_bytes(const std::string & bytes, int32_t expected = SD_E_INPUT) {
    temp_folder       folder;
    const std::string path = folder.file("hostile.gguf");
    write_file(path, bytes);
    sd_model * m = nullptr;
    sd_error   error = {};
    const auto status = sd_model_open(path.c_str(), &m, &error);
    if (status == SD_OK) {
        EXPECT_NE(m, nullptr);
        sd_model_close(m);
        return "";
    }
    EXPECT_EQ(m, nullptr);
    EXPECT_EQ(status, expected) << error.message;
    EXPECT_EQ(error.status, status);
    EXPECT_EQ(std::string(error.message).find('\n'), std::string::npos) << error.message;
    EXPECT_NE(std::string(error.message).find(path), std::string::npos) << error.message;
    return error.message;
}

const int64_t huge = int64_t(1) << 62;

struct hostile {
    const char * says;
    std::string  bytes;
};

tiny_gguf with_tensor() {
    tiny_gguf g;
    g.f32_tensor("blk.0.ffn_up.weight", { 4, 2 }, std::vector<float>(8, 1.0f));
    return g;
}

template <typename F> std::string made(F && change) {
    tiny_gguf g;
    change(g);
    return g.bytes();
}

std::vector<hostile> hostile_files() {
    const std::string four(16, '\0');
    using g = tiny_gguf;
    return {
        { "ends inside the first four bytes", "" },
        { "ends inside the first four bytes", "GG" },
        { "letters GGUF", "PK\x03\x04 this is a zip archive, not a model, and long enough to be read" },
        { "letters GGUF", std::string(4096, '\0') },
        { "ends inside the header", "GGUF" },
        { "version 1 ", made([](g & x) { x.version = 1; }) },
        { "version 4 ", made([](g & x) { x.version = 4; }) },
        { "version 50331648", made([](g & x) { x.version = 0x03000000; }) }, // big-endian
        { "more than the file can hold", made([](g & x) { x.n_kv_added = huge; }) },
        { "more than the file can hold", made([](g & x) { x.n_kv_added = -5; }) },
        { "more than the file can hold", made([](g & x) { x.n_tensors_added = huge; }) },
        { "more than the file can hold", made([](g & x) { x.n_tensors_added = -1; }) },
        { "ends inside", [] {
             g x = with_tensor();
             x.n_kv_added = 2; // the tensor list is then read as keys
             return x.bytes();
         }() },
        { "is empty or holds a zero byte", made([](g & x) { x.string_key("", "v"); }) },
        { "is empty or holds a zero byte", made([](g & x) { x.string_key(std::string("\0a", 2), "v"); }) },
        { "key 'a' occurs twice", made([](g & x) { x.string_key("a", "1").string_key("a", "2"); }) },
        { "has unknown type 13", made([](g & x) { x.key("a", 13, ""); }) },
        { "has unknown type 4294967295", made([](g & x) { x.key("a", 0xffffffff, ""); }) },
        { "has unknown type 9", made([](g & x) { x.key("a", g::array, g::raw(g::array) + g::raw(uint64_t(1))); }) },
        { "strings, more than the file can hold",
          made([](g & x) { x.key("a", g::array, g::raw(g::string) + g::raw(uint64_t(huge))); }) },
        { "values, more than the file can hold",
          made([](g & x) { x.key("a", g::array, g::raw(g::u64) + g::raw(uint64_t(huge))); }) },
        { "values, more than the file can hold",
          made([](g & x) { x.key("a", g::array, g::raw(g::u16) + g::raw(~uint64_t(0))); }) },
        { "ends inside a metadata value", made([](g & x) { x.key("a", g::string, g::raw(uint64_t(huge))); }) },
        { "ends inside a metadata value", made([](g & x) { x.key("a", g::string, g::raw(~uint64_t(0))); }) },
        { "is not a 32-bit number", made([](g & x) { x.key("general.alignment", g::u64, g::raw(uint64_t(32))); }) },
        { "is not a 32-bit number", made([](g & x) {
              x.key("general.alignment", g::array, g::raw(g::u32) + g::raw(uint64_t(1)) + g::raw(uint32_t(32)));
          }) },
        { "alignment 0 ", made([](g & x) { x.key("general.alignment", g::u32, g::raw(uint32_t(0))); }) },
        { "alignment 24 ", made([](g & x) { x.key("general.alignment", g::u32, g::raw(uint32_t(24))); }) },
        { "alignment 1 ", made([](g & x) { x.key("general.alignment", g::u32, g::raw(uint32_t(1))); }) },
        { "alignment 2147483648", made([](g & x) { x.key("general.alignment", g::u32, g::raw(uint32_t(1) << 31)); }) },
        { "name of 0 bytes", made([&](g & x) { x.tensor("", g::type_f32, { 4 }, four); }) },
        { "name of 64 bytes", made([&](g & x) { x.tensor(std::string(64, 'n'), g::type_f32, { 4 }, four); }) },
        { "name of 3 bytes", made([&](g & x) { x.tensor(std::string("a\0b", 3), g::type_f32, { 4 }, four); }) },
        { "tensor 'a' occurs twice", made([&](g & x) {
              x.tensor("a", g::type_f32, { 4 }, four).tensor("a", g::type_f32, { 4 }, four);
          }) },
        { "has 5 dimensions", made([&](g & x) { x.tensor("a", g::type_f32, { 4, 1, 1, 1, 1 }, four); }) },
        { "impossible dimension 0", made([&](g & x) { x.tensor("a", g::type_f32, { 4, 0 }, four); }) },
        { "impossible dimension -4", made([&](g & x) { x.tensor("a", g::type_f32, { -4 }, four); }) },
        { "impossible dimension", made([&](g & x) { x.tensor("a", g::type_f32, { 1ll << 32, 1ll << 32 }, four); }) },
        { "impossible dimension", made([&](g & x) {
              x.tensor("a", g::type_f32, { 1ll << 32, 1ll << 31, 3, 1ll << 40 }, four);
          }) },
        { "larger than the file", made([&](g & x) { x.tensor("a", g::type_f32, { huge }, four); }) },
        { "larger than the file", made([&](g & x) { x.tensor("a", g::type_f32, { INT64_MAX }, four); }) },
        { "larger than the file", made([&](g & x) { x.tensor("a", g::type_f32, { 1 << 20, 1 << 20 }, four); }) },
        { "unknown type 4;", made([&](g & x) { x.tensor("a", 4, { 4 }, four); }) }, // removed from ggml
        { "unknown type 1000;", made([&](g & x) { x.tensor("a", 1000, { 4 }, four); }) },
        { "unknown type 4294967295", made([&](g & x) { x.tensor("a", 0xffffffff, { 4 }, four); }) },
        { "not a multiple of 32", made([&](g & x) { x.tensor("a", g::type_q8_0, { 33 }, std::string(80, '\0')); }) },
        { "lies at 64, expected 0", made([&](g & x) { x.tensor("a", g::type_f32, { 4 }, four, 64); }) },
        { "expected 32", made([&](g & x) { // overlaps the one before it
              x.tensor("a", g::type_f32, { 8 }, four + four).tensor("b", g::type_f32, { 8 }, four + four, -32);
          }) },
        { "expected 32", made([&](g & x) { // unaligned
              x.tensor("a", g::type_f32, { 8 }, four + four).tensor("b", g::type_f32, { 8 }, four + four, 4);
          }) },
        { "lies at 9223372036854775807", made([&](g & x) { x.tensor("a", g::type_f32, { 4 }, four, INT64_MAX); }) },
        { "runs past the end of the file", made([&](g & x) { x.tensor("a", g::type_f32, { 16 }, four); }) },
        { "one part of a model split over 3 files", made([&](g & x) {
              x.key("split.count", g::u16, g::raw(uint16_t(3)));
          }) },
    };
}

} // namespace

TEST(builder_model, hostile_files_get_one_line_each) {
    for (const auto & h : hostile_files()) {
        const std::string message = open_bytes(h.bytes);
        EXPECT_NE(message.find(h.says), std::string::npos) << "expected: " << h.says << "\nsaid: " << message;
    }
}

TEST(builder_model, a_good_file_is_accepted_and_read) {
    EXPECT_EQ(open_bytes(tiny_model().bytes()), "");
    EXPECT_EQ(open_bytes(with_tensor().bytes()), "");
    EXPECT_EQ(open_bytes(tiny_gguf().bytes()), ""); // no keys, no tensors
}

TEST(builder_model, every_truncation_is_refused) {
    const std::string whole = tiny_model().bytes();
    const size_t      last_data = whole.size() - 4; // the last tensor has 28 bytes and 4 of padding
    for (size_t n = 0; n < last_data; n = n < 60 ? n + 1 : n < 1200 ? n + 5 : n + 4999) {
        ASSERT_NE(open_bytes(whole.substr(0, n)), "") << n << " bytes";
    }
    EXPECT_EQ(open_bytes(whole.substr(0, last_data)), "");
}

TEST(builder_model, random_bytes_never_crash) {
    std::mt19937 rng(5);
    for (int i = 0; i < 300; ++i) {
        std::string bytes = i % 2 ? "GGUF" + tiny_gguf::raw(uint32_t(3)) : "";
        for (size_t n = rng() % 3000; bytes.size() < n;) {
            bytes += char(rng());
        }
        if (i % 2 && bytes.size() > 24) { // small counts, so that the scan goes on
            bytes.replace(8, 16, tiny_gguf::raw(uint64_t(rng() % 4)) + tiny_gguf::raw(uint64_t(rng() % 4)));
        }
        open_bytes(bytes);
    }
}

// A good header with one byte changed, thousands of times: accepted or refused, and what is accepted can be read.
TEST(builder_model, mutations_never_crash) {
    const std::string whole = tiny_model().bytes();
    std::mt19937      rng(6);
    temp_folder       folder;
    const std::string path = folder.file("mutant.gguf");
    for (int i = 0; i < 1000; ++i) {
        std::string bytes = whole;
        for (unsigned n = 1 + rng() % 3; n > 0; --n) {
            bytes[rng() % 900] = char(rng());
        }
        write_file(path, bytes);
        sd_model * m = nullptr;
        sd_error   error;
        if (sd_model_open(path.c_str(), &m, &error) != SD_OK) {
            continue;
        }
        const char * json = nullptr;
        EXPECT_EQ(sd_model_metadata(m, 3, &json, &error), SD_OK);
        sd_model_payloads(m, &json, &error);
        for (int64_t t = 0; t < sd_model_n_tensors(m); ++t) {
            sd_tensor_info info;
            EXPECT_EQ(sd_model_tensor(m, t, &info, &error), SD_OK);
            sd_weight * w = nullptr;
            sd_weight_open(m, info.name, 1, &w, &error);
            sd_weight_close(w);
        }
        sd_writer * writer = nullptr;
        int64_t     bytes_planned = 0;
        EXPECT_EQ(sd_writer_open(m, &writer, &error), SD_OK) << error.message;
        sd_writer_plan(writer, &bytes_planned, &error);
        sd_writer_close(writer);
        sd_model_close(m);
    }
}

TEST(builder_model, what_is_not_a_file_is_refused) {
    sd_model * m = nullptr;
    sd_error   error;
    temp_folder folder;
    EXPECT_EQ(sd_model_open((folder.path() + "/absent.gguf").c_str(), &m, &error), SD_E_IO);
    EXPECT_NE(std::string(error.message).find("No such file or directory"), std::string::npos);
    EXPECT_EQ(sd_model_open(folder.path().c_str(), &m, &error), SD_E_INPUT);
    EXPECT_EQ(sd_model_open("/dev/null", &m, &error), SD_E_INPUT);
    EXPECT_EQ(sd_model_open(nullptr, &m, &error), SD_E_USAGE);
    EXPECT_EQ(sd_model_open("", &m, &error), SD_E_IO);
}

TEST(builder_model, headers_larger_than_the_first_read_work) {
    tiny_gguf   g;
    std::string strings = tiny_gguf::raw(tiny_gguf::string) + tiny_gguf::raw(uint64_t(100000));
    for (int i = 0; i < 100000; ++i) {
        strings += tiny_gguf::text("token number " + std::to_string(i));
    }
    g.key("tokens", tiny_gguf::array, strings);
    g.f32_tensor("a", { 4 }, { 1, 2, 3, 4 });
    temp_folder       folder;
    const std::string path = folder.file("large.gguf");
    write_file(path, g.bytes());
    ASSERT_GT(g.header().size(), size_t(2) << 20);
    const model m(path);
    float       values[4];
    m.read(m.tensors()[0], values);
    EXPECT_EQ(values[3], 4.0f);
}

TEST(builder_model, metadata_is_json) {
    temp_folder       folder;
    const std::string path = folder.file("m.gguf");
    write_file(path, tiny_model().bytes());
    EXPECT_EQ(metadata_json(model(path).header(), 1),
              "{\"general.architecture\":\"llama\",\"general.alignment\":32,\"llama.block_count\":1,"
              "\"tokenizer.ggml.tokens\":{\"array\":\"str\",\"length\":2,\"first\":[\"a\xc3\xb1\"]},"
              "\"some.bools\":{\"array\":\"bool\",\"length\":2,\"first\":[true]},\"some.nothing\":[]}");
}

TEST(builder_model, weights_that_cannot_be_opened_say_why) {
    tiny_gguf g;
    g.f32_tensor("blk.0.ffn_up.weight", { 4, 2 }, { 1, 2, 3, 4, 5, 6, NAN, 8 });
    g.f32_tensor("blk.0.ffn_up_exps.weight", { 2, 2, 2 }, std::vector<float>(8, 1.0f));
    g.f32_tensor("blk.0.ffn_up.bias", { 2 }, { 1, 2 });
    g.tensor("blk.0.ffn_gate.weight", tiny_gguf::type_i16, { 4, 2 }, std::string(16, '\0'));
    temp_folder       folder;
    const std::string path = folder.file("m.gguf");
    write_file(path, g.bytes());
    const model m(path);
    const auto  why = [&](const char * name) {
        try {
            dense_weight(m, name, 1);
        } catch (const failure & e) {
            EXPECT_EQ(e.status, SD_E_INPUT);
            return std::string(e.what());
        }
        return std::string();
    };
    EXPECT_NE(why("blk.0.ffn_up.weight").find("not finite at row 1, input 2"), std::string::npos);
    EXPECT_NE(why("blk.0.ffn_up_exps.weight").find("not a matrix"), std::string::npos);
    EXPECT_NE(why("blk.0.ffn_up.bias").find("not a weight"), std::string::npos);
    EXPECT_NE(why("blk.0.ffn_gate.weight").find("type i16"), std::string::npos);
    EXPECT_NE(why("blk.0.ffn_down.weight").find("has no tensor"), std::string::npos);
}

TEST(builder_model, every_type_ggml_can_dequantize_is_read_as_ggml_reads_it) {
    std::mt19937 rng(9);
    int          n_types = 0;
    for (int type = 0; type < GGML_TYPE_COUNT; ++type) {
        const auto * traits = ggml_get_type_traits(ggml_type(type));
        if (ggml_blck_size(ggml_type(type)) < 1 || traits->to_float == nullptr) {
            continue;
        }
        ++n_types;
        const int64_t n_in = ggml_blck_size(ggml_type(type)) == 1 ? 100 : 512, n_out = 67;
        std::string   raw(ggml_row_size(ggml_type(type), n_in) * size_t(n_out), '\0');
        for (char & c : raw) {
            c = char(rng() % 0x30); // small exponents: no NaN, no infinity
        }
        tiny_gguf g;
        g.tensor("blk.0.ffn_up.weight", uint32_t(type), { n_in, n_out }, raw);
        temp_folder       folder;
        const std::string path = folder.file("m.gguf");
        write_file(path, g.bytes());
        const model        m(path);
        const dense_weight w(m, "blk.0.ffn_up.weight", 2);
        std::vector<float> expected(size_t(n_in * n_out));
        traits->to_float(raw.data(), expected.data(), n_in * n_out);
        EXPECT_EQ(std::memcmp(expected.data(), w.row(0), expected.size() * sizeof(float)), 0) << traits->type_name;
    }
    EXPECT_GT(n_types, 20);
}
