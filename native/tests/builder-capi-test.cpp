#include "test-models.h"

#include <ggml.h>
#include <gtest/gtest.h>

#include <cmath>

// The C interface as a caller meets it: statuses, messages, NULL everywhere, and one walk from a model to a new one.

static const uint32_t garbage = 0xa5;

static sd_error fresh() {
    sd_error e;
    std::memset(&e, int(garbage), sizeof e);
    return e;
}

TEST(builder_capi, struct_sizes_are_what_bindings_expect) {
    EXPECT_EQ(sd_abi_version(), SD_ABI_VERSION);
    const int64_t expected[] = { 1024, 24, 200, 120, 16, 24, 12 * 4 * 8 + 6 * 8 };
    for (int32_t i = 0; i < 7; ++i) {
        EXPECT_EQ(sd_struct_size(i), expected[i]) << i;
    }
    EXPECT_EQ(sd_struct_size(-1), -1);
    EXPECT_EQ(sd_struct_size(1000), -1);
}

TEST(builder_capi, closing_nothing_is_fine) {
    sd_model_close(nullptr);
    sd_weight_close(nullptr);
    sd_base_close(nullptr);
    sd_payload_close(nullptr);
    sd_writer_close(nullptr);
}

TEST(builder_capi, null_arguments_are_usage_errors_and_never_a_crash) {
    sd_error      e = fresh();
    const char *  json = nullptr;
    sd_weight *   w = nullptr;
    sd_base *     b = nullptr;
    sd_payload *  p = nullptr;
    sd_writer *   out = nullptr;
    int64_t       bytes = 0;
    const int32_t statuses[] = {
        sd_model_open(nullptr, nullptr, &e),
        sd_model_tensor(nullptr, 0, nullptr, &e),
        sd_model_metadata(nullptr, 0, &json, &e),
        sd_model_sha256(nullptr, nullptr, nullptr, &e),
        sd_model_payloads(nullptr, &json, &e),
        sd_weight_open(nullptr, nullptr, 1, &w, &e),
        sd_weight_set_importance(nullptr, nullptr, 0, 1, 0, &e),
        sd_base_fit(nullptr, nullptr, &b, nullptr, nullptr, &e),
        sd_payload_plan(1, 1, nullptr, &bytes, &e),
        sd_encode(nullptr, nullptr, nullptr, &p, nullptr, &e),
        sd_payload_save(nullptr, nullptr, &e),
        sd_payload_load(nullptr, &p, &e),
        sd_measure(nullptr, nullptr, nullptr, nullptr, nullptr, &e),
        sd_writer_open(nullptr, &out, &e),
        sd_writer_set_bool(nullptr, "k", 1, &e),
        sd_writer_set_u32(nullptr, nullptr, 1, &e),
        sd_writer_set_u64(nullptr, "k", 1, &e),
        sd_writer_set_f32(nullptr, "k", 1, &e),
        sd_writer_set_string(nullptr, "k", nullptr, &e),
        sd_writer_set_strings(nullptr, "k", nullptr, 3, &e),
        sd_writer_add_payload(nullptr, nullptr, nullptr, 0, &e),
        sd_writer_restore(nullptr, nullptr, &e),
        sd_writer_plan(nullptr, &bytes, &e),
        sd_writer_write(nullptr, nullptr, nullptr, &e),
        sd_score(nullptr, 1, 1, nullptr, 1, nullptr, &e),
        sd_compare(nullptr, nullptr, 1, 1, nullptr, 1, nullptr, nullptr, nullptr, nullptr, &e),
        sd_cpu_info(nullptr, &e),
    };
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; ++i) {
        EXPECT_EQ(statuses[i], SD_E_USAGE) << i;
    }
    EXPECT_EQ(sd_model_open(nullptr, nullptr, nullptr), SD_E_USAGE); // and the error itself may be NULL
    EXPECT_EQ(sd_model_size_bytes(nullptr), -1);
    EXPECT_EQ(sd_model_n_tensors(nullptr), -1);
    EXPECT_EQ(sd_payload_size_bytes(nullptr), -1);
}

