// The op inside ggml's CPU backend: graphs over implicit weights, against the oracle.

#include "../op/sd-op.h"
#include "random-payload.h"

#include "ggml-backend.h"
#include "ggml-cpu.h"
#include "ggml.h"

#include <gtest/gtest.h>

#include <memory>

using namespace seeddelta;

namespace {

constexpr int64_t n_in = 96;
constexpr int64_t n_out = 150;

/// gate and up prepare the same from x, as two weights of one rotation do; the two are the same numbers.
struct ffn {
    std::unique_ptr<ggml_context, decltype(&ggml_free)> ctx{ nullptr, ggml_free };
    ggml_backend_buffer_t buffer = nullptr;
    random_payload p{ n_out, n_in, 1 };
    implicit_weight gate, up;
    ggml_tensor * gate_tensor = nullptr;
    ggml_tensor * up_tensor = nullptr;

    ffn() {
        p.fht_base(128, 2, 2).coo(7, true);
        ctx.reset(ggml_init({ 4 * ggml_tensor_overhead(), nullptr, true }));
        gate_tensor = gate.make_tensor(ctx.get(), "gate", n_in, n_out);
        up_tensor = up.make_tensor(ctx.get(), "up", n_in, n_out);
        buffer = ggml_backend_alloc_ctx_tensors_from_buft(ctx.get(), op_buffer_type());
        gate.bind(p.p, nullptr);
        up.bind(p.p, nullptr);
    }
    ~ffn() { ggml_backend_buffer_free(buffer); }

    std::vector<float> expected(const std::vector<float> & x) const {
        const auto w = weight::open(p.p);
        const int64_t n_tok = int64_t(x.size()) / n_in;
        std::vector<float> row(n_in), y(size_t(n_tok * n_out));
        for (int64_t o = 0; o < n_out; ++o) {
            w->decode_row(o, row.data());
            for (int64_t k = 0; k < n_tok; ++k) {
                double sum = 0;
                for (int64_t i = 0; i < n_in; ++i) {
                    sum += double(row[size_t(i)]) * double(x[size_t(k * n_in + i)]);
                }
                y[size_t(k * n_out + o)] = float(sum);
            }
        }
        return y;
    }
};

/// gate x, `between` x in place, up x, over `planes` planes.
struct graph {
    ggml_backend_t backend = ggml_backend_cpu_init();
    ggml_context * ctx = ggml_init({ 32 * ggml_tensor_overhead() + ggml_graph_overhead(), nullptr, true });
    ggml_tensor * x = nullptr;
    ggml_tensor * gate = nullptr;
    ggml_tensor * up = nullptr;
    ggml_cgraph * g = nullptr;
    ggml_backend_buffer_t buffer = nullptr;

    graph(const ffn & f, int64_t n_tok, int n_threads, float between = 1.0f, int64_t planes = 1) {
        ggml_backend_cpu_set_n_threads(backend, n_threads);
        x = ggml_new_tensor_3d(ctx, GGML_TYPE_F32, n_in, n_tok, planes);
        gate = ggml_mul_mat(ctx, f.gate_tensor, x);
        up = ggml_mul_mat(ctx, f.up_tensor, x);
        g = ggml_new_graph(ctx);
        ggml_build_forward_expand(g, gate);
        if (between != 1.0f) {
            ggml_build_forward_expand(g, ggml_scale_inplace(ctx, x, between));
        }
        ggml_build_forward_expand(g, up);
        buffer = ggml_backend_alloc_ctx_tensors(ctx, backend);
    }
    ~graph() {
        ggml_backend_buffer_free(buffer);
        ggml_free(ctx);
        ggml_backend_free(backend);
    }

