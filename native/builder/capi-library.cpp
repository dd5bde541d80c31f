#include "guard.h"
#include "host.h"
#include "log.h"
#include "score.h"

#include <cstring>

using namespace seeddelta;

int32_t sd_abi_version(void) {
    return SD_ABI_VERSION;
}

int64_t sd_struct_size(int32_t which) {
    static const size_t sizes[] = { sizeof(sd_error),      sizeof(sd_progress),       sizeof(sd_tensor_info),
                                    sizeof(sd_encode_params), sizeof(sd_base_stats), sizeof(sd_measure_params),
                                    sizeof(sd_metrics) };
    const int32_t n = int32_t(sizeof sizes / sizeof sizes[0]);
    return which < 0 || which >= n ? -1 : int64_t(sizes[which]);
}

const char * sd_build_info(void) {
    const char * json = "{}";
    guarded(nullptr, [&] {
        static const std::string text = build_info_json();
        json = text.c_str();
    });
    return json;
}

int32_t sd_cpu_info(const char ** json, sd_error * error) {
    return guarded(error, [&] {
        required(json, "json") = nullptr;
        static const std::string text = cpu_info_json();
        *json = text.c_str();
    });
}

int32_t sd_host_check(sd_error * error) {
    return guarded(error, [] { check_host(); });
}

int32_t sd_score(const float * logits, int64_t n_rows, int32_t n_vocab, const int32_t * targets, int32_t n_threads,
                 double * nll, sd_error * error) {
    return guarded(error, [&] {
        score(&required(logits, "logits"), n_rows, n_vocab, &required(targets, "targets"), n_threads,
              &required(nll, "nll"));
    });
}

int32_t sd_compare(const float * base_logits, const float * model_logits, int64_t n_rows, int32_t n_vocab,
                   const int32_t * targets, int32_t n_threads, double * kld, double * p_base, double * p_model,
                   uint8_t * same_top1, sd_error * error) {
    return guarded(error, [&] {
        const comparison out = { &required(kld, "kld"), &required(p_base, "p_base"), &required(p_model, "p_model"),
                                 &required(same_top1, "same_top1") };
        compare(&required(base_logits, "base_logits"), &required(model_logits, "model_logits"), n_rows, n_vocab,
                &required(targets, "targets"), n_threads, out);
    });
}

void sd_log_install(void * set_log, int32_t verbose) {
    guarded(nullptr, [&] { install_log(set_log, verbose != 0); });
}

int32_t sd_log_take(char * text, int64_t size) {
    int32_t n = 0;
    guarded(nullptr, [&] {
        const std::string kept = take_log(&n);
        if (text != nullptr && size > 0) {
            // the newest lines matter most
            const size_t room = size_t(size - 1);
            const size_t from = kept.size() > room ? kept.size() - room : 0;
            std::memcpy(text, kept.data() + from, kept.size() - from);
            text[kept.size() - from] = '\0';
        }
    });
    return n;
}