TEST(builder_capi, from_a_model_to_a_new_one_and_back) {
    temp_folder       folder;
    const std::string source = folder.file("source.gguf"), target = folder.file("target.gguf");
    const std::string kept = folder.file("payload"), dense = folder.file("dense.gguf");
    write_file(source, tiny_model().bytes());
    sd_error e = fresh();
#define OK(call) ASSERT_EQ(call, SD_OK) << e.message

    sd_model * m = nullptr;
    OK(sd_model_open(source.c_str(), &m, &e));
    EXPECT_EQ(sd_model_size_bytes(m), int64_t(read_file(source).size()));
    EXPECT_EQ(sd_model_n_tensors(m), 5);
    sd_tensor_info info;
    OK(sd_model_tensor(m, 1, &info, &e));
    EXPECT_STREQ(info.name, "blk.0.ffn_gate.weight");
    EXPECT_STREQ(info.type, "f32");
    EXPECT_EQ(info.n_dims, 2);
    EXPECT_EQ(info.dequantizable, 1);
    EXPECT_EQ(info.ne[0], 100);
    EXPECT_EQ(info.ne[1], 64);
    EXPECT_EQ(info.size_bytes, 25600);
    EXPECT_EQ(sd_model_tensor(m, 5, &info, &e), SD_E_USAGE);
    char hex[65];
    OK(sd_model_sha256(m, hex, nullptr, &e));
    EXPECT_EQ(std::strlen(hex), 64u);
    const char * json = nullptr;
    OK(sd_model_payloads(m, &json, &e));
    EXPECT_STREQ(json, "[]");

    sd_weight * w = nullptr;
    OK(sd_weight_open(m, "blk.0.ffn_gate.weight", 2, &w, &e));
    const auto importance = make_importance(100);
    EXPECT_EQ(sd_weight_set_importance(w, importance.data(), 99, 1, 0, &e), SD_E_INPUT);
    OK(sd_weight_set_importance(w, importance.data(), 100, 0.5f, 1e-6f, &e));
    sd_encode_params p = make_params("block", 48, 16, SD_VALUE_I8, "prng_block");
    sd_base *        base = nullptr;
    sd_base_stats    stats = {};
    OK(sd_base_fit(w, &p, &base, &stats, nullptr, &e));
    EXPECT_GT(stats.share, 0.0);
    sd_payload * payload = nullptr;
    OK(sd_encode(w, base, &p, &payload, nullptr, &e));
    int64_t planned = 0;
    OK(sd_payload_plan(64, 100, &p, &planned, &e));
    EXPECT_EQ(sd_payload_size_bytes(payload), planned);
    OK(sd_payload_save(payload, kept.c_str(), &e));
    sd_payload_close(payload);
    OK(sd_payload_load(kept.c_str(), &payload, &e));
    sd_measure_params mp = {};
    mp.eval_x = 8;
    sd_metrics metrics = {};
    OK(sd_measure(w, payload, &mp, &metrics, nullptr, &e));
    EXPECT_GT(metrics.cos_x_w.mean, 0.5);

    sd_writer * out = nullptr;
    OK(sd_writer_open(m, &out, &e));
    OK(sd_writer_set_bool(out, "seeddelta.blk.0.ffn_gate.gating_pass", 1, &e));
    OK(sd_writer_set_string(out, "seeddelta.policy.hash", "fnv1a64:1", &e));
    const char * list[] = { "a", "b" };
    OK(sd_writer_set_strings(out, "seeddelta.notes", list, 2, &e));
    OK(sd_writer_set_u64(out, "seeddelta.base.seed", 42, &e));
    OK(sd_writer_set_f32(out, "seeddelta.imatrix.power", 0.5f, &e));
    OK(sd_writer_add_payload(out, "blk.0.ffn_gate.weight", payload, 1, &e));
    OK(sd_writer_plan(out, &planned, &e));
    OK(sd_writer_write(out, target.c_str(), nullptr, &e));
    EXPECT_EQ(int64_t(read_file(target).size()), planned);
    sd_writer_close(out);

    sd_model * made = nullptr;
    OK(sd_model_open(target.c_str(), &made, &e));
    OK(sd_model_payloads(made, &json, &e));
    const std::string text = json;
    EXPECT_NE(text.find("\"name\":\"blk.0.ffn_gate\",\"n_out\":64,\"n_in\":100,\"scheme\":\"block\","
                        "\"base\":\"prng_block\""), std::string::npos) << text;
    EXPECT_NE(text.find("\"stripped\":true,\"forced\":false,\"gating_pass\":true"), std::string::npos) << text;
    EXPECT_NE(text.find("\"problem\":null"), std::string::npos) << text;
    OK(sd_writer_open(made, &out, &e));
    EXPECT_EQ(sd_writer_restore(out, "q4_0", &e), SD_E_USAGE);
    OK(sd_writer_restore(out, "auto", &e));
    OK(sd_writer_write(out, dense.c_str(), nullptr, &e));
    sd_writer_close(out);
    sd_model_close(made);
    sd_payload_close(payload);
    sd_base_close(base);
    sd_weight_close(w);
    sd_model_close(m);
#undef OK
}

