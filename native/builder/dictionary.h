#pragma once

#include "progress.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace seeddelta {

/// Rows as mixes of few atoms (SPEC §4 `codebook`): K-SVD with orthogonal matching pursuit, in plain Euclidean metric.
/// Every choice has a total order and every sum one order, so the result does not depend on threads.
class dictionary {
  public:
    /// Rounds of coding and updating that an encoder makes.
    static constexpr int rounds = 8;

    /// data[n_rows][n]. Starts from evenly spread rows; where there are too few, or they are zero, from `filler`, which
    /// is asked for n floats. Keeps a reference to data.
    template <typename F>
    dictionary(const std::vector<float> & data, int64_t n_rows, int64_t n, int64_t n_atoms, int n_threads,
               F && filler) :
        data_(data),
        n_rows_(n_rows), n_(n), n_atoms_(n_atoms), n_threads_(n_threads), atoms_(size_t(n_atoms * n), 0.0f) {
        for (int64_t a = 0; a < n_atoms_; ++a) {
            const int64_t row = n_atoms_ <= n_rows_ ? a * n_rows_ / n_atoms_ : a;
            if (row < n_rows_) {
                std::copy(data_.begin() + row * n_, data_.begin() + (row + 1) * n_, atom(a));
            }
            if (row >= n_rows_ || !normalise(a)) {
                filler(a, atom(a));
                normalise(a);
            }
        }
    }

    float * atom(int64_t a) { return atoms_.data() + a * n_; }
    const float * atom(int64_t a) const { return atoms_.data() + a * n_; }

    /// Scales atom `a` to length 1. False, and all zeros, for an atom without direction.
    bool normalise(int64_t a);

    /// One round of K-SVD on what code() left: each atom in turn becomes the direction that its users share, their
    /// coefficients follow; an atom without users takes the row that is worst off.
    void update(const progress & watch);

    /// Codes every row with at most k atoms of length 1: codes[r][k] ascending, coefficients[r][k]; rows that need
    /// fewer are filled up with unused atoms and zeros. k <= atoms.
    void code(int64_t k, const progress & watch);

    const std::vector<uint32_t> & codes() const { return codes_; }
    const std::vector<float> & coefficients() const { return coefficients_; }

  private:
    void make_gram();

    const std::vector<float> & data_;
    int64_t n_rows_, n_, n_atoms_;
    int n_threads_;
    int64_t k_ = 0;
    std::vector<float> atoms_;    // [atoms][n]
    std::vector<float> across_;   // [n][atoms]: the same, transposed
    std::vector<float> gram_;     // [atoms][atoms]
    std::vector<uint32_t> codes_; // [rows][k]
    std::vector<float> coefficients_;
    std::vector<float> rest_; // data − what the codes make of it
};

} // namespace seeddelta
