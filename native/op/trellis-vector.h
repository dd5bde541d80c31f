// Base kind `trellis` with vectors. Included by trellis-<isa>.cpp inside namespace SD_ISA, after trellis-kernel.h and
// after it defined `vec`:
//     type                       a register of 8-bit levels, 16-bit windows or 32-bit sums
//     periods                    64-bit lanes: the same word of as many consecutive periods, four columns each
//     load, set64, blend, all    memory, one 64-bit value in every lane, lanes of a mask, 32 bits in every lane
//     right<n>, left<n>          16-bit lanes by n bits
//     mix                        trellis_mix of every window
//     gather                     bytes of a 64-bit lane from c0lo c0hi c1lo c1hi … to c0lo c1lo c2lo c3lo c0hi …
//     low, high                  nibbles of every byte, as level4 and level2 want them
//     level4, level2             trellis_n4[i], trellis_n2[i] of every byte
//     dot(s, u0, x0, u1, x1)     s + Σ u0 x0 + Σ u1 x1 over the four bytes of a 32-bit lane; u ≤ 63, |x| ≤ 127
//     twice_plus(s, c)           2 s + c as floats
//     flt, flt_load, flt_store, flt_all, flt_fma
//
// Lanes are rows: a 32-bit lane holds four columns of one row, and the activations of these columns are broadcast.

/// One rate: `Step` bits from window to window, V weights per window.
template <int Step, int V>
struct trellis_code {
    static constexpr int weights = V;
    static constexpr int unit = Step & -Step;
    static constexpr int windows = 16 / unit; // of a period
    static constexpr int words = Step / unit; // of a period
    static constexpr int period_rows = windows * V;
    static constexpr int outputs =
        windows * (V == 4 ? 2 : 1); // registers that the windows of a register of words become
    /// Registers of words that a strip of rows takes together: eight accumulators are enough to hide latencies.
    static constexpr int chains = outputs >= vec::wanted_chains ? 1 : vec::wanted_chains / outputs;
    static constexpr int sums = chains * outputs;
    static constexpr int strip_periods = chains * vec::periods;
    static constexpr int strip_rows = strip_periods * period_rows;
    static constexpr int lanes = 2 * vec::periods; // rows of one accumulator

    /// Row inside the strip of lane `lane` of accumulator `a`.
    static constexpr int row(int a, int lane) {
        const int chain = a / outputs;
        const int window = a % outputs / (V == 4 ? 2 : 1);
        const int period = chain * vec::periods + lane / 2;
        return (period * windows + window) * V + (V == 4 ? 2 * (lane % 2) + a % 2 : lane % 2);
    }
};

/// Window `W` of the periods whose words are w[0 .. words], the last one being the first word of the next period.
template <class C, int W>
static inline vec::type trellis_window(const vec::type * w) {
    constexpr int step = C::words * C::unit;
    constexpr int word = W * step / 16;
    constexpr int shift = W * step % 16;
    if constexpr (shift == 0) {
        return w[word];
    } else {
        return vec::either(vec::right<shift>(w[word]), vec::left<16 - shift>(w[word + 1]));
    }
}

template <class C, int W>
static inline void trellis_levels(const vec::type * w, vec::type * u) {
    if constexpr (W < C::windows) {
        const vec::type mixed = vec::gather(vec::mix(trellis_window<C, W>(w)));
        if constexpr (C::weights == 4) {
            u[2 * W] = vec::level4(vec::low(mixed));
            u[2 * W + 1] = vec::level4(vec::high(mixed));
        } else {
            u[W] = vec::sum8(vec::level2(vec::high(mixed)), vec::level2(vec::low(mixed)));
        }
        trellis_levels<C, W + 1>(w, u);
    }
}

