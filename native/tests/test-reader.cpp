#include "test-reader.h"

#include "test-files.h"

#include <cmath>
#include <cstring>
#include <stdexcept>

namespace {

struct cursor {
    const std::string & bytes;
    size_t              at = 0;

    template <typename T> T take() {
        T v;
        if (at + sizeof v > bytes.size()) {
            throw std::runtime_error("test reader: past the end");
        }
        std::memcpy(&v, bytes.data() + at, sizeof v);
        at += sizeof v;
        return v;
    }
    std::string text() {
        const uint64_t n = take<uint64_t>();
        at += n;
        return bytes.substr(at - n, n);
    }
};

double half(uint16_t h) {
    const double sign = h & 0x8000 ? -1.0 : 1.0;
    const int    e = (h >> 10) & 31;
    const int    m = h & 1023;
    return sign * (e == 0 ? std::ldexp(m, -24) : std::ldexp(1024 + m, e - 25));
}

template <typename T> T element(const std::string & bytes, int64_t i) {
    T v;
    std::memcpy(&v, bytes.data() + size_t(i) * sizeof v, sizeof v);
    return v;
}

uint64_t type_size(uint32_t type) {
    switch (type) {
        case 0:  return 4; // f32
        case 1:  return 2; // f16
        case 24: return 1; // i8
        case 25: return 2; // i16
        case 26: return 4; // i32
        default: return 0;
    }
}

const char * type_name(uint32_t type) {
    return type == 0 ? "f32" : type == 1 ? "f16" : type == 24 ? "i8" : type == 25 ? "i16" : "i32";
}

uint32_t mix(uint32_t h) {
    h = (h ^ (h >> 16)) * 0x85ebca6b;
    h = (h ^ (h >> 13)) * 0xc2b2ae35;
    return h ^ (h >> 16);
}

} // namespace

test_reader::test_reader(const std::string & path) : bytes_(read_file(path)) {
    cursor c{ bytes_ };
    if (c.take<uint32_t>() != 0x46554747 || c.take<uint32_t>() != 3) {
        throw std::runtime_error("test reader: not a GGUF of version 3");
    }
    const uint64_t n_tensors = c.take<uint64_t>();
    const uint64_t n_kv = c.take<uint64_t>();
    for (uint64_t i = 0; i < n_kv; ++i) {
        const std::string key = c.text();
        uint32_t          type = c.take<uint32_t>();
        const bool        array = type == 9;
        uint64_t          n = 1;
        if (array) {
            type = c.take<uint32_t>();
            n = c.take<uint64_t>();
            texts_[key];
        }
        for (uint64_t j = 0; j < n; ++j) {
            switch (type) {
                case 0:
                case 1:
                case 7:  number_[key] = double(whole_[key] = c.take<uint8_t>()); break;
                case 2:
                case 3:  number_[key] = double(whole_[key] = c.take<uint16_t>()); break;
                case 4:
                case 5:  number_[key] = double(whole_[key] = c.take<uint32_t>()); break;
                case 6:  number_[key] = double(c.take<float>()); break;
                case 8:  array ? texts_[key].push_back(c.text()) : (void) (text_[key] = c.text()); break;
                case 10:
                case 11: number_[key] = double(whole_[key] = c.take<uint64_t>()); break;
                default: number_[key] = c.take<double>(); break;
            }
        }
    }
    for (uint64_t i = 0; i < n_tensors; ++i) {
        const std::string name = c.text();
        tensor            t;
        t.ne.assign(4, 1);
        const uint32_t n_dims = c.take<uint32_t>();
        for (uint32_t d = 0; d < n_dims; ++d) {
            t.ne[d] = c.take<int64_t>();
        }
        t.type = c.take<uint32_t>();
        t.offset = c.take<uint64_t>();
        t.size = type_size(t.type) * uint64_t(t.ne[0] * t.ne[1] * t.ne[2] * t.ne[3]);
        tensors_[name] = t;
        order_.push_back(name);
    }
    const uint64_t start = (c.at + 31) / 32 * 32;
    for (auto & t : tensors_) {
        t.second.offset += start;
    }
}

std::string test_reader::data(const std::string & name) const {
    const tensor & t = tensors_.at(name);
    return bytes_.substr(t.offset, t.size);
}

