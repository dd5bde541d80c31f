#include "failure.h"
#include "file.h"
#include "sha256.h"
#include "stored-payload.h"

#include "../codec/weight.h"

#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

// Layout, little-endian, strings as u32 length + bytes:
//   "SDPAYLD1"  u64 size of the file  u64 size of the head
//   head: name, base kind, scheme, u64 n_out, u64 n_in, 4 × f64 norms,
//         u32 count, then per parameter: key, u8 kind (0 u64, 1 f64, 2 string), value,
//         u32 count, then per tensor: suffix, u8 elem, 3 × u64 ne
//   padding to 64, then every tensor's bytes padded to 64
//   SHA-256 of all bytes before it

namespace seeddelta {

namespace {

constexpr char   magic[9] = "SDPAYLD1";
constexpr size_t preamble = 24;
constexpr size_t digest_size = 32;

int64_t padded(int64_t n) {
    return (n + 63) / 64 * 64;
}

class packer {
  public:
    template <typename T> void number(T v) { bytes_.append(reinterpret_cast<const char *>(&v), sizeof v); }
    void text(const std::string & s) {
        number(uint32_t(s.size()));
        bytes_ += s;
    }
    const std::string & bytes() const { return bytes_; }

  private:
    std::string bytes_;
};

class unpacker {
  public:
    unpacker(const std::string & path, const uint8_t * p, size_t n) : path_(path), at_(p), left_(n) {}

    template <typename T> T number() {
        T v;
        std::memcpy(&v, take(sizeof v), sizeof v);
        return v;
    }
    std::string text() {
        const size_t n = number<uint32_t>();
        const auto * p = take(n);
        return std::string(reinterpret_cast<const char *>(p), n);
    }
    [[noreturn]] void refuse() const { fail_input(path_ + ": is not a whole payload file; delete it and build again"); }

  private:
    const uint8_t * take(size_t n) {
        if (n > left_) {
            refuse();
        }
        const uint8_t * p = at_;
        at_ += n;
        left_ -= n;
        return p;
    }

    const std::string & path_;
    const uint8_t *     at_;
    size_t              left_;
};

std::string pack_head(const stored_payload & payload) {
    const auto & v = payload.view;
    packer       p;
    p.text(v.name);
    p.text(v.base_kind);
    p.text(v.scheme);
    p.number(uint64_t(v.n_out));
    p.number(uint64_t(v.n_in));
    for (double norm : { payload.norms.w, payload.norms.hat, payload.norms.err, payload.norms.err_w }) {
        p.number(norm);
    }
    p.number(uint32_t(v.params.size()));
    for (const auto & param : v.params) {
        p.text(param.first);
        p.number(uint8_t(param.second.index()));
        if (const auto * u = std::get_if<uint64_t>(&param.second)) {
            p.number(*u);
        } else if (const auto * d = std::get_if<double>(&param.second)) {
            p.number(*d);
        } else {
            p.text(std::get<std::string>(param.second));
        }
    }
    p.number(uint32_t(v.tensors.size()));
    for (const auto & t : v.tensors) {
        p.text(t.suffix);
        p.number(uint8_t(t.type));
        for (int64_t ne : t.ne) {
            p.number(uint64_t(ne));
        }
    }
    return p.bytes();
}

void unpack_head(unpacker & p, stored_payload & out) {
    auto & v = out.view;
    v.name = p.text();
    v.base_kind = p.text();
    v.scheme = p.text();
    v.n_out = int64_t(p.number<uint64_t>());
    v.n_in = int64_t(p.number<uint64_t>());
    for (double * norm : { &out.norms.w, &out.norms.hat, &out.norms.err, &out.norms.err_w }) {
        *norm = p.number<double>();
    }
    for (uint32_t n = p.number<uint32_t>(); n > 0; --n) {
        const std::string key = p.text();
        switch (p.number<uint8_t>()) {
            case 0:  v.params[key] = p.number<uint64_t>(); break;
            case 1:  v.params[key] = p.number<double>(); break;
            case 2:  v.params[key] = p.text(); break;
            default: p.refuse();
        }
    }
    for (uint32_t n = p.number<uint32_t>(); n > 0; --n) {
        tensor_view t;
        t.suffix = p.text();
        const uint8_t type = p.number<uint8_t>();
        if (type > uint8_t(elem::i32)) {
            p.refuse();
        }
        t.type = elem(type);
        int64_t count = int64_t(elem_size(t.type));
        for (int64_t & ne : t.ne) {
            ne = int64_t(p.number<uint64_t>());
            if (ne < 1 || __builtin_mul_overflow(count, ne, &count)) {
                p.refuse();
            }
        }
        v.tensors.push_back(std::move(t));
    }
}

std::shared_ptr<const void> map_file(const input_file & file) {
    const size_t size = size_t(file.size());
    void * const p = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.descriptor(), 0);
    if (p == MAP_FAILED) {
        fail_io(file.path(), "cannot be mapped", errno);
    }
    return std::shared_ptr<const void>(p, [p, size](const void *) { ::munmap(p, size); });
}

} // namespace

