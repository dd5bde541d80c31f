#include "../builder/failure.h"
#include "../builder/sha256.h"
#include "../runtime/payload-reader.h"
#include "test-models.h"
#include "test-reader.h"

#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <functional>
#include <sys/resource.h>

using namespace seeddelta;

namespace {

const progress silent(nullptr);

struct fixture {
    temp_folder            folder;
    tiny_model             tiny;
    std::string            source_path = folder.file("source.gguf");
    std::unique_ptr<model> source;

    fixture() {
        write_file(source_path, tiny.bytes());
        source = std::make_unique<model>(source_path);
    }

    std::string out(const std::string & name = "out.gguf") { return folder.file(name); }
};

std::string failure_of(const std::function<void()> & f, sd_status status) {
    try {
        f();
    } catch (const failure & e) {
        EXPECT_EQ(e.status, status) << e.what();
        return e.what();
    }
    ADD_FAILURE() << "no error";
    return "";
}

sd_encode_params trellis(const char * scheme, float bits) {
    return with_bits(make_params(scheme, 5), bits);
}

} // namespace

TEST(builder_writer, a_copy_has_the_same_tensors_and_keys) {
    fixture f;
    writer(*f.source).write(f.out(), silent);
    const test_reader a(f.source_path), b(f.folder.path() + "/out.gguf");
    EXPECT_EQ(a.order(), b.order());
    for (const auto & name : a.order()) {
        EXPECT_EQ(a.tensors().at(name).ne, b.tensors().at(name).ne);
        EXPECT_EQ(a.data(name), b.data(name)) << name;
    }
    EXPECT_EQ(b.text("general.architecture"), "llama");
    EXPECT_EQ(b.whole("llama.block_count"), 1u);
    EXPECT_EQ(b.texts("tokenizer.ggml.tokens"), (std::vector<std::string>{ "a\xc3\xb1", "" }));
    EXPECT_TRUE(b.texts("some.nothing").empty());
    EXPECT_FALSE(b.has("seeddelta.enabled"));
}

// Every scheme, base, value type and row scale through the writer, read back by a reader that shares no code with it.
TEST(builder_writer, an_independent_reader_sees_the_same_weights) {
    const std::vector<sd_encode_params> all = {
        make_params("coo", 13),
        make_params("coo", 1, 0, SD_VALUE_I8, "prng_block"),
        make_params("coo", 20, 0, SD_VALUE_I8, "none", SD_ROW_SCALE_F32),
        make_params("coo", 20, 0, SD_VALUE_F16, "prng_block", SD_ROW_SCALE_NONE),
        make_params("block", 48, 16),
        make_params("block", 112, 16, SD_VALUE_I8, "prng_block"),
        make_params("block", 128, 32, SD_VALUE_I8, "none", SD_ROW_SCALE_F32),
        make_params("block", 64, 64, SD_VALUE_F16, "prng_block", SD_ROW_SCALE_NONE),
        trellis("none", 2.0f),
        trellis("coo", 1.5f),
        trellis("none", 2.5f),
        trellis("none", 3.0f),
        with_stacks(make_params("coo", 5), 0, 1, 1),
        with_stacks(make_params("block", 48, 16, SD_VALUE_I8), 0, 3, 3, 50, 2),
        with_stacks(make_params("coo", 5, 0, SD_VALUE_F16, "none", SD_ROW_SCALE_NONE), 256, 2, 2),
        with_search(make_params("coo", 5), 50, 12),
        with_search(make_params("block", 48, 16, SD_VALUE_I8), 65, 8),
        with_atoms(make_params("", 5), 9),
        with_atoms(with_search(make_params("", 2, 0, SD_VALUE_F16, "none", SD_ROW_SCALE_F32), 20, 16), 30),
    };
    for (const auto & p : all) {
        fixture    f;
        const auto payload = encode_with(f.tiny.up, p);
        writer     w(*f.source);
        w.add_payload("blk.0.ffn_up.weight", payload, true);
        const std::string path = f.out();
        w.write(path, silent);

        const test_reader read(path);
        EXPECT_FALSE(read.tensors().count("blk.0.ffn_up.weight"));
        const auto independent = read.decode("blk.0.ffn_up");
        const auto codec = decode_all(*payload);
        ASSERT_EQ(independent.size(), codec.size());
        // transforms and sums in f32 round relative to what was summed, everything else relative to the value
        const double largest = *std::max_element(codec.begin(), codec.end());
        const bool   sums = std::string(p.base) == "fht_struct" || p.base_seed_search > 0 || p.atoms > 0 ||
                            std::string(p.base) == "trellis";
        const double floor = sums ? 1e-6 * largest : 1e-12;
        for (size_t i = 0; i < codec.size(); ++i) {
            ASSERT_NEAR(independent[i], codec[i], 1e-6 * std::fabs(codec[i]) + floor) << p.scheme << p.base << i;
        }
        sha256 sha;
        sha.update(read.digest_input("blk.0.ffn_up"));
        EXPECT_EQ(read.text("seeddelta.blk.0.ffn_up.sha256"), sha.finish_hex());
    }
}

