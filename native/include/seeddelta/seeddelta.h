/// The C interface of libseeddelta: reads GGUF models, makes, measures and writes SeedΔ payloads, scores logits.
///
/// Every function that can fail returns an sd_status and, when it is not SD_OK, fills the caller's sd_error (which may
/// be NULL) with one line for a person: what, where, what to do. No function prints, aborts or throws.
/// Handles are opaque; each is released by its own *_close function, which accepts NULL. A handle made from another
/// one borrows it: close children first. Unless a function says otherwise, a handle may be used by one thread at a time
/// and const handles by any number. Strings are UTF-8; strings that are returned belong to the handle they came from.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SD_API __attribute__((visibility("default")))

/// Bumped whenever a struct layout or the meaning of a function changes.
#define SD_ABI_VERSION 2

enum sd_status {
    SD_OK          = 0,
    SD_E_INTERNAL  = 1, // a bug in this library
    SD_E_USAGE     = 2, // arguments that make no sense together
    SD_E_INPUT     = 3, // a file or data that is broken or does not fit
    SD_E_IO        = 4, // the operating system refused: path and errno text are in the message
    SD_E_NOMEM     = 5,
    SD_E_CANCELLED = 6, // sd_progress.cancel was set
};

struct sd_error {
    int32_t status;
    char    message[1020];
};

/// Shared memory between a long call and whoever watches it. The library only adds to `done`; the watcher may set
/// `cancel` to non-zero, after which the call returns SD_E_CANCELLED soon. Both sides use plain aligned accesses.
struct sd_progress {
    int64_t done;
    int64_t total;
    int32_t cancel;
    int32_t reserved;
};

// ---- the library itself -----------------------------------------------------------------------------------------

SD_API int32_t sd_abi_version(void);

/// sizeof of the structs below by their position in this list, so that a binding made from another header is found
/// before it does harm: 0 sd_error, 1 sd_progress, 2 sd_tensor_info, 3 sd_encode_params, 4 sd_base_stats,
/// 5 sd_measure_params, 6 sd_metrics. -1 for anything else.
SD_API int64_t sd_struct_size(int32_t which);

/// JSON: {"version", "pin_tag", "pin_tree", "compiler", "bases": ["none", …], "whole_bases": those that
/// carry the whole weight, "schemes": ["coo", …]}. Static storage.
SD_API const char * sd_build_info(void);

/// JSON: {"brand", "features": ["avx2", …], "isa": chosen kernel set}. Static storage.
/// SD_E_USAGE when SEEDDELTA_ISA names an unknown kernel set or one this CPU cannot run.
SD_API int32_t sd_cpu_info(const char ** json, struct sd_error * error);

/// SD_E_USAGE with the remedy when ggml or llama.cpp beside this library were built for CPU features this CPU lacks.
/// Call it before loading libllama.
SD_API int32_t sd_host_check(struct sd_error * error);

// ---- GGUF models ------------------------------------------------------------------------------------------------

typedef struct sd_model sd_model;

struct sd_tensor_info {
    char    name[128];
    char    type[16]; // ggml's name: "f32", "q4_1"
    int32_t n_dims;
    int32_t dequantizable; // ggml can turn it into f32
    int64_t ne[4];
    int64_t offset_bytes; // from the start of the file
    int64_t size_bytes;
};

/// Opens a GGUF file and checks its header and that every tensor lies inside the file. Split models are refused with a
/// message. Only metadata is read.
SD_API int32_t sd_model_open(const char * path, sd_model ** out, struct sd_error * error);
SD_API void    sd_model_close(sd_model * model);
SD_API int64_t sd_model_size_bytes(const sd_model * model);
SD_API int64_t sd_model_n_tensors(const sd_model * model);
SD_API int32_t sd_model_tensor(const sd_model * model, int64_t index, struct sd_tensor_info * out, struct sd_error * error);
/// All key-value pairs as one JSON object in file order. Arrays longer than `max_array` become
/// {"array": type, "length": n, "first": [the first max_array values]}; 64-bit integers are JSON integers;
/// non-finite floats are strings. Owned by the model, valid until the next call or close.
SD_API int32_t sd_model_metadata(sd_model * model, int64_t max_array, const char ** json, struct sd_error * error);
/// Hex SHA-256 of the whole file, computed on each call. hex[65].
SD_API int32_t sd_model_sha256(const sd_model * model, char * hex, struct sd_progress * progress, struct sd_error * error);

