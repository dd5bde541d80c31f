// Base kind `trellis` with AVX-512 and its 8-bit dot products.
#define SD_ISA avx512vnni
#include "trellis-avx512.cpp"