TEST(builder_writer, keys_and_places_are_as_the_format_says) {
    fixture f;
    writer  w(*f.source);
    w.set("seeddelta.policy.hash", [](gguf_context * kv) { gguf_set_val_str(kv, "seeddelta.policy.hash", "x"); });
    w.set("seeddelta.version", [](gguf_context * kv) { gguf_set_val_u32(kv, "seeddelta.version", 77); });
    const auto gate = encode_with(f.tiny.gate, make_params("block", 32, 16, SD_VALUE_I8, "prng_block"));
    const auto up = encode_with(f.tiny.up, make_params("coo", 9));
    w.add_payload("blk.0.ffn_up.weight", up, false);
    w.add_payload("blk.0.ffn_gate.weight", gate, true);
    const std::string path = f.out();
    w.write(path, silent);

    const test_reader r(path);
    EXPECT_EQ(r.order(), (std::vector<std::string>{ "blk.0.ffn_norm.weight", "blk.0.ffn_gate.row_scale",
                                                    "blk.0.ffn_gate.b_map", "blk.0.ffn_gate.b_val",
                                                    "blk.0.ffn_gate.b_scale", "blk.0.ffn_up.weight",
                                                    "blk.0.ffn_up.row_scale", "blk.0.ffn_up.d_idx", "blk.0.ffn_up.d_val",
                                                    "blk.0.ffn_down.weight", "output_norm.weight" }));
    EXPECT_EQ(r.whole("seeddelta.enabled"), 1u);
    EXPECT_EQ(r.whole("seeddelta.version"), 1u); // the caller's 77 does not stand
    EXPECT_EQ(r.whole("seeddelta.strip_dense"), 1u);
    EXPECT_EQ(r.texts("seeddelta.stripped"), (std::vector<std::string>{ "blk.0.ffn_gate.weight" }));
    EXPECT_EQ(r.text("seeddelta.policy.hash"), "x");
    const std::string g = "seeddelta.blk.0.ffn_gate.", u = "seeddelta.blk.0.ffn_up.";
    EXPECT_EQ(r.whole(g + "enabled"), 1u);
    EXPECT_EQ(r.whole(g + "strip_dense"), 1u);
    EXPECT_EQ(r.whole(u + "strip_dense"), 0u);
    EXPECT_EQ(r.text(g + "scheme"), "block");
    EXPECT_EQ(r.text(g + "base.kind"), "prng_block");
    EXPECT_EQ(r.whole(g + "base.seed"), 42u);
    EXPECT_EQ(r.whole(g + "K"), 32u);
    EXPECT_EQ(r.whole(g + "block"), 16u);
    EXPECT_EQ(r.whole(g + "n_out"), 64u);
    EXPECT_EQ(r.whole(g + "n_in"), 100u);
    EXPECT_EQ(r.text(u + "base.kind"), "none");
    EXPECT_FALSE(r.has(u + "base.seed"));
    EXPECT_EQ(float(r.number(u + "norm_w")), float(up->norms.w));
    EXPECT_EQ(float(r.number(u + "norm_hat")), float(up->norms.hat));
    EXPECT_EQ(float(r.number(u + "norm_err")), float(up->norms.err));
    EXPECT_EQ(float(r.number(u + "norm_err_w")), float(up->norms.err_w));
}

