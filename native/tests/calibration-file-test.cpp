// Imatrix and moments files: what is written is read back; what does not fit is refused with a reason.

#include "collect-fixture.h"
#include "imatrix-file.h"
#include "moments-file.h"

#include <cmath>

using namespace seeddelta;

namespace {

constexpr int64_t n_embd = 20, n_ff = 33, n_tokens = 48;

bool contains(const std::string & text, const std::string & part) {
    return text.find(part) != std::string::npos;
}

sd_provenance provenance(const std::string & sha = "") {
    sd_provenance p = {};
    std::strcpy(p.model_name, "tiny");
    std::strcpy(p.text_name, "text.txt");
    std::strcpy(p.model_sha256, sha.c_str());
    p.chunks = 3;
    return p;
}

class CalibrationFile : public ::testing::Test {
  protected:
    CalibrationFile() : source(write_model(folder, "model.gguf", ffn_shapes(1, n_embd, n_ff))) {}

    /// The same evaluation each time.
    std::unique_ptr<collector> collected(int n_threads = 1) {
        auto options = all_options();
        options.n_threads = n_threads;
        auto c = std::make_unique<collector>(source, options);
        evaluation e;
        auto * x = e.input({ n_embd, n_tokens }, 1);
        x->src[0] = e.input({ n_embd, n_tokens }, 3); // the residual stream that x was made from
        ggml_set_name(x->src[0], "ffn_inp-0");
        show_ffn(*c, e, 0, x, e.input({ n_ff, n_tokens }, 2));
        EXPECT_FALSE(c->problem());
        return c;
    }

    std::string moments_path(const std::string & sha = "") {
        const std::string path = folder.file("m.gguf");
        collected()->save_moments(path, provenance(sha));
        return path;
    }

    /// Overwrites a value inside tensor `name` of the file.
    template <typename T>
    void poke(const std::string & path, const std::string & name, int64_t index, T value) {
        std::string bytes = read_file(path);
        int64_t offset = 0;
        {
            const model m(path);
            ASSERT_GE(m.find(name), 0) << name;
            offset = m.tensors()[size_t(m.find(name))].offset + index * int64_t(sizeof value);
        }
        std::memcpy(&bytes[size_t(offset)], &value, sizeof value);
        write_file(path, bytes);
    }

    /// Another type of the same size for the matrix `name`.
    void retype(const std::string & path, const std::string & name, int32_t type) {
        std::string bytes = read_file(path);
        const size_t at = bytes.find(name) + name.size() + sizeof(uint32_t) + 2 * sizeof(int64_t);
        ASSERT_LT(at, bytes.size());
        std::memcpy(&bytes[at], &type, sizeof type);
        write_file(path, bytes);
    }

    std::string load_refusal(const std::string & path) {
        const moments_file m(path);
        return failure_of([&] { m.load(*m.find("blk.0.ffn_gate.weight")); });
    }

