// The kernels of base `trellis` are compiled in files of their own, trellis-<isa>.cpp. Both sides include this inside
// namespace SD_ISA. Functions and no term_kernel object: a table that copies an object of another file is filled when
// the library is loaded, by instructions that the CPU may lack.

void trellis_vec(const term & t, const void * z, int64_t first_row, int64_t n_rows, float * acc);
void trellis_batch(const term & t, const void * z, size_t z_stride, int64_t n_tiles, int64_t first_row, int64_t n_rows,
                   float * acc);
void trellis_prepare(const term & t, const float * x, int64_t x_stride, int64_t n_tok, int64_t lanes, int64_t unit, void * z);