TEST(builder_writer, the_planned_size_is_the_size) {
    fixture f;
    writer  w(*f.source);
    w.add_payload("blk.0.ffn_up.weight", encode_with(f.tiny.up, make_params("coo", 7, 0, SD_VALUE_I8)), true);
    const int64_t     planned = w.plan().size;
    const std::string path = f.out();
    sd_progress       shared = {};
    w.write(path, progress(&shared));
    EXPECT_EQ(int64_t(read_file(path).size()), planned);
    EXPECT_EQ(shared.done, planned);
}

TEST(builder_writer, the_same_work_gives_the_same_file) {
    fixture f;
    std::string first;
    for (int n_threads : { 1, 2, 4 }) {
        const auto payload =
            encode_with(f.tiny.up, make_params("block", 48, 16, SD_VALUE_I8, "prng_block", SD_ROW_SCALE_F16, n_threads));
        writer w(*f.source);
        w.add_payload("blk.0.ffn_up.weight", payload, true);
        const std::string path = f.out("threads-" + std::to_string(n_threads));
        w.write(path, silent);
        const std::string bytes = read_file(path);
        first = first.empty() ? bytes : first;
        EXPECT_TRUE(bytes == first) << n_threads << " threads";
    }
}

TEST(builder_writer, restore_gives_a_dense_file_of_the_decoded_values) {
    for (ggml_type type : { GGML_TYPE_F16, GGML_TYPE_F32 }) {
        fixture    f;
        const auto payload = encode_with(f.tiny.up, make_params("block", 48, 16, SD_VALUE_I8, "prng_block"));
        const auto kept = encode_with(f.tiny.down, make_params("coo", 5));
        writer     w(*f.source);
        w.add_payload("blk.0.ffn_up.weight", payload, true);
        w.add_payload("blk.0.ffn_down.weight", kept, false);
        const std::string path = f.out(), dense = f.out("dense.gguf");
        w.write(path, silent);

        const model stripped(path);
        writer      back(stripped);
        back.restore(type);
        const int64_t planned = back.plan().size;
        back.write(dense, silent);
        EXPECT_EQ(int64_t(read_file(dense).size()), planned);

        const model        restored(dense);
        const dense_weight up(restored, "blk.0.ffn_up.weight", 1);
        const auto         expected = decode_all(*payload);
        for (size_t i = 0; i < expected.size(); ++i) {
            ASSERT_NEAR(up.row(0)[i], expected[i], type == GGML_TYPE_F32 ? 0.0 : 5e-4 * std::fabs(expected[i]) + 3e-8);
        }
        const test_reader r(dense), original(f.source_path);
        EXPECT_EQ(r.order(), original.order()); // where it stood, and no payload tensors
        EXPECT_EQ(r.data("blk.0.ffn_down.weight"), original.data("blk.0.ffn_down.weight")); // the twin, untouched
        EXPECT_FALSE(r.has("seeddelta.enabled"));
        EXPECT_FALSE(r.has("seeddelta.blk.0.ffn_up.scheme"));
        EXPECT_EQ(r.whole("restored.lossy"), 1u);
        EXPECT_EQ(r.texts("restored.tensors"), (std::vector<std::string>{ "blk.0.ffn_up.weight" }));
        sha256 sha;
        sha.update(read_file(path));
        EXPECT_EQ(r.text("restored.source_sha256"), sha.finish_hex());
    }
}

