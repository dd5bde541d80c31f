/// Calibration data: what llama.cpp's evaluation callback lets one see of the activations while a text is decoded, and
/// the files that hold it. Formats and formulas: docs/CALIBRATION.md. Conventions: seeddelta.h.
#pragma once

#include "seeddelta.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/// sizeof of the structs below by their position in this list, like sd_struct_size: 0 sd_collect_params,
/// 1 sd_collect_plan, 2 sd_provenance, 3 sd_imatrix_view, 4 sd_moments_view, 5 sd_layer_info, 6 sd_layer_metrics.
/// -1 for anything else.
SD_API int64_t sd_collect_struct_size(int32_t which);

// ---- collecting -------------------------------------------------------------------------------------------------

typedef struct sd_collector sd_collector;

enum sd_collect_what {
    SD_COLLECT_IMATRIX = 1, // Σ x² per input of every weight, as llama-imatrix does: batches below 16 tokens are left
                            // out, then of everything else too
    SD_COLLECT_MOMENTS = 2, // E[x xᵀ] of every distinct input
    SD_COLLECT_SAMPLES = 4, // real input vectors, and the residual stream beside those of a feed-forward part
};

struct sd_collect_params {
    uint32_t what;          // sd_collect_what, or-ed
    int32_t chunk_size;     // tokens per chunk (the context one chunk is evaluated in)
    int32_t n_threads;      // 0 = all
    int32_t process_output; // also output.weight in the imatrix, as llama-imatrix --process-output
    int32_t n_samples;      // vectors kept per input
    int32_t first_layer;    // moments and samples of layers first to last only; 0 and -1 mean all
    int32_t last_layer;
    int32_t reserved;
    uint64_t seed;              // which vectors are kept
    int64_t memory_limit_bytes; // 0 = none
    char kinds[256];            // of moments and samples, comma-separated; empty = ffn_gate,ffn_up,ffn_down
};

struct sd_collect_plan {
    int64_t memory_bytes; // that the collector will hold at most
    int64_t file_bytes;   // of the moments file, without its header
    int64_t n_inputs;     // distinct inputs of moments and samples
    int64_t n_weights;    // weights that read them
};

/// What collecting will cost. Weights are found by name; a kind that the model lacks is SD_E_INPUT only when it was
/// asked for by name or when no weight is left.
SD_API int32_t sd_collector_plan(const sd_model * model, const struct sd_collect_params * params,
                                 struct sd_collect_plan * plan, struct sd_error * error);

/// SD_E_USAGE when the plan is above memory_limit_bytes; the message says how many layers fit at a time.
/// The model is only read here and may be closed afterwards.
SD_API int32_t sd_collector_open(const sd_model * model, const struct sd_collect_params * params, sd_collector ** out,
                                 struct sd_error * error);
SD_API void sd_collector_close(sd_collector * collector);

struct ggml_tensor;
/// ggml_backend_sched_eval_callback
typedef bool (*sd_eval_callback)(struct ggml_tensor * tensor, bool ask, void * user_data);

/// Goes into llama_context_params.cb_eval, with the collector as cb_eval_user_data. Called by one thread at a time.
/// After a failure it collects nothing and stops the evaluation of the graph at hand: ask sd_collector_status after
/// each decode.
SD_API sd_eval_callback sd_collector_callback(void);

/// SD_OK, or the first failure inside the callback (activations that are not finite, out of memory, …).
SD_API int32_t sd_collector_status(const sd_collector * collector, struct sd_error * error);

/// JSON: {"chunks", "imatrix": {"entries", "partial": [weights of which some expert saw no token]},
/// "inputs": [{"name", "n_in", "count", "samples", "weights": […]}], "unseen": [weights asked for that were never
/// evaluated]}. Owned by the collector, valid until the next call or close.
SD_API int32_t sd_collector_summary(sd_collector * collector, const char ** json, struct sd_error * error);

/// Writes llama.cpp's imatrix GGUF, atomically. datasets: n names of texts, as llama-imatrix writes its -f argument.
SD_API int32_t sd_collector_save_imatrix(const sd_collector * collector, const char * path, const char ** datasets,
                                         int64_t n, struct sd_error * error);

/// Where moments come from; stored in the file.
struct sd_provenance {
    char model_name[256];
    char model_sha256[72]; // 64 hex digits or empty
    char text_name[256];
    char text_sha256[72];
    int32_t chunks;
    int32_t reserved;
};

/// Writes moments and samples, atomically.
SD_API int32_t sd_collector_save_moments(const sd_collector * collector, const char * path,
                                         const struct sd_provenance * provenance, struct sd_error * error);

// ---- reading an imatrix -----------------------------------------------------------------------------------------

typedef struct sd_imatrix sd_imatrix;

/// Reads llama.cpp's imatrix GGUF. SD_E_INPUT: the old .dat form, another kind of file, sums without counts, values
/// that are negative or not finite.
SD_API int32_t sd_imatrix_open(const char * path, sd_imatrix ** out, struct sd_error * error);
SD_API void sd_imatrix_close(sd_imatrix * imatrix);
/// JSON: {"datasets": […], "chunk_count", "chunk_size", "entries": [{"name", "n_values", "n_mat", "count"}]}; count is
/// the largest of the entry's. Owned by the imatrix.
SD_API int32_t sd_imatrix_info(sd_imatrix * imatrix, const char ** json, struct sd_error * error);
/// SD_E_INPUT, naming what differs, when an entry has no weight in the model or does not fit its shape.
SD_API int32_t sd_imatrix_check(const sd_imatrix * imatrix, const sd_model * model, struct sd_error * error);