/// Streams as strings of bits first, then windows, then whole rotation matrices.
void test_reader::add_trellis(const std::string & weight, std::vector<double> & w, int64_t n_out, int64_t n_in) const {
    static const int  n4[16] = { 0, 11, 16, 19, 23, 25, 28, 30, 33, 35, 38, 40, 44, 47, 52, 63 };
    static const int  n2[16] = { 0, 6, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 25, 31 };
    const std::string own = "seeddelta." + weight + ".base.";
    const std::string seed = data(weight + ".base_seed");
    const bool        four = text(own + "family") == "n4";
    const int64_t     v = int64_t(whole(own + "weights_per_window")), step = int64_t(whole(own + "step"));
    const int64_t     block_rows = int64_t(whole(own + "row_block")), groups = (n_in + 3) / 4;
    int64_t           p = 1;
    while (p * step % 16 != 0) {
        ++p;
    }
    const int64_t       q = p * step / 16;
    std::vector<double> rotated(size_t(n_out * n_in), 0.0);
    int64_t             start = 0; // in 16-bit words
    for (int64_t first = 0; first < n_out; first += block_rows) {
        const int64_t rows = std::min(block_rows, (n_out - first + 31) / 32 * 32);
        const int64_t n_windows = rows / v, words = n_windows * step / 16, periods = n_windows / p;
        for (int64_t lane = 0; lane < 4; ++lane) {
            std::string bits;
            for (int64_t g = 0; g < groups; ++g) {
                for (int64_t k = 0; k < words; ++k) {
                    const int64_t at = start + g * 4 * words + (k % q * periods + k / q) * 4 + lane;
                    for (int i = 0; i < 16; ++i) {
                        bits += char((element<uint16_t>(seed, at) >> i) & 1);
                    }
                }
            }
            for (int i = 0; i < 16; ++i) {
                bits += char((element<uint16_t>(seed, start + groups * 4 * words + lane) >> i) & 1);
            }
            for (int64_t g = 0; g * 4 + lane < n_in; ++g) {
                for (int64_t t = 0; t < n_windows; ++t) {
                    uint32_t h = 0;
                    for (int64_t i = 0; i < 16; ++i) {
                        h |= uint32_t(bits[size_t((g * n_windows + t) * step + i)]) << i;
                    }
                    h = ((h ^ (h >> 7)) * 7617) & 0xffff;
                    for (int64_t i = 0; i < v; ++i) {
                        const int64_t r = t * v + i;
                        if (first + r < n_out && r < rows) {
                            const int value = four ? 2 * n4[(h >> (4 * i)) & 15] - 63
                                                   : 2 * (n2[(h >> (8 * i + 4)) & 15] + n2[(h >> (8 * i)) & 15]) - 62;
                            rotated[size_t((first + r) * n_in + g * 4 + lane)] = value;
                        }
                    }
                }
            }
        }
        start += 4 * groups * words + 32;
    }
    const uint64_t key = whole(own + "rotation.seed");
    const uint32_t row = mix(mix(mix(uint32_t(key) ^ 0x243f6a88) ^ uint32_t(key >> 32)));
    const int64_t  l = int64_t(whole(own + "rotation.block"));
    for (int64_t r = 0; r < n_out; ++r) {
        for (int64_t c = 0; c < n_in; ++c) {
            const uint32_t word = mix(row ^ (uint32_t(c / 32) * 0x9e3779b9u + 0x7f4a7c15u));
            double         sum = 0.0;
            for (int64_t k = 0; k < l; ++k) {
                sum += (__builtin_popcountll(uint64_t(c % l & k)) % 2 ? -1.0 : 1.0) * rotated[size_t(r * n_in + c / l * l + k)];
            }
            w[size_t(r * n_in + c)] += ((word >> (c % 32)) & 1 ? -sum : sum) / std::sqrt(double(l)) * number(own + "scale");
        }
    }
}

void test_reader::add_base(const std::string & weight, std::vector<double> & w, int64_t n_out, int64_t n_in) const {
    const std::string own = "seeddelta." + weight + ".";
    if (text(own + "base.kind") == "trellis") {
        add_trellis(weight, w, n_out, n_in);
        return;
    }
    uint64_t name = 14695981039346656037ull;
    for (unsigned char c : weight) {
        name = (name ^ c) * 1099511628211ull;
    }
    const uint64_t key = whole(own + "base.seed") ^ (name * 0x9e3779b97f4a7c15ull);
    const uint32_t shared = mix(mix(uint32_t(key) ^ 0x243f6a88) ^ uint32_t(key >> 32));
    if (text(own + "base.kind") == "fht_struct") {
        add_fht(weight, w, n_out, n_in, shared);
        return;
    }
    if (has(own + "base.seed_search") && whole(own + "base.seed_search") > 0) {
        add_searched(weight, w, n_out, n_in, shared);
        return;
    }
    for (int64_t r = 0; r < n_out; ++r) {
        const uint32_t row = mix(shared + uint32_t(r) * 0x9e3779b9u);
        for (int64_t c = 0; c < n_in; ++c) {
            const uint32_t word = mix(row ^ (uint32_t(c / 32) * 0x9e3779b9u + 0x7f4a7c15u));
            w[size_t(r * n_in + c)] += (word >> (c % 32)) & 1 ? -number(own + "base.scale") : number(own + "base.scale");
        }
    }
}