TEST(builder_capi, a_payload_a_reader_refuses_is_listed_with_its_problem) {
    tiny_gguf g;
    const auto own = [](const char * key) { return std::string("seeddelta.blk.0.ffn_up.") + key; };
    g.key("seeddelta.enabled", tiny_gguf::boolean, "\1");
    g.key("seeddelta.version", tiny_gguf::u32, tiny_gguf::raw(uint32_t(1)));
    g.key(own("enabled"), tiny_gguf::boolean, "\1");
    g.string_key(own("scheme"), "coo");
    g.string_key(own("base.kind"), "none");
    g.key(own("n_out"), tiny_gguf::u32, tiny_gguf::raw(uint32_t(2)));
    g.key(own("n_in"), tiny_gguf::u32, tiny_gguf::raw(uint32_t(8)));
    g.key(own("K"), tiny_gguf::u32, tiny_gguf::raw(uint32_t(1)));
    g.tensor("blk.0.ffn_up.d_idx", tiny_gguf::type_i16, { 1, 2 }, tiny_gguf::raw(uint16_t(3)) + tiny_gguf::raw(uint16_t(8)));
    g.tensor("blk.0.ffn_up.d_val", tiny_gguf::type_f16, { 1, 2 }, std::string(4, '\0'));
    temp_folder       folder;
    const std::string path = folder.file("m.gguf");
    write_file(path, g.bytes());
    sd_error   e = fresh();
    sd_model * m = nullptr;
    ASSERT_EQ(sd_model_open(path.c_str(), &m, &e), SD_OK) << e.message;
    const char * json = nullptr;
    ASSERT_EQ(sd_model_payloads(m, &json, &e), SD_OK) << e.message;
    EXPECT_NE(std::string(json).find("\"problem\":\"blk.0.ffn_up: d_idx of row 1 is 8, the weight has 8 inputs\""),
              std::string::npos) << json;
    sd_writer * writer = nullptr;
    ASSERT_EQ(sd_writer_open(m, &writer, &e), SD_OK) << e.message;
    EXPECT_EQ(sd_writer_restore(writer, "auto", &e), SD_E_INPUT);
    EXPECT_NE(std::string(e.message).find("d_idx of row 1 is 8"), std::string::npos) << e.message;
    sd_writer_close(writer);
    sd_model_close(m);
}

TEST(builder_capi, an_unknown_format_version_is_refused) {
    tiny_gguf g;
    g.key("seeddelta.enabled", tiny_gguf::boolean, "\1");
    g.key("seeddelta.version", tiny_gguf::u32, tiny_gguf::raw(uint32_t(2)));
    temp_folder       folder;
    const std::string path = folder.file("m.gguf");
    write_file(path, g.bytes());
    sd_error   e = fresh();
    sd_model * m = nullptr;
    ASSERT_EQ(sd_model_open(path.c_str(), &m, &e), SD_OK);
    const char * json = nullptr;
    EXPECT_EQ(sd_model_payloads(m, &json, &e), SD_E_INPUT);
    EXPECT_NE(std::string(e.message).find("seeddelta.version is 2"), std::string::npos) << e.message;
    sd_model_close(m);
}