    void compute(const std::vector<float> & values) {
        ggml_backend_tensor_set(x, values.data(), 0, values.size() * sizeof(float));
        ASSERT_EQ(GGML_STATUS_SUCCESS, ggml_backend_graph_compute(backend, g));
    }
    static std::vector<float> read(const ggml_tensor * t) {
        std::vector<float> out(size_t(ggml_nelements(t)));
        ggml_backend_tensor_get(t, out.data(), 0, out.size() * sizeof(float));
        return out;
    }
};

std::vector<float> random_x(int64_t n_tok, uint32_t seed) {
    std::mt19937 rng(seed);
    std::vector<float> x(size_t(n_tok * n_in));
    for (auto & v : x) {
        v = std::uniform_real_distribution<float>(-2.0f, 2.0f)(rng);
    }
    return x;
}

void expect_close(const std::vector<float> & expected, const std::vector<float> & y) {
    ASSERT_EQ(expected.size(), y.size());
    for (size_t i = 0; i < y.size(); ++i) {
        ASSERT_NEAR(expected[i], y[i], 2e-3) << "element " << i; // |y| is up to about 100
    }
}

} // namespace

TEST(sd_op, the_same_graph_again_sees_new_data) {
    const ffn f;
    for (int64_t n_tok : { 1, 19 }) {
        std::vector<float> of_one_thread;
        for (int threads : { 1, 2, 4, 8 }) {
            graph g(f, n_tok, threads);
            for (uint32_t seed = 1; seed <= 2; ++seed) {
                const auto x = random_x(n_tok, seed);
                g.compute(x);
                expect_close(f.expected(x), graph::read(g.gate));
                EXPECT_EQ(graph::read(g.gate), graph::read(g.up));
            }
            if (threads == 1) {
                of_one_thread = graph::read(g.up);
            }
            EXPECT_EQ(of_one_thread, graph::read(g.up)) << threads << " threads differ from one";
        }
    }
}

TEST(sd_op, contexts_may_alternate_in_one_thread) {
    const ffn f, other;
    for (int64_t n_tok : { 1, 19 }) {
        graph a(f, n_tok, 2), b(f, n_tok, 3), c(other, n_tok, 1);
        for (uint32_t round = 0; round < 3; ++round) {
            for (graph * g : { &a, &b, &c }) {
                const auto x = random_x(n_tok, 10 * round + uint32_t(g == &b));
                g->compute(x);
                expect_close(f.expected(x), graph::read(g->up));
            }
        }
    }
}

TEST(sd_op, x_written_in_place_between_two_ops_is_seen) {
    const ffn f;
    for (int64_t n_tok : { 1, 19 }) {
        graph g(f, n_tok, 2, 3.0f);
        auto x = random_x(n_tok, 5);
        g.compute(x);
        expect_close(f.expected(x), graph::read(g.gate));
        for (auto & v : x) {
            v *= 3.0f;
        }
        expect_close(f.expected(x), graph::read(g.up));
    }
}

TEST(sd_op, an_aborted_graph_leaves_nothing_behind) {
    const ffn f;
    for (int64_t n_tok : { 1, 19 }) {
        graph g(f, n_tok, 2);
        const auto x = random_x(n_tok, 6);
        ggml_backend_tensor_set(g.x, x.data(), 0, x.size() * sizeof(float));
        ggml_backend_cpu_set_abort_callback(
            g.backend, [](void *) { return true; }, nullptr); // after gate
        ASSERT_EQ(GGML_STATUS_ABORTED, ggml_backend_graph_compute(g.backend, g.g));
        ggml_backend_cpu_set_abort_callback(g.backend, nullptr, nullptr);
        const auto next = random_x(n_tok, 7);
        g.compute(next);
        expect_close(f.expected(next), graph::read(g.gate));
        expect_close(f.expected(next), graph::read(g.up));
    }
}

TEST(sd_op, every_plane_has_its_own_x) {
    const ffn f;
    for (int64_t n_tok : { 1, 19 }) {
        graph g(f, n_tok, 2, 1.0f, 3);
        const auto x = random_x(3 * n_tok, 8);
        g.compute(x);
        expect_close(f.expected(x), graph::read(g.up));
    }
}