/// u[sums] = the levels of a strip that begins at period p0, for the group of columns whose record starts at `record`.
/// Reads whole registers even where the column is shorter; the block's tail makes that legal.
template <class C>
static inline void trellis_decode(const uint16_t * record, int64_t record_words, int64_t n_periods, int64_t p0,
                                  vec::type * u) {
#pragma GCC unroll 16
    for (int chain = 0; chain < C::chains; ++chain) {
        const int64_t wanted = p0 + chain * vec::periods;
        const int64_t p = wanted < n_periods ? wanted : 0; // rows of a chain behind the block are nobody's
        vec::type w[C::words + 1];
#pragma GCC unroll 16
        for (int k = 0; k < C::words; ++k) {
            w[k] = vec::load(record + 4 * (k * n_periods + p));
        }
        w[C::words] = vec::load(record + 4 * (p + 1));
        if constexpr (C::words > 1) {
            // behind the last period of word 0 lies word 1, not the next record
            w[C::words] = vec::blend(w[C::words], vec::set64(record + record_words), n_periods - 1 - p);
        }
        trellis_levels<C, 0>(w, u + chain * C::outputs);
    }
}

/// Asks for the lines of a strip in the record `ahead` words behind `record`, which may lie behind the block. Strips walk
/// over a block in steps that processors do not foresee; without this every line would be waited for.
template <class C>
static inline void trellis_prefetch(const uint16_t * record, int64_t ahead, int64_t n_periods, int64_t p0) {
    constexpr int period_bytes = 8;
    constexpr int line_periods = 64 / period_bytes;
    const uintptr_t at = reinterpret_cast<uintptr_t>(record) + uintptr_t(ahead) * sizeof(uint16_t);
#pragma GCC unroll 16
    for (int period = 0; period < C::strip_periods; period += line_periods) {
#pragma GCC unroll 16
        for (int k = 0; k < C::words; ++k) {
            __builtin_prefetch(reinterpret_cast<const void *>(at + uintptr_t(k * n_periods + p0 + period) * period_bytes));
        }
    }
}

static inline int32_t trellis_four(const int8_t * q) {
    return *reinterpret_cast<const int32_t __attribute__((may_alias, aligned(1))) *>(q);
}

/// sum[sums][lanes] += what the inputs of group g, columns 4c to 4 (c + n), contribute to the strip at period p0.
template <class C>
static inline void trellis_strip_vec(const trellis_run & run, const trellis_input & in, int64_t g, int64_t c, int64_t n,
                                     int64_t p0, float * sum) {
    vec::type s[C::sums];
#pragma GCC unroll 16
    for (int a = 0; a < C::sums; ++a) {
        s[a] = vec::zero();
    }
    for (const int64_t end = c + n; c < end; c += 2) {
        const uint16_t * record = run.words + c * run.record;
        const vec::type x0 = vec::all(trellis_four(in.q + 4 * c));
        const vec::type x1 = vec::all(trellis_four(in.q + 4 * c + 4)); // zero behind n_in
        vec::type u0[C::sums], u1[C::sums];
        const uint16_t * next = c + 1 < end ? record + run.record : record;
        trellis_prefetch<C>(record, run.ahead, run.n_periods, p0);
        trellis_prefetch<C>(next, run.ahead, run.n_periods, p0);
        trellis_decode<C>(record, run.record, run.n_periods, p0, u0);
        trellis_decode<C>(next, run.record, run.n_periods, p0, u1);
#pragma GCC unroll 16
        for (int a = 0; a < C::sums; ++a) {
            s[a] = vec::dot(s[a], u0[a], x0, u1[a], x1);
        }
    }
    const vec::flt scale = vec::flt_all(in.scale[g]);
#pragma GCC unroll 16
    for (int a = 0; a < C::sums; ++a) {
        float * p = sum + a * C::lanes;
        vec::flt_store(p, vec::flt_fma(vec::twice_plus(s[a], in.offset[g]), scale, vec::flt_load(p)));
    }
}