void save_payload(const stored_payload & payload, const std::string & path) {
    const std::string head = pack_head(payload);
    const int64_t     head_end = padded(int64_t(preamble + head.size()));
    int64_t           total = head_end + int64_t(digest_size);
    for (const auto & t : payload.view.tensors) {
        total += padded(int64_t(t.size_bytes()));
    }
    packer p;
    p.number(uint64_t(total));
    p.number(uint64_t(head.size()));

    const std::string temporary = path + ".tmp-" + std::to_string(::getpid());
    output_file       file(temporary, total);
    sha256            sha;
    const auto        put = [&](const void * data, size_t size) {
        sha.update(data, size);
        file.write(data, size);
    };
    const auto pad = [&](int64_t size) {
        static const char zeros[64] = {};
        put(zeros, size_t(padded(size) - size));
    };
    put(magic, 8);
    put(p.bytes().data(), p.bytes().size());
    put(head.data(), head.size());
    pad(int64_t(preamble + head.size()));
    for (const auto & t : payload.view.tensors) {
        put(t.data, t.size_bytes());
        pad(int64_t(t.size_bytes()));
    }
    uint8_t digest[digest_size];
    sha.finish(digest);
    file.write(digest, digest_size);
    file.commit();
    rename_durably(temporary, path);
}

std::shared_ptr<const stored_payload> load_payload(const std::string & path) {
    const input_file file(path);
    const int64_t    size = file.size();
    unpacker         damaged(path, nullptr, 0);
    if (size < int64_t(preamble + digest_size)) {
        damaged.refuse();
    }
    const auto      memory = map_file(file);
    const uint8_t * bytes = static_cast<const uint8_t *>(memory.get());
    unpacker        start(path, bytes + 8, 16);
    const uint64_t  total = start.number<uint64_t>();
    const uint64_t  head_size = start.number<uint64_t>();
    if (std::memcmp(bytes, magic, 8) != 0 || total != uint64_t(size) ||
        head_size > uint64_t(size) - preamble - digest_size) {
        damaged.refuse();
    }
    uint8_t digest[digest_size];
    sha256  sha;
    sha.update(bytes, size_t(size) - digest_size);
    sha.finish(digest);
    if (std::memcmp(digest, bytes + size - int64_t(digest_size), digest_size) != 0) {
        damaged.refuse();
    }

    auto     out = std::make_shared<stored_payload>();
    unpacker head(path, bytes + preamble, size_t(head_size));
    unpack_head(head, *out);
    int64_t at = padded(int64_t(preamble + head_size));
    for (auto & t : out->view.tensors) {
        const int64_t room = size - int64_t(digest_size) - at;
        if (int64_t(t.size_bytes()) > room) {
            damaged.refuse();
        }
        t.data = bytes + at;
        at += padded(int64_t(t.size_bytes()));
    }
    out->adopt(memory);
    weight::open(out->view); // a payload that a reader would refuse never gets into a model
    return out;
}

} // namespace seeddelta