/// SeedΔ weights of the file: JSON array of {"name": "blk.2.ffn_gate", "n_out", "n_in", "scheme", "base", "bytes",
/// "stripped", "forced", "gating_pass", "params": {…}, "stored": {"norm_w", "norm_hat", "norm_err", "norm_err_w"},
/// "tensors": [{"name", "type", "ne"}], "problem": null or why a reader refuses it}. Reads payload contents.
/// Owned by the model, valid until the next call or close.
SD_API int32_t sd_model_payloads(sd_model * model, const char ** json, struct sd_error * error);

// ---- one weight -------------------------------------------------------------------------------------------------

typedef struct sd_weight sd_weight;

/// Dequantises the named tensor ("blk.2.ffn_gate.weight") to f32 with ggml's own routines. Holds n_out · n_in floats.
SD_API int32_t sd_weight_open(const sd_model * model, const char * tensor, int32_t n_threads, sd_weight ** out, struct sd_error * error);
SD_API void    sd_weight_close(sd_weight * weight);
/// Mean squared activation of every input (what an imatrix holds). Used as importance^power + eps. Copied.
SD_API int32_t sd_weight_set_importance(sd_weight * weight, const float * importance, int64_t n_in, float power, float eps, struct sd_error * error);

// ---- fitting and encoding ---------------------------------------------------------------------------------------

enum sd_value_type { SD_VALUE_F16 = 0, SD_VALUE_I8 = 1 };
enum sd_row_scale { SD_ROW_SCALE_NONE = 0, SD_ROW_SCALE_F16 = 1, SD_ROW_SCALE_F32 = 2 };

struct sd_encode_params {
    char     base[24];   // name of a base kind
    char     scheme[24]; // name of a residual scheme
    uint64_t seed;
    int32_t  k;          // weights kept per row
    int32_t  block;      // scheme block: 16, 32 or 64
    int32_t  value_type; // sd_value_type
    int32_t  row_scale;  // sd_row_scale
    int32_t  n_threads;
    int32_t  refit;      // 1: kept values and row scales are refitted against second moments (sd_weight_set_moments,
                         // collect.h); without moments the result is the same as with 0
    // base fht_struct; 0 asks for the value in brackets
    int32_t  base_length;      // L, a power of two that holds n_in [the smallest]
    int32_t  base_stacks;      // B, at least [as many as cover n_out with L rows each], at most n_out
    int32_t  base_depth;       // factors per stack [1]
    int32_t  base_samples;     // inputs that θ is fitted on [all]
    int32_t  base_perm_trials; // seeds tried per weight [1]
    int32_t  base_seed_search; // base prng_block: seeds tried per block, up to 65536; 0 searches none
    int32_t  base_seed_block;  // with it: inputs per block, a multiple of 4 up to 64 [12]
    int32_t  atoms;            // scheme codebook: columns of the dictionary
    // base trellis
    float    bits;             // per weight: 1, 1.5, 2, 2.5, 3 or 4 [2]
    int32_t  reserved;
};

typedef struct sd_base sd_base;
typedef struct sd_payload sd_payload;

/// What the base alone captures: 1 − ‖W − W0‖² / ‖W‖², plain and importance-weighted, in [0, 1] after the best scale.
struct sd_base_stats {
    double share;
    double share_weighted;
};

/// Fits the base named in params to the weight. Done once per tensor; residuals are then encoded against it many times.
SD_API int32_t sd_base_fit(const sd_weight * weight, const struct sd_encode_params * params, sd_base ** out,
                           struct sd_base_stats * stats, struct sd_progress * progress, struct sd_error * error);
SD_API void    sd_base_close(sd_base * base);