TEST(builder_writer, a_file_with_payloads_can_get_more_and_keeps_what_it_has) {
    fixture f;
    writer  first(*f.source);
    first.add_payload("blk.0.ffn_up.weight", encode_with(f.tiny.up, make_params("coo", 7)), true);
    first.add_payload("blk.0.ffn_down.weight", encode_with(f.tiny.down, make_params("coo", 7)), false);
    const std::string one = f.out("one.gguf"), two = f.out("two.gguf");
    first.write(one, silent);

    const model source(one);
    writer      second(source);
    second.add_payload("blk.0.ffn_gate.weight", encode_with(f.tiny.gate, make_params("block", 32, 16)), true);
    const auto replaced = encode_with(f.tiny.down, make_params("block", 16, 16));
    second.add_payload("blk.0.ffn_down.weight", replaced, true);
    second.write(two, silent);

    const test_reader r(two);
    EXPECT_EQ(r.texts("seeddelta.stripped"),
              (std::vector<std::string>{ "blk.0.ffn_up.weight", "blk.0.ffn_gate.weight", "blk.0.ffn_down.weight" }));
    EXPECT_EQ(r.text("seeddelta.blk.0.ffn_down.scheme"), "block");
    EXPECT_FALSE(r.tensors().count("blk.0.ffn_down.d_idx"));
    EXPECT_EQ(r.text("seeddelta.blk.0.ffn_up.scheme"), "coo");
    const auto expected = decode_all(*replaced);
    const auto read = r.decode("blk.0.ffn_down");
    EXPECT_NEAR(read[5], expected[5], 1e-6 * std::fabs(expected[5]) + 1e-12);
    EXPECT_EQ(model_payload_names(model(two)).size(), 3u);
}

TEST(builder_writer, payloads_that_do_not_fit_are_refused) {
    fixture    f;
    writer     w(*f.source);
    const auto up = encode_with(f.tiny.up, make_params("coo", 7));
    EXPECT_NE(failure_of([&] { w.add_payload("blk.0.ffn_gate.weight", up, true); }, SD_E_INPUT)
                  .find("made for 'blk.0.ffn_up'"), std::string::npos);
    failure_of([&] { w.add_payload("blk.0.ffn_up.bias", up, true); }, SD_E_INPUT);
    const auto other = encode_with(make_weight(64, 99, 1, "blk.0.ffn_up"), make_params("coo", 7));
    EXPECT_NE(failure_of([&] { w.add_payload("blk.0.ffn_up.weight", other, true); }, SD_E_INPUT)
                  .find("is 64 x 99, the tensor is 64 x 100"), std::string::npos);
    const auto absent = encode_with(make_weight(64, 100, 1, "blk.9.ffn_up"), make_params("coo", 7));
    failure_of([&] { w.add_payload("blk.9.ffn_up.weight", absent, true); }, SD_E_INPUT);
    const auto output = encode_with(make_weight(1, 7, 1, "output_norm"), make_params("coo", 1));
    failure_of([&] { w.add_payload("output_norm.weight", output, true); }, SD_E_INPUT);
    failure_of([&] { w.restore(GGML_TYPE_F16); }, SD_E_INPUT); // nothing to restore
    failure_of([&] { w.set("general.alignment", [](gguf_context *) {}); }, SD_E_USAGE);
    failure_of([&] { w.set("", [](gguf_context *) {}); }, SD_E_USAGE);
}

TEST(builder_writer, what_the_system_refuses_is_said_and_nothing_is_left) {
    fixture f;
    writer  w(*f.source);
    EXPECT_NE(failure_of([&] { w.write(f.folder.path() + "/no/such/folder.gguf", silent); }, SD_E_IO)
                  .find("No such file or directory"), std::string::npos);
    EXPECT_NE(failure_of([&] { w.write(f.folder.path(), silent); }, SD_E_IO).find("Is a directory"), std::string::npos);
    EXPECT_NE(failure_of([&] { w.write("/dev/full", silent); }, SD_E_IO).find("No space left"), std::string::npos);
    EXPECT_TRUE(file_exists("/dev/full"));

    // a disk that fills up half way, played by a limit on the size of files
    struct rlimit before, small = { 4096, 4096 };
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    small.rlim_max = before.rlim_max;
    const auto handler = signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    const std::string path = f.out("limited.gguf");
    const std::string message = failure_of([&] { w.write(path, silent); }, SD_E_IO);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
    EXPECT_NE(message.find("File too large"), std::string::npos) << message;
    EXPECT_FALSE(file_exists(path));
}