TEST(builder_capi, scores_are_those_of_a_softmax) {
    const int32_t      n_vocab = 1000, n_rows = 7;
    std::vector<float> logits(size_t(n_vocab) * n_rows);
    for (size_t i = 0; i < logits.size(); ++i) {
        logits[i] = float(seeddelta::gaussian_stream(1, "logits", 0).at(uint32_t(i)) * 5.0 + 300.0);
    }
    const std::vector<int32_t> targets = { 0, 999, 5, 17, 500, 1, 2 };
    std::vector<double>        nll(n_rows), again(n_rows);
    sd_error                   e = fresh();
    ASSERT_EQ(sd_score(logits.data(), n_rows, n_vocab, targets.data(), 1, nll.data(), &e), SD_OK) << e.message;
    ASSERT_EQ(sd_score(logits.data(), n_rows, n_vocab, targets.data(), 4, again.data(), &e), SD_OK);
    EXPECT_EQ(nll, again);
    for (int32_t r = 0; r < n_rows; ++r) {
        long double sum = 0;
        for (int32_t v = 0; v < n_vocab; ++v) {
            sum += expl((long double) logits[size_t(r * n_vocab + v)] - logits[size_t(r * n_vocab + targets[size_t(r)])]);
        }
        EXPECT_NEAR(nll[size_t(r)], double(logl(sum)), 2e-6);
    }
    const int32_t outside = n_vocab;
    EXPECT_EQ(sd_score(logits.data(), 1, n_vocab, &outside, 1, nll.data(), &e), SD_E_INPUT);
    const int32_t negative = -1;
    EXPECT_EQ(sd_score(logits.data(), 1, n_vocab, &negative, 1, nll.data(), &e), SD_E_INPUT);
    EXPECT_EQ(sd_score(logits.data(), 0, n_vocab, targets.data(), 1, nll.data(), &e), SD_OK);
}

static int32_t    installed = 0;
static ggml_log_callback received = nullptr;

TEST(builder_capi, the_log_keeps_warnings_and_errors) {
    const auto set_log = [](ggml_log_callback callback, void *) {
        received = callback;
        ++installed;
    };
    ggml_log_callback before;
    void *            before_data;
    ggml_log_get(&before, &before_data);
    void (*setter)(ggml_log_callback, void *) = set_log;
    sd_log_install(reinterpret_cast<void *>(setter), 0);
    EXPECT_EQ(installed, 1);
    ASSERT_NE(received, nullptr);
    char text[256];
    sd_log_take(text, sizeof text);
    received(GGML_LOG_LEVEL_INFO, "nobody keeps this\n", nullptr);
    received(GGML_LOG_LEVEL_ERROR, "first part", nullptr);
    received(GGML_LOG_LEVEL_CONT, ", second part\n", nullptr);
    received(GGML_LOG_LEVEL_WARN, "careful\n", nullptr);
    EXPECT_EQ(sd_log_take(text, sizeof text), 2);
    EXPECT_STREQ(text, "first part, second part\ncareful\n");
    EXPECT_EQ(sd_log_take(text, sizeof text), 0);
    EXPECT_STREQ(text, "");
    for (int i = 0; i < 200; ++i) {
        received(GGML_LOG_LEVEL_ERROR, (std::to_string(i) + "\n").c_str(), nullptr);
    }
    EXPECT_EQ(sd_log_take(text, 9), 64); // the newest survive in a short buffer
    EXPECT_STREQ(text, "198\n199\n");
    EXPECT_EQ(sd_log_take(nullptr, 0), 0);
    ggml_log_set(before, before_data);
}

TEST(builder_capi, the_library_knows_itself_and_its_host) {
    const std::string info = sd_build_info();
    EXPECT_NE(info.find("\"bases\":[\"none\",\"prng_block\""), std::string::npos) << info;
    EXPECT_NE(info.find("\"schemes\":[\"none\",\"coo\",\"block\""), std::string::npos) << info;
    sd_error     e = fresh();
    const char * cpu = nullptr;
    ASSERT_EQ(sd_cpu_info(&cpu, &e), SD_OK) << e.message;
    EXPECT_NE(std::string(cpu).find("\"isa\":\""), std::string::npos);
    EXPECT_EQ(sd_host_check(&e), SD_OK) << e.message; // this machine built it
}