/// Exact bytes of the payload tensors (values, indices, scales; without alignment padding) that sd_encode will make.
/// Needs no data.
SD_API int32_t sd_payload_plan(int64_t n_out, int64_t n_in, const struct sd_encode_params * params, int64_t * bytes, struct sd_error * error);

/// Chooses and encodes the residual, refits what was kept, then fits the row scale. The same inputs give the same bytes
/// on every machine, instruction set and number of threads. `base` must come from the same weight and base parameters.
SD_API int32_t sd_encode(const sd_weight * weight, const sd_base * base, const struct sd_encode_params * params,
                         sd_payload ** out, struct sd_progress * progress, struct sd_error * error);
SD_API void    sd_payload_close(sd_payload * payload);
SD_API int64_t sd_payload_size_bytes(const sd_payload * payload);
/// One self-contained file with a checksum, written atomically; how a build survives being killed.
SD_API int32_t sd_payload_save(const sd_payload * payload, const char * path, struct sd_error * error);
SD_API int32_t sd_payload_load(const char * path, sd_payload ** out, struct sd_error * error);
/// The payload of the SeedΔ weight `name` ("blk.2.ffn_gate") of an open model, in memory of its own.
/// SD_E_INPUT when the file has no such weight or a reader refuses it. Its stored digest is not compared.
SD_API int32_t sd_payload_from_model(const sd_model * model, const char * name, sd_payload ** out, struct sd_error * error);
/// Hex SHA-256 over the payload's tensors, as seeddelta.<name>.sha256 states it. hex[65].
SD_API int32_t sd_payload_sha256(const sd_payload * payload, char * hex, struct sd_error * error);

// ---- measuring --------------------------------------------------------------------------------------------------

struct sd_measure_params {
    int32_t  eval_rows; // sampled output rows for the weight metrics, 0 = all
    int32_t  eval_x;    // random activations for the functional metrics, 0 = skip them
    uint64_t seed;
    int32_t  n_threads;
    int32_t  reserved;
};

/// NaN where a metric was not asked for or cannot be computed. Definitions: docs/METRICS.md.
struct sd_stat {
    double mean, p05, p10, p95;
};

struct sd_metrics {
    struct sd_stat rel_l2, cos, norm_ratio;          // rows of Ŵ against rows of W
    struct sd_stat rel_l2_w, cos_w, norm_ratio_w;    // the same, inputs weighted by importance
    struct sd_stat cos_x, log_norm_ratio_x;          // y = Wx against Ŵx, x ~ N(0, I)
    struct sd_stat cos_x_w, log_norm_ratio_x_w;      // x ~ N(0, diag(importance))
    struct sd_stat cos_act, log_norm_ratio_act;      // x collected from a text, at most eval_x of them
    double norm_w, norm_hat, norm_err, norm_err_w;   // Frobenius norms of W, Ŵ, W − Ŵ; the last one weighted and
                                                     // relative to the weighted norm of W
    double err_h;                                    // √(E‖(W − Ŵ)x‖² / E‖Wx‖²) by second moments, over eval_rows
    double ops_ratio;                                // multiply-adds of the payload / dense
};

SD_API int32_t sd_measure(const sd_weight * weight, const sd_payload * payload, const struct sd_measure_params * params,
                          struct sd_metrics * out, struct sd_progress * progress, struct sd_error * error);

// ---- writing ----------------------------------------------------------------------------------------------------

typedef struct sd_writer sd_writer;