template <class C>
static void trellis_vec_rows(const trellis_term & b, const trellis_input & in, int64_t first_row, int64_t n_rows,
                             float * acc) {
    constexpr int64_t most_strips = (term::max_row_group + C::strip_rows - 1) / C::strip_rows;
    const int64_t n_columns = (b.layout.n_in + 3) / 4;
    while (n_rows > 0) {
        const trellis_run run = trellis_run_at(b.layout, b.words, first_row, n_rows);
        const int64_t n_strips = (run.n_rows + C::strip_rows - 1) / C::strip_rows;
        alignas(64) float sum[most_strips * C::strip_rows];
        for (int64_t i = 0; i < n_strips * C::strip_rows; ++i) {
            sum[i] = 0.0f;
        }
        // all strips for 64 inputs before the next 64: a block's words are read front to back
        for (int64_t c = 0, g = 0; c < n_columns; c += 16, ++g) {
            const int64_t n = n_columns - c < 16 ? n_columns - c : 16;
            for (int64_t s = 0; s < n_strips; ++s) {
                trellis_strip_vec<C>(run, in, g, c, n, run.first + s * C::strip_periods, sum + s * C::strip_rows);
            }
        }
        for (int64_t s = 0; s < n_strips; ++s) {
            for (int i = 0; i < C::strip_rows; ++i) {
                const int64_t row = s * C::strip_rows + C::row(i / C::lanes, i % C::lanes);
                if (row < run.n_rows) {
                    acc[row] += b.scale * sum[s * C::strip_rows + i];
                }
            }
        }
        first_row += run.n_rows;
        n_rows -= run.n_rows;
        acc += run.n_rows;
    }
}

/// Two tokens times as many accumulators as registers allow, over the levels of 64 inputs.
template <class C>
static inline void trellis_tokens(const vec::type (*u)[C::sums], int n_columns, const int8_t * q0, const int8_t * q1,
                                  float scale0, float scale1, int32_t offset0, int32_t offset1, float * sum0,
                                  float * sum1) {
    constexpr int some = C::sums < vec::batch_chains ? C::sums : vec::batch_chains;
#pragma GCC unroll 16
    for (int a = 0; a < C::sums; a += some) {
        vec::type s0[some], s1[some];
#pragma GCC unroll 16
        for (int i = 0; i < some; ++i) {
            s0[i] = s1[i] = vec::zero();
        }
        for (int c = 0; c < n_columns; c += 2) {
            const vec::type x00 = vec::all(trellis_four(q0 + 4 * c)), x01 = vec::all(trellis_four(q0 + 4 * c + 4));
            const vec::type x10 = vec::all(trellis_four(q1 + 4 * c)), x11 = vec::all(trellis_four(q1 + 4 * c + 4));
#pragma GCC unroll 16
            for (int i = 0; i < some; ++i) {
                s0[i] = vec::dot(s0[i], u[c][a + i], x00, u[c + 1][a + i], x01);
                s1[i] = vec::dot(s1[i], u[c][a + i], x10, u[c + 1][a + i], x11);
            }
        }
#pragma GCC unroll 16
        for (int i = 0; i < some; ++i) {
            float * p0 = sum0 + (a + i) * C::lanes;
            float * p1 = sum1 + (a + i) * C::lanes;
            vec::flt_store(p0, vec::flt_fma(vec::twice_plus(s0[i], offset0), vec::flt_all(scale0), vec::flt_load(p0)));
            vec::flt_store(p1, vec::flt_fma(vec::twice_plus(s1[i], offset1), vec::flt_all(scale1), vec::flt_load(p1)));
        }
    }
}

