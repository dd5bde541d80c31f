// The kernels of AVX2 for processors that have its 8-bit dot products but no AVX-512.
#define SD_ISA avxvnni
#include "kernels-avx2.cpp"