struct sd_imatrix_view {
    const float * values;   // [n_mat][n_in]: mean square of each input; 1 where an expert saw no token
    const int64_t * counts; // [n_mat] vectors behind the means
    int64_t n_in;           // values per matrix
    int64_t n_mat;          // 1, or experts
};

/// The entry of "blk.2.ffn_gate.weight". *found is 0 and the view empty when there is none.
/// Pointers are valid until the imatrix is closed.
SD_API int32_t sd_imatrix_find(const sd_imatrix * imatrix, const char * weight, struct sd_imatrix_view * view,
                               int32_t * found, struct sd_error * error);

// ---- reading moments --------------------------------------------------------------------------------------------

typedef struct sd_moments sd_moments;

/// Reads the header of a moments file; matrices are read when asked for.
SD_API int32_t sd_moments_open(const char * path, sd_moments ** out, struct sd_error * error);
SD_API void sd_moments_close(sd_moments * moments);
/// JSON: {"version", "model": {"name", "sha256"}, "text": {"name", "sha256"}, "chunk_size", "chunks",
/// "inputs": [{"name", "n_in", "count", "moments": bool, "samples", "residual": bool, "weights": […]}]}. Owned by the
/// moments.
SD_API int32_t sd_moments_info(sd_moments * moments, const char ** json, struct sd_error * error);
/// SD_E_INPUT, naming what differs: a weight the model lacks, another n_in, another model_sha256 (64 hex digits; NULL
/// or empty: not compared).
SD_API int32_t sd_moments_check(const sd_moments * moments, const sd_model * model, const char * model_sha256,
                                struct sd_error * error);

struct sd_moments_view {
    const char * input;   // "blk.2.ffn_in"
    const float * packed; // upper triangle of E[x xᵀ], row after row: n_in · (n_in + 1) / 2 values; NULL: none stored
    const float * samples; // [n_samples][n_in]; NULL: none stored
    int64_t n_in;
    int64_t count; // vectors behind the mean
    int64_t n_samples;
    const float * residual; // [n_samples][n_in]: the residual stream at the positions of the samples; NULL: none stored
};

/// Reads and checks the input of "blk.2.ffn_gate.weight". *found is 0 and the view empty when there is none.
/// SD_E_INPUT: values that are not finite, a negative diagonal, |m_ij| above √(m_ii m_jj).
/// Pointers are valid until a find for another input, or close.
SD_API int32_t sd_moments_find(sd_moments * moments, const char * weight, struct sd_moments_view * view,
                               int32_t * found, struct sd_error * error);

/// Gives a weight the moments and samples of its input, for sd_encode_params.refit and for err_h and *_act of
/// sd_metrics. Copied: the moments may be closed. *found is 0 and the weight as before when the file has none for it.
SD_API int32_t sd_weight_set_moments(sd_weight * weight, sd_moments * moments, int32_t * found, struct sd_error * error);

// ---- a whole layer ----------------------------------------------------------------------------------------------

/// The feed-forward part of a layer on real inputs of it.
typedef struct sd_layer sd_layer;

struct sd_layer_info {
    int64_t n_samples; // inputs that are used; 0 when the layer cannot be measured
    int32_t has_block; // the residual stream is known, and the part's output is added to it as it is
    int32_t reserved;
    char why_not[256];      // the layer cannot be measured, for a person; empty when it can
    char why_no_block[256]; // the same of the block metrics
};

/// Runs the layer with its dense weights on at most `max_samples` (0: all) of the samples that `moments` has.
/// A layer that cannot be measured (unknown architecture, no gate, fused weights, experts, biases, no samples) is no
/// error: *out is NULL then and info->why_not says why. The model must stay open; the moments may be closed.
SD_API int32_t sd_layer_open(const sd_model * model, int32_t layer, const sd_moments * moments, int64_t max_samples,
                             int32_t n_threads, sd_layer ** out, struct sd_layer_info * info, struct sd_error * error);
SD_API void sd_layer_close(sd_layer * layer);

/// y: output of the dense feed-forward part for one input, ŷ with payloads in place; h: the residual stream.
/// NaN where it cannot be computed. Definitions: docs/METRICS.md.
struct sd_layer_metrics {
    struct sd_stat s_ffn, cos_ffn, log_norm_ratio_ffn;       // ŷ against y
    struct sd_stat s_block, cos_block, log_norm_ratio_block; // h + ŷ against h + y
};

/// Payloads that are NULL leave their weight dense. SD_E_USAGE for a payload of another weight.
SD_API int32_t sd_layer_measure(const sd_layer * layer, const sd_payload * gate, const sd_payload * up,
                                const sd_payload * down, int32_t n_threads, struct sd_layer_metrics * out,
                                struct sd_progress * progress, struct sd_error * error);

#ifdef __cplusplus
}
#endif