TEST(builder_writer, a_source_that_changes_is_noticed) {
    fixture f;
    writer  w(*f.source);
    std::string bytes = read_file(f.source_path);
    write_file(f.source_path, bytes + "x");
    failure_of([&] { w.write(f.out(), silent); }, SD_E_INPUT);
    EXPECT_FALSE(file_exists(f.folder.path() + "/out.gguf"));

    write_file(f.source_path, bytes.substr(0, 1000)); // and one that shrinks is no crash
    EXPECT_NE(failure_of([&] { dense_weight(*f.source, "blk.0.ffn_up.weight", 1); }, SD_E_IO).find("ended early"),
              std::string::npos);
}

TEST(builder_writer, cancelling_removes_the_file) {
    fixture     f;
    writer      w(*f.source);
    sd_progress shared = { 0, 0, 1, 0 };
    const std::string path = f.out();
    failure_of([&] { w.write(path, progress(&shared)); }, SD_E_CANCELLED);
    EXPECT_FALSE(file_exists(path));
}

// The verification after writing must be able to say no: hold a good file against payloads it was not made of.
TEST(builder_writer, verification_sees_a_wrong_file) {
    fixture f;
    const auto made = encode_with(f.tiny.up, make_params("coo", 7, 0, SD_VALUE_I8, "prng_block"));
    writer  w(*f.source);
    w.add_payload("blk.0.ffn_up.weight", made, true);
    const std::string path = f.out();
    w.write(path, silent);
    EXPECT_NO_THROW(verify_payload(model(path), "blk.0.ffn_up", *made, made->digest_hex()));
    EXPECT_THROW(verify_payload(model(path), "blk.0.ffn_up", *made, std::string(64, 'a')), failure);

    auto changed = std::make_shared<stored_payload>(*made);
    changed->view.params["base.scale"] = 1.0 + std::get<double>(changed->view.params["base.scale"]);
    EXPECT_THROW(verify_payload(model(path), "blk.0.ffn_up", *changed, made->digest_hex()), failure);

    const auto other = encode_with(f.tiny.up, make_params("coo", 8, 0, SD_VALUE_I8, "prng_block"));
    EXPECT_THROW(verify_payload(model(path), "blk.0.ffn_up", *other, made->digest_hex()), failure);

    std::string bytes = read_file(path); // one flipped bit in the payload
    const auto  place = model(path).tensors()[size_t(model(path).find("blk.0.ffn_up.d_val"))];
    bytes[size_t(place.offset + 11)] = char(bytes[size_t(place.offset + 11)] ^ 1);
    const std::string damaged = f.out("damaged.gguf");
    write_file(damaged, bytes);
    EXPECT_THROW(verify_payload(model(damaged), "blk.0.ffn_up", *made, made->digest_hex()), failure);
}

// Values of a short last block that belong to no input decode to nothing, and still have to be what was made.
TEST(builder_writer, verification_sees_bytes_that_no_product_shows) {
    fixture    f;
    const auto made = encode_with(f.tiny.up, make_params("block", 112, 16)); // 7 blocks, the last holds 4 inputs
    writer     w(*f.source);
    w.add_payload("blk.0.ffn_up.weight", made, true);
    const std::string path = f.out(), damaged = f.out("damaged.gguf");
    w.write(path, silent);
    std::string  bytes = read_file(path);
    const auto   place = model(path).tensors()[size_t(model(path).find("blk.0.ffn_up.b_val"))];
    const size_t at = size_t(place.offset) + (6 * 16 + 10) * 2;
    EXPECT_EQ(bytes[at], 0);
    bytes[at] = 1;
    write_file(damaged, bytes);
    EXPECT_THROW(verify_payload(model(damaged), "blk.0.ffn_up", *made, made->digest_hex()), failure);
}

TEST(builder_writer, a_file_that_does_not_verify_is_removed) {
    fixture    f;
    const auto made = encode_with(f.tiny.up, make_params("coo", 2));
    auto       bad = std::make_shared<stored_payload>(*made);
    const std::vector<uint16_t> indices(size_t(2 * tiny_model::n_ff), 7); // not ascending
    for (auto & t : bad->view.tensors) {
        t.data = t.suffix == "d_idx" ? indices.data() : t.data;
    }
    writer w(*f.source);
    w.add_payload("blk.0.ffn_up.weight", bad, true);
    const std::string path = f.out();
    EXPECT_THROW(w.write(path, silent), format_error);
    EXPECT_FALSE(file_exists(path));
}

