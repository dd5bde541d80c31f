#include "kernels.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <cstdlib>
#include <cstring>
#include <string>

namespace seeddelta {

extern const kernel_set kernels_scalar;

bool cpu_has_scalar() {
    return true;
}

#if defined(__x86_64__)
extern const kernel_set kernels_avx2;
extern const kernel_set kernels_avxvnni;
extern const kernel_set kernels_avx512;
extern const kernel_set kernels_avx512vnni;
extern const kernel_set kernels_avx512vbmi;

/// clang knows no __builtin_cpu_supports("f16c") and, before version 15, none of "avxvnni".
static bool cpu_has_f16c() {
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_F16C) != 0;
}

static bool cpu_says_avxvnni() {
    constexpr unsigned avxvnni = 1u << 4;
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    return __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) != 0 && (eax & avxvnni) != 0;
}

/// CPUID and XGETBV: the processor has it and the operating system saves its registers.
bool cpu_has_avx2() {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && cpu_has_f16c();
}

bool cpu_has_avxvnni() {
    return cpu_has_avx2() && cpu_says_avxvnni();
}

bool cpu_has_avx512() {
    return cpu_has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

bool cpu_has_avx512vnni() {
    return cpu_has_avx512() && __builtin_cpu_supports("avx512vnni");
}

bool cpu_has_avx512vbmi() {
    return cpu_has_avx512vnni() && __builtin_cpu_supports("avx512vbmi");
}
#endif

const kernel_set * const * all_kernel_sets(int * n) {
    static const kernel_set * const sets[] = {
        &kernels_scalar,
#if defined(__x86_64__)
        &kernels_avx2,
        &kernels_avxvnni,
        &kernels_avx512,
        &kernels_avx512vnni,
        &kernels_avx512vbmi,
#endif
    };
    *n = int(sizeof(sets) / sizeof(sets[0]));
    return sets;
}

namespace {

struct choice {
    const kernel_set * set = nullptr;
    std::string problem;
};

choice choose(const char * forced) {
    int n = 0;
    auto sets = all_kernel_sets(&n);
    choice c;
    if (forced == nullptr || *forced == '\0') {
        for (int i = 0; i < n; ++i) {
            if (sets[i]->supported()) {
                c.set = sets[i];
            }
        }
        return c;
    }
    std::string runnable;
    for (int i = 0; i < n; ++i) {
        if (sets[i]->supported()) {
            runnable += (runnable.empty() ? "" : ", ") + std::string(sets[i]->name);
        }
        if (std::strcmp(forced, sets[i]->name) != 0) {
            continue;
        }
        if (sets[i]->supported()) {
            c.set = sets[i];
            return c;
        }
        c.problem = "SEEDDELTA_ISA=" + std::string(forced) + ": this CPU cannot run it";
    }
    if (c.problem.empty()) {
        c.problem = "SEEDDELTA_ISA=" + std::string(forced) + ": unknown instruction set";
    }
    c.problem += " (this machine can run: " + runnable + ")";
    return c;
}

} // namespace

const kernel_set * active_kernels(const char ** problem) {
    static const choice chosen = choose(std::getenv("SEEDDELTA_ISA"));
    if (chosen.set == nullptr && problem != nullptr) {
        *problem = chosen.problem.c_str();
    }
    return chosen.set;
}

} // namespace seeddelta