void test_reader::add_searched(const std::string & weight, std::vector<double> & w, int64_t n_out, int64_t n_in,
                               uint32_t shared) const {
    const std::string own = "seeddelta." + weight + ".";
    const std::string seeds = data(weight + ".base_seed"), theta = data(weight + ".base_theta");
    const int64_t     block = int64_t(whole(own + "base.seed_block")), n_blocks = tensors_.at(weight + ".base_seed").ne[0];
    for (int64_t r = 0; r < n_out; ++r) {
        for (int64_t c = 0; c < n_in; ++c) {
            const int64_t  slot = r * n_blocks + c / block;
            const int64_t  place = c % block;
            const uint32_t i = uint32_t(element<uint16_t>(seeds, slot) * block / 2 + place / 2);
            const uint32_t word = mix(mix(shared) ^ (i * 0x9e3779b9u + 0x7f4a7c15u));
            double         sum = 0.0;
            for (int half_byte = 0; half_byte < 2; ++half_byte) {
                int q = element<uint8_t>(theta, slot) >> (4 * half_byte) & 15;
                q = q > 7 ? q - 16 : q;
                sum += q * (2.0 * (word >> (8 * (2 * (place % 2) + half_byte)) & 255) - 255.0);
            }
            w[size_t(r * n_in + c)] += number(own + "base.scale") * sum;
        }
    }
}

/// Whole matrices, factor by factor, with H from its definition.
void test_reader::add_fht(const std::string & weight, std::vector<double> & w, int64_t n_out, int64_t n_in,
                          uint32_t shared) const {
    const auto &      theta = tensors_.at(weight + ".base_theta");
    const std::string bits = data(weight + ".base_theta");
    const double      scale = number("seeddelta." + weight + ".base.scale");
    const int64_t     depth = int64_t(whole("seeddelta." + weight + ".base.depth"));
    const int64_t     l = theta.ne[0], stacks = theta.ne[1], rows = (n_out + stacks - 1) / stacks;
    const auto        word = [&](int64_t row, int64_t i) {
        return mix(mix(shared + uint32_t(row) * 0x9e3779b9u) ^ (uint32_t(i) * 0x9e3779b9u + 0x7f4a7c15u));
    };
    const auto bit = [&](int64_t row, int64_t c) { return (word(row, c / 32) >> (c % 32)) & 1; };
    const auto h = [](int64_t i, int64_t k) { return __builtin_popcountll(uint64_t(i & k)) % 2 ? -1.0 : 1.0; };
    for (int64_t b = 0; b < stacks; ++b) {
        std::vector<std::vector<double>> m(static_cast<size_t>(l), std::vector<double>(static_cast<size_t>(n_in)));
        for (int64_t c = 0; c < n_in; ++c) {
            m[size_t(c)][size_t(c)] = 1.0;
        }
        for (int64_t f = 0; f < depth; ++f) {
            const int64_t        row = 3 * (b * depth + f);
            std::vector<int64_t> place(static_cast<size_t>(l));
            for (int64_t c = 0; c < l; ++c) {
                place[size_t(c)] = c;
            }
            for (int64_t c = l - 1; c > 0; --c) {
                std::swap(place[size_t(c)], place[size_t(word(row, c)) % size_t(c + 1)]);
            }
            std::vector<std::vector<double>> routed = m, next = m;
            for (int64_t c = 0; c < l; ++c) {
                for (int64_t j = 0; j < n_in; ++j) {
                    routed[size_t(place[size_t(c)])][size_t(j)] = (bit(row + 1, c) ? -1.0 : 1.0) * m[size_t(c)][size_t(j)];
                }
            }
            for (const bool with_theta : { true, false }) {
                for (int64_t i = 0; i < l; ++i) {
                    const double t = !with_theta         ? 1.0
                                     : f + 1 < depth     ? (bit(row + 2, i) ? -1.0 : 1.0) / double(l)
                                                         : half(element<uint16_t>(bits, b * l + i)) * scale / double(l);
                    for (int64_t j = 0; j < n_in; ++j) {
                        double sum = 0.0;
                        for (int64_t k = 0; k < l; ++k) {
                            sum += h(i, k) * routed[size_t(k)][size_t(j)];
                        }
                        next[size_t(i)][size_t(j)] = t * sum;
                    }
                }
                routed = next;
            }
            m = next;
        }
        for (int64_t i = 0; i < rows && b * rows + i < n_out; ++i) {
            for (int64_t c = 0; c < n_in; ++c) {
                w[size_t((b * rows + i) * n_in + c)] += m[size_t(i)][size_t(c)];
            }
        }
    }
}