TEST(builder_payload_file, comes_back_the_same_and_writes_the_same_model) {
    fixture f;
    for (const auto & p : { make_params("coo", 13, 0, SD_VALUE_I8, "prng_block"), make_params("block", 48, 16) }) {
        const auto        made = encode_with(f.tiny.up, p);
        const std::string path = f.out("payload");
        save_payload(*made, path);
        const auto loaded = load_payload(path);
        EXPECT_EQ(loaded->digest_hex(), made->digest_hex());
        EXPECT_EQ(loaded->view.params, made->view.params);
        EXPECT_EQ(loaded->norms.err_w, made->norms.err_w);
        EXPECT_EQ(decode_all(*loaded), decode_all(*made));
        writer a(*f.source), b(*f.source);
        a.add_payload("blk.0.ffn_up.weight", made, true);
        b.add_payload("blk.0.ffn_up.weight", loaded, true);
        a.write(f.out("a"), silent);
        b.write(f.out("b"), silent);
        EXPECT_TRUE(read_file(f.folder.path() + "/a") == read_file(f.folder.path() + "/b"));
    }
}

// Tools that rewrite a GGUF may order its tensors by name.
TEST(builder_payload_file, the_digest_does_not_depend_on_the_place_of_tensors) {
    fixture    f;
    const auto made = encode_with(f.tiny.up, with_stacks(make_params("coo", 2, 0, SD_VALUE_I8), 0, 1, 1));
    payload    view = made->view;
    ASSERT_EQ(view.tensors.size(), 5u);
    const std::string digest = payload_digest_hex(view);
    std::reverse(view.tensors.begin(), view.tensors.end());
    EXPECT_EQ(payload_digest_hex(view), digest);
    std::swap(view.tensors[0].data, view.tensors[4].data); // not the same bytes under the same names
    view.tensors[0].ne[0] = view.tensors[4].ne[0] = 1;
    EXPECT_NE(payload_digest_hex(view), digest);
}

TEST(builder_payload_file, any_damage_is_refused) {
    fixture           f;
    const auto        made = encode_with(make_weight(3, 20), make_params("coo", 2));
    const std::string path = f.out("payload");
    save_payload(*made, path);
    const std::string good = read_file(path);
    for (size_t i = 0; i < good.size(); ++i) { // every single byte
        std::string bad = good;
        bad[i] = char(bad[i] ^ 0x10);
        write_file(path, bad);
        failure_of([&] { load_payload(path); }, SD_E_INPUT);
    }
    for (size_t n = 0; n < good.size(); n += 7) { // every length
        write_file(path, good.substr(0, n));
        failure_of([&] { load_payload(path); }, SD_E_INPUT);
    }
    failure_of([&] { load_payload(f.folder.path() + "/absent"); }, SD_E_IO);
    failure_of([&] { save_payload(*made, f.folder.path() + "/no/folder"); }, SD_E_IO);
}

// With a right checksum the contents are still held to the format.
TEST(builder_payload_file, a_forged_payload_is_refused) {
    fixture           f;
    const auto        made = encode_with(make_weight(3, 20), make_params("coo", 2));
    const std::string path = f.out("payload");
    save_payload(*made, path);
    const std::string good = read_file(path);
    size_t            refused = 0;
    for (size_t i = 8; i + 32 < good.size(); ++i) {
        std::string bad = good.substr(0, good.size() - 32);
        bad[i] = char(bad[i] ^ 0xff);
        sha256  sha;
        uint8_t digest[32];
        sha.update(bad);
        sha.finish(digest);
        write_file(path, bad + std::string(reinterpret_cast<char *>(digest), 32));
        try {
            const auto loaded = load_payload(path);
            decode_all(*loaded); // whatever is accepted can be run
        } catch (const failure &) {
            ++refused;
        } catch (const format_error &) {
            ++refused;
        }
    }
    EXPECT_GT(refused, 60u);
}
