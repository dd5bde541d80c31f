#pragma once

#include "../codec/weight.h"
#include "dense.h"
#include "progress.h"
#include "stored-payload.h"

#include <seeddelta/seeddelta.h>

#include <memory>
#include <vector>

namespace seeddelta {

/// sd_encode_params after the checks that need no weight.
struct encode_options {
    std::string   base;
    std::string   scheme;
    uint64_t      seed = 0;
    int64_t       k = 0;
    int64_t       block = 0;
    sd_value_type values = SD_VALUE_F16;
    sd_row_scale  row_scale = SD_ROW_SCALE_F16;
    bool          refit = false; // refit kept values and row scales where the weight has second moments
    int64_t       base_length = 0, base_stacks = 0, base_depth = 1, base_samples = 0, base_perm_trials = 1;
    int64_t       seed_search = 0, seed_block = 12; // base prng_block
    int64_t       atoms = 0;                        // scheme codebook
    float         bits = 0.0f; // per weight, for bases that have a rate
    int           n_threads = 1;

    /// SD_E_USAGE for unknown names (listing the known ones) and values outside their enums.
    static encode_options from(const sd_encode_params & params);

    elem value_elem() const { return values == SD_VALUE_I8 ? elem::i8 : elem::f16; }
};

struct weight_shape {
    int64_t n_out;
    int64_t n_in;
};

/// s0[n_out]: what each row is divided by before base and residual are fitted. Its root mean square; 1 for a row of
/// zeros, and 1 for every row when no row scale will be stored.
std::vector<float> row_units(const dense_weight & w, const encode_options & options);

/// A base fitted to one weight, independent of the residual.
struct fitted_base {
    std::string                        weight_name;
    weight_shape                       shape{};
    std::string                        kind;
    bool                               unit_rows = true; // fitted for a stored row scale
    std::vector<float>                 units;            // row_units of the weight
    std::map<std::string, param_value> params;
    std::vector<tensor_layout>         layout; // payload tensors that belong to the base, with their
    std::vector<std::vector<uint8_t>>  data;   // contents
    sd_base_stats                      stats{};
    std::unique_ptr<term>              decoded; // W0 in units of the row, as a reader will see it
};

/// The encoder column of a base kind's row in registry.def.
struct base_encoder {
    /// Payload tensors, without data.
    void (*layout)(const weight_shape & shape, const encode_options & options, std::vector<tensor_layout> & out);
    /// Reads units; fills params, data, stats and decoded.
    void (*fit)(const dense_weight & w, const encode_options & options, const progress & watch, fitted_base & out);
    /// Multiply-adds (or sign-adds) per output row.
    double (*ops_per_row)(const payload & p);
    /// The base carries the whole weight; a residual is an addition.
    bool whole = false;
};

/// What a residual encoder works on: rows of R = W / s0 − W0.
struct residual_job {
    const dense_weight &       w;
    const std::vector<float> & units;
    const term &               base;
    const encode_options &     options;
    const progress &           watch;

    /// Second moments to refit kept values against; nullptr: they stay as they are.
    const second_moments * refit_moments() const { return options.refit ? w.moments() : nullptr; }

    /// r[n_in] = row `row` of R.
    void row(int64_t row, float * r) const;
};

/// The encoder column of a residual scheme's row in registry.def.
struct residual_encoder {
    /// Payload tensors and parameters ("K", "block"), without data. SD_E_USAGE when the options do not fit the shape.
    void (*layout)(const weight_shape & shape, const encode_options & options, std::vector<tensor_layout> & out,
                   std::map<std::string, param_value> & params);
    /// Chooses the residual under the weighted error and stores it. Each row depends on that row alone.
    void (*encode)(const residual_job & job, stored_payload & out);
    double (*ops_per_row)(const payload & p);
};

const base_encoder &     find_base_encoder(const std::string & kind);     // SD_E_USAGE when unknown
const residual_encoder & find_residual_encoder(const std::string & name); // SD_E_USAGE when unknown

/// row_scale, then the base's tensors, then the residual's: the order in the file.
void payload_layout(const weight_shape & shape, const encode_options & options, std::vector<tensor_layout> & tensors,
                    std::map<std::string, param_value> & params);

std::unique_ptr<const fitted_base> fit_base(const dense_weight & w, const encode_options & options,
                                            const progress & watch);

/// Share of ‖W‖² that W0 (in units of the row) captures at the best single scale.
sd_base_stats captured_share(const dense_weight & w, const std::vector<float> & units, const term & base, int n_threads);

/// The whole of sd_encode.
std::shared_ptr<const stored_payload> encode(const dense_weight & w, const fitted_base & base,
                                             const encode_options & options, const progress & watch);

/// Fits s = <W, Ŵ0> / <Ŵ0, Ŵ0> per row against the values as stored, writes row_scale if the payload has one, and
/// computes the norms. Products are weighted by second moments where `moments` has them, else by importance. `damping`
/// of the moments' diagonal is added to them: an H from few vectors sees few directions, and those alone would scale a
/// whole base badly.
/// A row whose Ŵ0 is zero gets s = 0. SD_E_INPUT when a scale does not fit its storage type.
void fit_row_scale(const dense_weight & w, const second_moments * moments, double damping, int n_threads,
                   stored_payload & out);

/// Least squares over one row: s that brings s · hat closest to w under importance, nullptr for none. 0 when there is
/// nothing to scale.
double best_scale(const float * w, const float * hat, const float * importance, int64_t n);
/// The same under moments, with `damping` of their diagonal added. u is scratch.
double best_scale(const float * w, const float * hat, const second_moments & moments, double damping,
                  std::vector<double> & u);

} // namespace seeddelta
