// Base kind `trellis` with AVX2 and its 8-bit dot products.
#define SD_ISA avxvnni
#include "trellis-avx2.cpp"