    temp_folder folder;
    model source;
};

TEST_F(CalibrationFile, ImatrixReadsBackAsMeans) {
    const auto c = collected();
    const std::string path = folder.file("i.gguf");
    c->imatrix().save(path, { "a.txt", "b.txt" }, 32);

    const imatrix_file im(path);
    im.check(source);
    ASSERT_EQ(im.entries().size(), 3u);
    for (const auto & [name, e] : c->imatrix().entries()) {
        const imatrix_means * got = im.find(name);
        ASSERT_NE(got, nullptr);
        EXPECT_EQ(got->counts, e.counts);
        for (size_t j = 0; j < e.sums.size(); ++j) {
            EXPECT_EQ(got->values[j], e.sums[j] / float(n_tokens));
        }
    }
    EXPECT_EQ(im.find("blk.9.ffn_up.weight"), nullptr);
    EXPECT_TRUE(contains(im.info_json(), R"("datasets":["a.txt","b.txt"],"chunk_count":1,"chunk_size":32)"))
        << im.info_json();
}

TEST_F(CalibrationFile, ImatrixHasTheTensorsOfLlamaImatrix) {
    const std::string path = folder.file("i.gguf");
    collected()->imatrix().save(path, {}, 32);
    const model m(path);
    ASSERT_EQ(m.tensors().size(), 6u);
    EXPECT_EQ(m.tensors()[0].name, "blk.0.ffn_down.weight.in_sum2");
    EXPECT_EQ(m.tensors()[1].name, "blk.0.ffn_down.weight.counts");
    EXPECT_EQ(m.tensors()[2].name, "blk.0.ffn_gate.weight.in_sum2");
    EXPECT_EQ(m.tensors()[0].ne[0], n_ff);
    EXPECT_EQ(m.tensors()[1].ne[0], 1);
    const char * keys[] = { "general.type", "imatrix.datasets", "imatrix.chunk_count", "imatrix.chunk_size" };
    ASSERT_EQ(gguf_get_n_kv(m.header()), 4);
    for (int i = 0; i < 4; ++i) {
        EXPECT_STREQ(gguf_get_key(m.header(), i), keys[i]);
    }
}

TEST_F(CalibrationFile, ImatrixOfAnotherModelIsRefused) {
    const std::string path = folder.file("i.gguf");
    collected()->imatrix().save(path, {}, 32);
    const imatrix_file im(path);
    const model other_shape(write_model(folder, "shape.gguf", ffn_shapes(1, n_embd, n_ff + 1)));
    const std::string shape = failure_of([&] { im.check(other_shape); });
    EXPECT_TRUE(contains(shape, "has 33 inputs for 'blk.0.ffn_down.weight'") && contains(shape, "has 34")) << shape;
    const model other_names(write_model(folder, "names.gguf", { { "blk.0.attn_q.weight", { 8, 8 } } }));
    const std::string names = failure_of([&] { im.check(other_names); });
    EXPECT_TRUE(contains(names, "'blk.0.ffn_down.weight', which") && contains(names, "lacks")) << names;
}

TEST_F(CalibrationFile, DamagedImatrixIsRefused) {
    const std::string path = folder.file("i.gguf");
    const auto refusal = [&] { return failure_of([&] { imatrix_file{ path }; }); };
    const auto c = collected();
    for (const float bad : { std::nanf(""), -1.0f, INFINITY }) {
        c->imatrix().save(path, {}, 32);
        EXPECT_EQ(refusal(), "");
        poke(path, "blk.0.ffn_up.weight.in_sum2", 5, bad);
        EXPECT_TRUE(contains(refusal(), "'blk.0.ffn_up.weight.in_sum2' is negative or not finite at 5")) << refusal();
    }
    c->imatrix().save(path, {}, 32);
    poke(path, "blk.0.ffn_up.weight.counts", 0, 0.0f);
    EXPECT_TRUE(contains(refusal(), "'blk.0.ffn_up.weight' was collected on no token")) << refusal();

    gguf_out lonely;
    lonely.add_f32("a.weight.in_sum2", { 2 }, [](float * out) { out[0] = out[1] = 1.0f; });
    lonely.write(path);
    EXPECT_TRUE(contains(refusal(), "sums but no counts for 'a.weight'")) << refusal();
}

TEST_F(CalibrationFile, OtherFilesAreNotAnImatrix) {
    const std::string path = folder.file("old.dat");
    std::string legacy("\2\0\0\0", 4); // number of entries, no magic
    write_file(path, legacy + "rest");
    EXPECT_TRUE(contains(failure_of([&] { imatrix_file{ path }; }), "old .dat form"));
    write_file(path, "");
    EXPECT_TRUE(contains(failure_of([&] { imatrix_file{ path }; }), "not a GGUF file"));
    EXPECT_TRUE(contains(failure_of([&] { imatrix_file{ source.path() }; }), "holds no imatrix"));
    EXPECT_TRUE(contains(failure_of([&] { moments_file{ source.path() }; }), "not second moments"));
    const std::string moments = moments_path();
    EXPECT_TRUE(contains(failure_of([&] { imatrix_file{ moments }; }), "holds no imatrix"));
    EXPECT_NE(failure_of([&] { imatrix_file{ folder.path() + "/absent" }; }, SD_E_IO), "");
}

TEST_F(CalibrationFile, AnExpertWithoutTokensReadsAsOne) {
    const std::string path = folder.file("experts.gguf");
    gguf_out file;
    file.add_f32("e.weight.in_sum2", { 2, 3 }, [](float * out) {
        const float sums[] = { 8, 4, 0, 0, 3, 6 };
        std::copy(sums, sums + 6, out);
    });
    file.add_f32("e.weight.counts", { 1, 3 }, [](float * out) {
        const float counts[] = { 4, 0, 3 };
        std::copy(counts, counts + 3, out);
    });
    file.write(path);
    const imatrix_file im(path);
    EXPECT_EQ(im.find("e.weight")->values, (std::vector<float>{ 2, 1, 1, 1, 1, 2 }));
    EXPECT_EQ(im.find("e.weight")->counts, (std::vector<int64_t>{ 4, 0, 3 }));
}

TEST_F(CalibrationFile, MomentsReadBack) {
    const auto c = collected();
    const std::string path = moments_path();
    const moments_file m(path);
    m.check(source, "");
    ASSERT_EQ(m.inputs().size(), 2u);
    for (const auto & [name, in] : c->inputs()) {
        const input_place * place = m.find(in->weights.back());
        ASSERT_NE(place, nullptr);
        EXPECT_EQ(place->name, name);
        EXPECT_EQ(place->weights, in->weights);
        const auto data = m.load(*place);
        std::vector<float> expected(size_t(packed_size(in->n)));
        in->moment->mean(c->kernel(), 1, expected.data());
        EXPECT_EQ(data->packed, expected);
        EXPECT_EQ(data->count, n_tokens);
        ASSERT_EQ(data->n_samples, 4);
        EXPECT_EQ(0, std::memcmp(data->samples.data(), in->samples->data(), data->samples.size() * sizeof(float)));
    }
    EXPECT_EQ(m.find("blk.0.attn_q.weight"), nullptr);
    const std::string info = m.info_json();
    EXPECT_TRUE(contains(info, R"("model":{"name":"tiny","sha256":""},"text":{"name":"text.txt")")) << info;
    EXPECT_TRUE(contains(info, R"("chunk_size":32,"chunks":3)")) << info;
}

TEST_F(CalibrationFile, BytesDoNotDependOnThreads) {
    std::vector<std::string> files;
    for (const int threads : { 1, 2, 4 }) {
        const std::string path = folder.file("t" + std::to_string(threads));
        collected(threads)->save_moments(path, provenance());
        files.push_back(read_file(path));
        ASSERT_GT(files.back().size(), 4u * size_t(packed_size(n_ff)));
        EXPECT_EQ(files.back(), files.front());
    }
}

TEST_F(CalibrationFile, MomentsOfAnotherModelAreRefused) {
    const std::string sha(64, 'a'), other_sha(64, 'b');
    const moments_file m(moments_path(sha));
    m.check(source, sha);
    m.check(source, "");
    EXPECT_TRUE(
        contains(failure_of([&] { m.check(source, other_sha); }), "another model ('tiny', SHA-256 aaaaaaaaaaaa"));
    const model other_shape(write_model(folder, "shape.gguf", ffn_shapes(1, n_embd + 1, n_ff)));
    const std::string shape = failure_of([&] { m.check(other_shape, ""); });
    EXPECT_TRUE(contains(shape, "has 20 inputs for 'blk.0.ffn_gate.weight'") && contains(shape, "has 21")) << shape;
    const model other_names(write_model(folder, "names.gguf", { { "blk.0.attn_q.weight", { 8, 8 } } }));
    EXPECT_TRUE(contains(failure_of([&] { m.check(other_names, ""); }), "lacks"));
}

TEST_F(CalibrationFile, DamagedMomentsAreRefused) {
    const int64_t diagonal = packed_index(n_embd, 3, 3), beside = packed_index(n_embd, 3, 4);
    std::string path = moments_path();
    EXPECT_EQ(load_refusal(path), "");
    poke(path, "blk.0.ffn_in.moments", diagonal, -1.0f);
    EXPECT_TRUE(contains(load_refusal(path), "negative or not finite at input 3"));
    poke(path = moments_path(), "blk.0.ffn_in.moments", diagonal, INFINITY);
    EXPECT_TRUE(contains(load_refusal(path), "negative or not finite at input 3"));
    poke(path = moments_path(), "blk.0.ffn_in.moments", beside, std::nanf(""));
    EXPECT_TRUE(contains(load_refusal(path), "impossible at inputs 3 and 4"));
    poke(path = moments_path(), "blk.0.ffn_in.moments", beside, 1e6f);
    EXPECT_TRUE(contains(load_refusal(path), "impossible at inputs 3 and 4"));
    poke(path = moments_path(), "blk.0.ffn_in.samples", n_embd + 1, std::nanf(""));
    EXPECT_TRUE(contains(load_refusal(path), "sample 1 of 'blk.0.ffn_in' is not finite"));
    poke(path = moments_path(), "blk.0.ffn_in.residual", 2 * n_embd, INFINITY);
    EXPECT_TRUE(contains(load_refusal(path), "residual stream 2 of 'blk.0.ffn_in' is not finite"));
    retype(path = moments_path(), "blk.0.ffn_in.residual", GGML_TYPE_I32);
    EXPECT_TRUE(contains(failure_of([&] { moments_file{ path }; }), "is not in f32 what the samples of"));
    poke(path = moments_path(), "blk.0.ffn_in.count", 0, int64_t(0));
    EXPECT_TRUE(contains(failure_of([&] { moments_file{ path }; }), "was seen 0 times"));
    write_file(path, read_file(moments_path()).substr(0, 2000));
    EXPECT_NE(failure_of([&] { moments_file{ path }; }), "");
}

TEST_F(CalibrationFile, ADeadInputIsAllowed) {
    collector c(source, all_options());
    evaluation e;
    auto * x = e.input({ n_embd, n_tokens }, 1);
    for (int64_t t = 0; t < n_tokens; ++t) {
        static_cast<float *>(x->data)[t * n_embd + 3] = 0.0f;
    }
    show_ffn(c, e, 0, x, e.input({ n_ff, n_tokens }, 2));
    const std::string path = folder.file("m.gguf");
    c.save_moments(path, provenance());
    const moments_file m(path);
    const auto data = m.load(*m.find("blk.0.ffn_up.weight"));
    EXPECT_EQ(data->packed[size_t(packed_index(n_embd, 3, 3))], 0.0f);
    EXPECT_EQ(data->packed[size_t(packed_index(n_embd, 2, 3))], 0.0f);
}

TEST_F(CalibrationFile, PlanTellsBytesAndLimitIsKept) {
    auto options = all_options();
    const auto plan = plan_collection(source, options);
    EXPECT_EQ(plan.weights.size(), 3u);
    EXPECT_EQ(plan.inputs.size(), 2u);
    const model file(moments_path());
    int64_t bytes = 0;
    for (const auto & t : file.tensors()) {
        bytes += t.size;
    }
    EXPECT_EQ(plan.file_bytes, bytes);

    options.memory_limit = plan.memory_bytes;
    collector fits(source, options);
    options.memory_limit = plan.memory_bytes - 1;
    EXPECT_TRUE(contains(failure_of([&] { collector c(source, options); }, SD_E_USAGE), "the limit is"));
    const model three(write_model(folder, "three.gguf", ffn_shapes(3, n_embd, n_ff)));
    const model deep(write_model(folder, "deep.gguf", ffn_shapes(6, n_embd, n_ff)));
    options.imatrix = false;
    options.memory_limit = plan_collection(three, options).memory_bytes;
    const std::string refusal = failure_of([&] { collector c(deep, options); }, SD_E_USAGE);
    EXPECT_TRUE(contains(refusal, "collect 3 layers at a time")) << refusal;
}

TEST_F(CalibrationFile, ParametersAreChecked) {
    sd_collect_params good = {};
    good.what = SD_COLLECT_MOMENTS;
    good.chunk_size = 32;
    good.last_layer = -1;
    EXPECT_EQ(checked_options(good).kinds.size(), 3u);
    const auto refusal = [&](auto && change) {
        sd_collect_params p = good;
        change(p);
        return failure_of([&] { checked_options(p); }, SD_E_USAGE);
    };
    EXPECT_NE(refusal([](auto & p) { p.what = 0; }), "");
    EXPECT_NE(refusal([](auto & p) { p.what = 8; }), "");
    EXPECT_NE(refusal([](auto & p) { p.chunk_size = 0; }), "");
    EXPECT_NE(refusal([](auto & p) { p.what = SD_COLLECT_SAMPLES; }), "");
    EXPECT_NE(refusal([](auto & p) { p.first_layer = 3, p.last_layer = 2; }), "");
    EXPECT_NE(refusal([](auto & p) { std::strcpy(p.kinds, "ffn_up,,ffn_down"); }), "");
    EXPECT_NE(refusal([](auto & p) { std::memset(p.kinds, 'x', sizeof p.kinds); }), "");
    EXPECT_NE(refusal([](auto & p) { p.memory_limit_bytes = -1; }), "");

    std::strcpy(good.kinds, "ffn_up,attn_q");
    EXPECT_TRUE(contains(failure_of([&] { plan_collection(source, checked_options(good)); }), "blk.*.attn_q.weight"));
}

TEST_F(CalibrationFile, TheCInterfaceCarriesItAll) {
    sd_error error = {};
    sd_model * m = nullptr;
    ASSERT_EQ(sd_model_open(source.path().c_str(), &m, &error), SD_OK) << error.message;
    sd_collect_params params = {};
    params.what = SD_COLLECT_IMATRIX | SD_COLLECT_MOMENTS;
    params.chunk_size = 32;
    params.last_layer = -1;
    sd_collector * c = nullptr;
    ASSERT_EQ(sd_collector_open(m, &params, &c, &error), SD_OK) << error.message;
    const std::string imatrix_path = folder.file("i.gguf"), moments_file_path = folder.file("m.gguf");
    EXPECT_EQ(sd_collector_save_imatrix(c, imatrix_path.c_str(), nullptr, 0, &error), SD_E_USAGE);
    const sd_provenance p = provenance();
    EXPECT_EQ(sd_collector_save_moments(c, moments_file_path.c_str(), &p, &error), SD_E_USAGE);

    evaluation e;
    const sd_eval_callback callback = sd_collector_callback();
    auto * node = e.mul_mat("blk.0.ffn_up.weight", e.input({ n_embd, n_tokens }, 1), n_ff);
    EXPECT_TRUE(callback(node, true, c));
    EXPECT_TRUE(callback(node, false, c));
    EXPECT_EQ(sd_collector_status(c, &error), SD_OK);
    const char * dataset = "text.txt";
    ASSERT_EQ(sd_collector_save_imatrix(c, imatrix_path.c_str(), &dataset, 1, &error), SD_OK) << error.message;
    ASSERT_EQ(sd_collector_save_moments(c, moments_file_path.c_str(), &p, &error), SD_OK) << error.message;
    EXPECT_EQ(sd_collector_save_moments(c, "/nowhere/at/all.gguf", &p, &error), SD_E_IO);

    sd_imatrix * im = nullptr;
    sd_imatrix_view iv = {};
    int32_t found = 0;
    ASSERT_EQ(sd_imatrix_open(imatrix_path.c_str(), &im, &error), SD_OK) << error.message;
    EXPECT_EQ(sd_imatrix_check(im, m, &error), SD_OK) << error.message;
    ASSERT_EQ(sd_imatrix_find(im, "blk.0.ffn_up.weight", &iv, &found, &error), SD_OK);
    EXPECT_TRUE(found == 1 && iv.n_in == n_embd && iv.n_mat == 1 && iv.counts[0] == n_tokens);
    EXPECT_EQ(sd_imatrix_find(im, "blk.0.ffn_gate.weight", &iv, &found, &error), SD_OK);
    EXPECT_TRUE(found == 0 && iv.values == nullptr);

    sd_moments * mo = nullptr;
    sd_moments_view mv = {};
    ASSERT_EQ(sd_moments_open(moments_file_path.c_str(), &mo, &error), SD_OK) << error.message;
    ASSERT_EQ(sd_moments_find(mo, "blk.0.ffn_up.weight", &mv, &found, &error), SD_OK) << error.message;
    EXPECT_TRUE(found == 1 && mv.n_in == n_embd && mv.count == n_tokens && mv.samples == nullptr);
    ASSERT_EQ(sd_imatrix_find(im, "blk.0.ffn_up.weight", &iv, &found, &error), SD_OK);
    for (int64_t i = 0; i < n_embd; ++i) {
        EXPECT_NEAR(mv.packed[packed_index(n_embd, i, i)], iv.values[i], 1e-5f * iv.values[i]) << i;
    }
    sd_weight * up = nullptr;
    ASSERT_EQ(sd_weight_open(m, "blk.0.ffn_up.weight", 1, &up, &error), SD_OK) << error.message;
    found = 0;
    EXPECT_EQ(sd_weight_set_moments(up, mo, &found, &error), SD_OK) << error.message;
    EXPECT_EQ(found, 1);
    EXPECT_EQ(sd_weight_set_moments(nullptr, mo, &found, &error), SD_E_USAGE);
    EXPECT_EQ(found, 0);
    sd_weight_close(up);
    sd_weight * none = nullptr;
    ASSERT_EQ(sd_weight_open(m, "blk.0.ffn_gate.weight", 1, &none, &error), SD_OK) << error.message;
    EXPECT_EQ(sd_weight_set_moments(none, mo, &found, &error), SD_OK) << error.message;
    EXPECT_EQ(found, 0); // this collector saw ffn_up alone
    sd_weight_close(none);

    const char * json = nullptr;
    EXPECT_EQ(sd_collector_summary(c, &json, &error), SD_OK);
    EXPECT_TRUE(contains(json, "\"name\":\"blk.0.ffn_in\"")) << json;

    sd_moments_close(mo);
    sd_imatrix_close(im);
    sd_collector_close(c);
    sd_model_close(m);
    sd_collector_close(nullptr);
}

} // namespace
