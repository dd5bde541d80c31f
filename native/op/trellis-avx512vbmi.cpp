// Base kind `trellis` with AVX-512, its 8-bit dot products and byte permutations.
#define SD_ISA avx512vbmi
#include "trellis-avx512.cpp"