template <class C>
static void trellis_strip_batch(const trellis_term & b, const trellis_run & run, const void * z, size_t z_stride,
                                int64_t n_tiles, int64_t p0, int64_t n, int64_t n_rows, float * acc) {
    alignas(64) float sum[max_tiles * tile_tokens][C::strip_rows];
    alignas(64) vec::type u[trellis_input::group / 4][C::sums];
    const int64_t n_in = b.layout.n_in;
    const int64_t padded = trellis_input::groups(n_in) * trellis_input::group;
    const int64_t n_columns = (n_in + 3) / 4;
    for (int64_t k = 0; k < n_tiles * tile_tokens; ++k) {
        for (int i = 0; i < C::strip_rows; ++i) {
            sum[k][i] = 0.0f;
        }
    }
    for (int64_t c = 0, g = 0; c < n_columns; c += 16, ++g) {
        int count = int(n_columns - c < 16 ? n_columns - c : 16);
        for (int i = 0; i < count; ++i) {
            trellis_decode<C>(run.words + (c + i) * run.record, run.record, run.n_periods, p0, u[i]);
        }
        if (count % 2 != 0) {
#pragma GCC unroll 16
            for (int a = 0; a < C::sums; ++a) {
                u[count][a] = vec::zero();
            }
            ++count;
        }
        for (int64_t tile = 0; tile < n_tiles; ++tile) {
            const trellis_input in =
                trellis_input::at(static_cast<const char *>(z) + size_t(tile) * z_stride, n_in, tile_tokens);
            for (int64_t k = 0; k < tile_tokens; k += 2) {
                const int8_t * q = in.q + k * padded + 4 * c;
                const float * scale = in.scale + g * tile_tokens + k;
                const int32_t * offset = in.offset + g * tile_tokens + k;
                trellis_tokens<C>(u, count, q, q + padded, scale[0], scale[1], offset[0], offset[1],
                                  sum[tile * tile_tokens + k], sum[tile * tile_tokens + k + 1]);
            }
        }
    }
    for (int64_t tile = 0; tile < n_tiles; ++tile) {
#pragma GCC unroll 16
        for (int a = 0; a < C::sums; ++a) {
            for (int l = 0; l < C::lanes; ++l) {
                const int row = C::row(a, l);
                if (row < n) {
                    float * to = acc + (tile * n_rows + row) * tile_tokens;
                    for (int64_t k = 0; k < tile_tokens; ++k) {
                        to[k] += b.scale * sum[tile * tile_tokens + k][a * C::lanes + l];
                    }
                }
            }
        }
    }
}

template <class C>
static void trellis_batch_rows(const trellis_term & b, const void * z, size_t z_stride, int64_t n_tiles,
                               int64_t first_row, int64_t n_rows, float * acc) {
    for (int64_t at = 0; at < n_rows;) {
        const trellis_run run = trellis_run_at(b.layout, b.words, first_row + at, n_rows - at);
        for (int64_t done = 0; done < run.n_rows; done += C::strip_rows) {
            const int64_t n = run.n_rows - done < C::strip_rows ? run.n_rows - done : C::strip_rows;
            trellis_strip_batch<C>(b, run, z, z_stride, n_tiles, run.first + done / C::period_rows, n, n_rows,
                                   acc + (at + done) * tile_tokens);
        }
        at += run.n_rows;
    }
}

/// Calls f with the code of the rate that `b` has; decode_trellis accepts no other ones.
template <class F>
static inline void trellis_choose(const trellis_term & b, F && f) {
    switch (int(b.family) * 16 + b.layout.step) {
#define SD_RATE(id, step, v)                                                                                           \
    case int(trellis_family::id) * 16 + step:                                                                          \
        f(trellis_code<step, v>());                                                                                    \
        break;
        SD_TRELLIS_RATES
#undef SD_RATE
    }
}

void trellis_vec(const term & t, const void * z, int64_t first_row, int64_t n_rows, float * acc) {
    const auto & b = static_cast<const trellis_term &>(t);
    const trellis_input in = trellis_input::at(z, b.layout.n_in, 1);
    trellis_choose(b, [&](auto code) { trellis_vec_rows<decltype(code)>(b, in, first_row, n_rows, acc); });
}

void trellis_batch(const term & t, const void * z, size_t z_stride, int64_t n_tiles, int64_t first_row, int64_t n_rows,
                   float * acc) {
    const auto & b = static_cast<const trellis_term &>(t);
    trellis_choose(
        b, [&](auto code) { trellis_batch_rows<decltype(code)>(b, z, z_stride, n_tiles, first_row, n_rows, acc); });
}