/// A new GGUF made from `source`: all its metadata and tensors, in its order, until told otherwise.
SD_API int32_t sd_writer_open(const sd_model * source, sd_writer ** out, struct sd_error * error);
SD_API void    sd_writer_close(sd_writer * writer);
SD_API int32_t sd_writer_set_bool(sd_writer * writer, const char * key, int32_t value, struct sd_error * error);
SD_API int32_t sd_writer_set_u32(sd_writer * writer, const char * key, uint32_t value, struct sd_error * error);
SD_API int32_t sd_writer_set_u64(sd_writer * writer, const char * key, uint64_t value, struct sd_error * error);
SD_API int32_t sd_writer_set_f32(sd_writer * writer, const char * key, float value, struct sd_error * error);
SD_API int32_t sd_writer_set_string(sd_writer * writer, const char * key, const char * value, struct sd_error * error);
/// `values` is n zero-terminated strings.
SD_API int32_t sd_writer_set_strings(sd_writer * writer, const char * key, const char ** values, int64_t n, struct sd_error * error);
/// Places the payload's tensors where the dense tensor `tensor` ("blk.2.ffn_gate.weight") stands, and its parameters
/// under seeddelta.<name>. With `strip` the dense tensor leaves the file. The payload is copied.
/// SD_E_INPUT when shape or name do not fit.
SD_API int32_t sd_writer_add_payload(sd_writer * writer, const char * tensor, const sd_payload * payload, int32_t strip, struct sd_error * error);
/// Leaves the source's own payload of `name` ("blk.2.ffn_gate") out. SD_E_INPUT when the source has none, or no dense
/// tensor that remains.
SD_API int32_t sd_writer_drop_payload(sd_writer * writer, const char * name, struct sd_error * error);
/// Counts a payload that does not exist yet in sd_writer_plan, as sd_writer_add_payload would place it.
/// A writer that was given one refuses to write.
SD_API int32_t sd_writer_plan_payload(sd_writer * writer, const char * tensor, const struct sd_encode_params * params,
                                      int32_t strip, struct sd_error * error);
/// Decodes every stripped weight of the source into a dense tensor, keeps dense twins as they are, and drops all SeedΔ
/// keys: the model that stock llama.cpp loads. `type` is "f16", "f32", or "auto", which means f16. The file says that
/// it is lossy: restored.lossy, restored.tensors, restored.source_sha256.
SD_API int32_t sd_writer_restore(sd_writer * writer, const char * type, struct sd_error * error);
/// Exact size of the file that sd_writer_write will make.
SD_API int32_t sd_writer_plan(sd_writer * writer, int64_t * bytes, struct sd_error * error);
/// Writes `path` (created or truncated, fsynced; the caller renames), then reads every payload back from the written
/// bytes, opens it as the runtime does, and runs it against the payload it was made from. Refuses a file in which a
/// weight has neither a dense tensor nor a payload. On error the file is removed.
SD_API int32_t sd_writer_write(sd_writer * writer, const char * path, struct sd_progress * progress, struct sd_error * error);

// ---- scoring ----------------------------------------------------------------------------------------------------

/// nll[i] = −log softmax(logits[i, :])[targets[i]], computed as llama-perplexity does (f32 exponentials, f64 sums).
/// logits: n_rows · n_vocab.
SD_API int32_t sd_score(const float * logits, int64_t n_rows, int32_t n_vocab, const int32_t * targets, int32_t n_threads,
                        double * nll, struct sd_error * error);
/// How far a model's distributions are from its base's, row by row: kld[i] = Σ_v p_base·ln(p_base/p_model) in nats, the
/// probability of targets[i] under each, and whether both put the same token first (1 or 0; the lowest id among equals).
/// The formulas of llama-perplexity's --kl-divergence on exact logits (f32 exponentials, f64 sums); upstream rounds the
/// base to 16 bits. kld is 0 for equal rows, never negative, and NaN where a row holds no distribution.
/// base_logits, model_logits: n_rows · n_vocab.
SD_API int32_t sd_compare(const float * base_logits, const float * model_logits, int64_t n_rows, int32_t n_vocab,
                          const int32_t * targets, int32_t n_threads, double * kld, double * p_base, double * p_model,
                          uint8_t * same_top1, struct sd_error * error);

// ---- llama.cpp's log --------------------------------------------------------------------------------------------

/// Installs a log callback in ggml and llama.cpp that keeps the last warnings and errors instead of printing them, and
/// copies everything to standard error when `verbose` is not 0. `set_log` is the address of llama_log_set.
SD_API void sd_log_install(void * set_log, int32_t verbose);
/// Copies the most recent error lines, newest last, into text[size]; returns their number and forgets them.
SD_API int32_t sd_log_take(char * text, int64_t size);

#ifdef __cplusplus
}
#endif
