#include "collect-imatrix.h"

#include "failure.h"
#include "gguf-out.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace seeddelta {

constexpr int64_t min_rows = 16; // llama-imatrix ignores smaller batches

bool imatrix_sums::wants(const ggml_tensor * node, const std::string & name, bool process_output, bool any_batch) {
    if (node->op == GGML_OP_MUL_MAT_ID) {
        return true;
    }
    if (node->op != GGML_OP_MUL_MAT || node->src[1]->type != GGML_TYPE_F32 ||
        (!any_batch && node->src[1]->ne[1] < min_rows)) {
        return false;
    }
    return name.compare(0, 4, "blk.") == 0 || (process_output && name == "output.weight");
}

imatrix_entry & imatrix_sums::entry(const std::string & name, size_t n_sums, size_t n_counts) {
    imatrix_entry & e = entries_[name];
    if (e.sums.empty()) {
        e.sums.resize(n_sums);
        e.counts.resize(n_counts);
    }
    if (e.sums.size() != n_sums || e.counts.size() != n_counts) {
        fail_input("'" + name + "' had " + std::to_string(e.sums.size()) + " inputs and now has " +
                   std::to_string(n_sums) + "; use one collector for one model");
    }
    return e;
}

/// acc[j] += x_r[j]² for all rows r in turn. Columns are taken in strips so that acc stays in registers.
static void add_squares(const std::vector<const float *> & rows, int64_t n, float * acc) {
    constexpr int64_t strip = 64;
    for (int64_t first = 0; first < n; first += strip) {
        const int64_t width = std::min(strip, n - first);
        float sum[strip] = {};
        std::copy_n(acc + first, width, sum);
        for (const float * row : rows) {
            const float * x = row + first;
            if (width == strip) {
                for (int64_t j = 0; j < strip; ++j) {
                    sum[j] += x[j] * x[j];
                }
            } else {
                for (int64_t j = 0; j < width; ++j) {
                    sum[j] += x[j] * x[j];
                }
            }
        }
        std::copy_n(sum, width, acc + first);
    }
}

static void require_finite(const float * values, int64_t n, const std::string & name) {
    for (int64_t j = 0; j < n; ++j) {
        if (!std::isfinite(values[j])) {
            fail_input("the activations of '" + name + "' are not finite at input " + std::to_string(j) +
                       "; the model is damaged or overflows on this text");
        }
    }
}

void imatrix_sums::add_mul_mat(const ggml_tensor * node, const std::string & name, const activations & x) {
    const ggml_tensor * w = node->src[0];
    const int64_t n_in = x.ne(0);
    const int64_t n_mat = w->ne[2] * w->ne[3];
    imatrix_entry & e = entry(name, size_t(n_in * n_mat), 1);

    std::vector<const float *> rows(static_cast<size_t>(x.ne(1)));
    for (int64_t i3 = 0; i3 < x.ne(3); ++i3) {
        for (int64_t i2 = 0; i2 < x.ne(2); ++i2) {
            for (int64_t i1 = 0; i1 < x.ne(1); ++i1) {
                rows[size_t(i1)] = x.row(i1, i2, i3);
            }
            const int64_t mat = (i3 % w->ne[3]) * w->ne[2] + i2 % w->ne[2];
            add_squares(rows, n_in, e.sums.data() + mat * n_in);
        }
    }
    require_finite(e.sums.data(), int64_t(e.sums.size()), name);
    e.counts[0] += x.ne(1) * x.ne(2) * x.ne(3) / n_mat;
}

void imatrix_sums::add_mul_mat_id(const ggml_tensor * node, const std::string & name, const activations & x) {
    const ggml_tensor * ids = node->src[2];
    const int64_t n_in = x.ne(0);
    const int64_t n_experts = node->src[0]->ne[2];
    if (x.ne(3) != 1 || ids->type != GGML_TYPE_I32 || ids->ne[1] != x.ne(2)) {
        fail_input("'" + name + "' has activations or expert ids of an unexpected shape");
    }
    const char * id_data = host_bytes(ids, ids_);
    imatrix_entry & e = entry(name, size_t(n_in * n_experts), size_t(n_experts));

    // The rows of one expert, in llama-imatrix's order: by position in the routing, then by token.
    std::vector<std::vector<const float *>> rows(static_cast<size_t>(n_experts));
    for (int64_t k = 0; k < ids->ne[0]; ++k) {
        for (int64_t token = 0; token < x.ne(2); ++token) {
            int32_t expert = 0;
            std::memcpy(&expert, id_data + size_t(token) * ids->nb[1] + size_t(k) * ids->nb[0], sizeof expert);
            if (expert < 0 || expert >= n_experts) {
                fail_input("'" + name + "' routes to expert " + std::to_string(expert) + " of " +
                           std::to_string(n_experts));
            }
            rows[size_t(expert)].push_back(x.row(k % x.ne(1), token, 0));
        }
    }
    for (int64_t expert = 0; expert < n_experts; ++expert) {
        const auto & mine = rows[size_t(expert)];
        add_squares(mine, n_in, e.sums.data() + expert * n_in);
        require_finite(e.sums.data() + expert * n_in, mine.empty() ? 0 : n_in, name);
        e.counts[size_t(expert)] += int64_t(mine.size());
    }
}

void imatrix_sums::add(const ggml_tensor * node, const std::string & name, const activations & x) {
    if (node->op == GGML_OP_MUL_MAT_ID) {
        add_mul_mat_id(node, name, x);
    } else {
        add_mul_mat(node, name, x);
    }
}

uint32_t imatrix_sums::chunk_count(int64_t chunk_size) const {
    int64_t most = 0;
    for (const auto & [name, e] : entries_) {
        most = std::max(most, *std::max_element(e.counts.begin(), e.counts.end()));
    }
    return uint32_t(most / chunk_size);
}

void imatrix_sums::save(const std::string & path, const std::vector<std::string> & datasets, int64_t chunk_size) const {
    gguf_out file;
    file.set_string("general.type", "imatrix");
    file.set_strings("imatrix.datasets", datasets);
    file.set_u32("imatrix.chunk_count", chunk_count(chunk_size));
    file.set_u32("imatrix.chunk_size", uint32_t(chunk_size));
    for (const auto & named : entries_) {
        const imatrix_entry & e = named.second;
        const int64_t n_mat = int64_t(e.counts.size());
        file.add_f32(named.first + ".in_sum2", { int64_t(e.sums.size()) / n_mat, n_mat },
                     [&e](float * out) { std::copy(e.sums.begin(), e.sums.end(), out); });
        file.add_f32(named.first + ".counts", { 1, n_mat },
                     [&e](float * out) { std::copy(e.counts.begin(), e.counts.end(), out); });
    }
    file.write(path);
}

} // namespace seeddelta
