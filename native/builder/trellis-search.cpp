#include "trellis-search.h"

#include "failure.h"
#include "trellis-costs.h"

#include "../op/kernels.h"

#include <algorithm>
#include <cstring>

namespace seeddelta {

extern const trellis_kernel trellis_kernel_scalar;
#if defined(__x86_64__)
extern const trellis_kernel trellis_kernel_avx2;
extern const trellis_kernel trellis_kernel_avx512;
#endif

const trellis_kernel * all_trellis_kernels(int * n) {
    static const trellis_kernel kernels[] = {
        trellis_kernel_scalar,
#if defined(__x86_64__)
        trellis_kernel_avx2,
        trellis_kernel_avx512,
#endif
    };
    *n = int(sizeof kernels / sizeof kernels[0]);
    return kernels;
}

const trellis_kernel & active_trellis_kernel() {
    const char * problem = nullptr;
    const auto * set = active_kernels(&problem);
    if (set == nullptr) {
        fail_usage(problem);
    }
    int n = 0;
    const auto * kernels = all_trellis_kernels(&n);
    for (int i = n - 1; i > 0; --i) {
        if (std::strncmp(kernels[i].name, set->name, std::strlen(kernels[i].name)) == 0) {
            return kernels[i]; // "avx2" serves every kernel set that begins with it
        }
    }
    return kernels[0];
}

const trellis_tables & search_tables() {
    struct memory {
        uint16_t mixed[trellis_states];
        int8_t n2[trellis_n2_weights][trellis_states];
        trellis_tables view;

        memory() : view{ mixed, { n2[0], n2[1] } } {
            for (int w = 0; w < trellis_states; ++w) {
                mixed[w] = trellis_mix(uint16_t(w));
                for (int i = 0; i < trellis_n2_weights; ++i) {
                    n2[i][w] = int8_t(trellis_value(trellis_family::n2, mixed[w], i));
                }
            }
        }
    };
    static const memory tables;
    return tables.view;
}

trellis_search::trellis_search(const trellis_kernel & kernel, trellis_family family, int step, int64_t n_windows) :
    kernel_(kernel), family_(family), step_(step), n_windows_(n_windows), metric_(trellis_states),
    best_(size_t(n_windows) << (16 - step)) {}

int trellis_search::first_of_group(int64_t t, int g, float least, const float * x, const float * scale) const {
    const trellis_tables & tables = search_tables();
    const int64_t row = t * trellis_weights(family_);
    const size_t groups = size_t(1) << (16 - step_);
    const float * best = best_.data() + size_t(t) * groups;
    float cost[trellis_n4_weights][16];
    if (family_ == trellis_family::n4) {
        n4_costs(x + row, scale + row, cost);
    }
    const auto cost_of = [&](int w) {
        return family_ == trellis_family::n4 ? n4_cost(cost, tables.mixed[w])
                                             : n2_cost(x + row, scale + row, tables.n2[0][w], tables.n2[1][w]);
    };
    int w = g << step_;
    while (best[size_t(w) & (groups - 1)] + cost_of(w) != least) {
        ++w;
    }
    return w;
}

void trellis_search::run(const float * x, const float * g, int start, int end, uint16_t * out) {
    constexpr float impossible = 1e30f; // far above any sum of costs, and finite
    const size_t groups = size_t(1) << (16 - step_);
    const int v = trellis_weights(family_);
    const auto add = family_ == trellis_family::n4 ? kernel_.add_n4 : kernel_.add_n2;

    std::fill_n(best_.begin(), groups, start < 0 ? 0.0f : impossible);
    if (start >= 0) {
        best_[size_t(start)] = 0.0f;
    }
    add(search_tables(), best_.data(), step_, x, g, metric_.data());
    for (int64_t t = 1; t < n_windows_; ++t) {
        float * best = best_.data() + size_t(t) * groups;
        kernel_.best_of_groups(metric_.data(), step_, best);
        add(search_tables(), best, step_, x + t * v, g + t * v, metric_.data());
    }

    const int first = end < 0 ? 0 : end << step_;
    const int count = end < 0 ? trellis_states : 1 << step_;
    int w = int(std::min_element(metric_.begin() + first, metric_.begin() + first + count) - metric_.begin());
    out[n_windows_ - 1] = uint16_t(w);
    for (int64_t t = n_windows_ - 2; t >= 0; --t) {
        const int group = w & int(groups - 1);
        w = first_of_group(t, group, best_[size_t(t + 1) * groups + size_t(group)], x, g);
        out[t] = uint16_t(w);
    }
}

} // namespace seeddelta
