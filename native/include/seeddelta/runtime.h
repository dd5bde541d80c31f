/// How the fork's libllama runs models that carry SeedΔ payloads. Exported by libllama.
/// The library takes no text arguments here; its command line tools offer the same as --seeddelta, --no-seeddelta,
/// --seeddelta-gap and --seeddelta-fallback.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SD_RUNTIME_API __attribute__((visibility("default")))

struct sd_runtime_options {
    int32_t payloads; // 1: run payloads (default); 0: run dense twins only, and refuse a file that lacks one
    int32_t fallback; // 1: a dense twin replaces a non-finite result at run time, and payloads over the gap
    float   gap;      // payloads whose stored weighted relative error exceeds it use their dense twin; +inf = never
};

/// Applies to models loaded from now on, in this process. Not to be called while a model loads.
SD_RUNTIME_API void sd_runtime_set_options(const struct sd_runtime_options * options);
SD_RUNTIME_API void sd_runtime_get_options(struct sd_runtime_options * options);

/// Elements of results that were not finite, since the process started: replaced by 0, or computed again from the dense
/// twin where fallback allows it and there is one.
SD_RUNTIME_API int64_t sd_runtime_non_finite_count(void);

#ifdef __cplusplus
}
#endif
