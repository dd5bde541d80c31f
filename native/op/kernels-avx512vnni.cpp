// The kernels of AVX-512 for processors that have its 8-bit dot products too.
#define SD_ISA avx512vnni
#include "kernels-avx512.cpp"
