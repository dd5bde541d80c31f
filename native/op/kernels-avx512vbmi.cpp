// The kernels of AVX-512 for processors that have its 8-bit dot products and byte permutations too.
#define SD_ISA avx512vbmi
#include "kernels-avx512.cpp"