void test_reader::add_coo(const std::string & weight, std::vector<double> & w, int64_t n_out, int64_t n_in) const {
    const int64_t     k = int64_t(whole("seeddelta." + weight + ".K"));
    const std::string idx = data(weight + ".d_idx"), val = data(weight + ".d_val");
    const bool        wide = tensors_.at(weight + ".d_idx").type == 26;
    const bool        i8 = tensors_.at(weight + ".d_val").type == 24;
    for (int64_t i = 0; i < n_out * k; ++i) {
        const int64_t c = wide ? element<uint32_t>(idx, i) : element<uint16_t>(idx, i);
        const double  v = i8 ? element<int8_t>(val, i) * half(element<uint16_t>(data(weight + ".d_scale"), i / k))
                             : half(element<uint16_t>(val, i));
        w[size_t(i / k * n_in + c)] += v;
    }
}

void test_reader::add_block(const std::string & weight, std::vector<double> & w, int64_t n_out, int64_t n_in) const {
    const int64_t     block = int64_t(whole("seeddelta." + weight + ".block"));
    const int64_t     kept = int64_t(whole("seeddelta." + weight + ".K")) / block;
    const std::string map = data(weight + ".b_map"), val = data(weight + ".b_val");
    const bool        i8 = tensors_.at(weight + ".b_val").type == 24;
    const std::string scale = i8 ? data(weight + ".b_scale") : "";
    for (int64_t slot = 0; slot < n_out * kept; ++slot) {
        for (int64_t e = 0; e < block; ++e) {
            const int64_t c = element<uint16_t>(map, slot) * block + e;
            if (c >= n_in) {
                break;
            }
            const int64_t i = slot * block + e;
            w[size_t(slot / kept * n_in + c)] +=
                i8 ? element<int8_t>(val, i) * half(element<uint16_t>(scale, slot)) : half(element<uint16_t>(val, i));
        }
    }
}

void test_reader::add_codebook(const std::string & weight, std::vector<double> & w, int64_t n_out, int64_t n_in) const {
    const int64_t     k = int64_t(whole("seeddelta." + weight + ".K"));
    const std::string dict = data(weight + ".r_dict"), code = data(weight + ".r_codes"), val = data(weight + ".r_vals");
    for (int64_t i = 0; i < n_out * k; ++i) {
        for (int64_t c = 0; c < n_in; ++c) {
            w[size_t(i / k * n_in + c)] +=
                half(element<uint16_t>(val, i)) * half(element<uint16_t>(dict, element<uint16_t>(code, i) * n_in + c));
        }
    }
}

std::vector<double> test_reader::decode(const std::string & weight) const {
    const std::string   own = "seeddelta." + weight + ".";
    const int64_t       n_out = int64_t(whole(own + "n_out")), n_in = int64_t(whole(own + "n_in"));
    std::vector<double> w(size_t(n_out * n_in), 0.0);
    if (text(own + "base.kind") != "none") {
        add_base(weight, w, n_out, n_in);
    }
    const std::string scheme = text(own + "scheme");
    if (scheme != "none") {
        scheme == "coo"     ? add_coo(weight, w, n_out, n_in)
        : scheme == "block" ? add_block(weight, w, n_out, n_in)
                            : add_codebook(weight, w, n_out, n_in);
    }
    if (tensors_.count(weight + ".row_scale")) {
        const std::string scale = data(weight + ".row_scale");
        const bool        f16 = tensors_.at(weight + ".row_scale").type == 1;
        for (size_t i = 0; i < w.size(); ++i) {
            const int64_t r = int64_t(i) / n_in;
            w[i] *= f16 ? half(element<uint16_t>(scale, r)) : double(element<float>(scale, r));
        }
    }
    return w;
}

std::string test_reader::digest_input(const std::string & weight) const {
    std::string all;
    for (const auto & name : order_) {
        const size_t dot = name.rfind('.');
        const auto & t = tensors_.at(name);
        if (name.substr(0, dot) == weight && name.substr(dot) != ".weight") {
            all += name + "\n" + type_name(t.type) + "\n" + std::to_string(t.ne[0]) + "," + std::to_string(t.ne[1]) +
                   "," + std::to_string(t.ne[2]) + "\n" + data(name);
        }
    }
    return all;
}
