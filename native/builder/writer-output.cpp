#include "../codec/f16.h"
#include "../codec/weight.h"
#include "failure.h"
#include "writer.h"

#include <cmath>
#include <cstring>
#include <unistd.h>

namespace seeddelta {

static constexpr int64_t chunk_bytes = 4 << 20;

/// One row of a restored weight in its storage type. SD_E_INPUT when a value is beyond f16.
static void convert_row(const weight & w, int64_t row, ggml_type type, std::vector<float> & values, void * out) {
    w.decode_row(row, values.data());
    if (type == GGML_TYPE_F32) {
        std::memcpy(out, values.data(), values.size() * sizeof(float));
        return;
    }
    for (size_t c = 0; c < values.size(); ++c) {
        const uint16_t h = f32_to_f16(values[c]);
        if ((h & 0x7c00) == 0x7c00) {
            fail_input(w.name() + ": row " + std::to_string(row) + " has values beyond f16; restore as f32");
        }
        std::memcpy(static_cast<char *>(out) + c * 2, &h, 2);
    }
}

void writer::write_decoded(output_file & file, const output_tensor & t, const progress & watch) const {
    const auto           loaded = read_model_payload(source_, t.decoded);
    const auto           w = weight::open(loaded->view);
    std::vector<float>   values(static_cast<size_t>(w->n_in()));
    const size_t         row_bytes = values.size() * ggml_type_size(t.type);
    const int64_t        n_rows = std::max<int64_t>(1, chunk_bytes / int64_t(row_bytes));
    std::vector<uint8_t> chunk;
    for (int64_t first = 0; first < w->n_out(); first += n_rows) {
        const int64_t last = std::min(w->n_out(), first + n_rows);
        chunk.resize(row_bytes * size_t(last - first));
        for (int64_t r = first; r < last; ++r) {
            convert_row(*w, r, t.type, values, chunk.data() + row_bytes * size_t(r - first));
        }
        file.write(chunk.data(), chunk.size());
        watch.add(int64_t(chunk.size()));
    }
}

bool writer::decoded_as_written(const model & written, const output_tensor & t) const {
    const auto           loaded = read_model_payload(source_, t.decoded);
    const auto           w = weight::open(loaded->view);
    std::vector<float>   values(static_cast<size_t>(w->n_in()));
    const size_t         row_bytes = values.size() * ggml_type_size(t.type);
    std::vector<uint8_t> stored(static_cast<size_t>(t.size)), row(row_bytes);
    written.read(written.tensors()[size_t(written.find(t.name))], stored.data());
    for (int64_t r = 0; r < w->n_out(); ++r) {
        convert_row(*w, r, t.type, values, row.data());
        if (std::memcmp(stored.data() + size_t(r) * row_bytes, row.data(), row_bytes) != 0) {
            return false;
        }
    }
    return true;
}

void writer::write_tensor(output_file & file, const output_tensor & t, const progress & watch) const {
    if (!t.decoded.empty()) {
        write_decoded(file, t, watch);
        return;
    }
    std::vector<uint8_t> chunk;
    for (int64_t at = 0; at < t.size; at += chunk_bytes) {
        const int64_t n = std::min(chunk_bytes, t.size - at);
        if (t.payload_data != nullptr) {
            file.write(static_cast<const uint8_t *>(t.payload_data) + at, size_t(n));
        } else {
            chunk.resize(size_t(n));
            source_.file().read(chunk.data(), size_t(n), source_.tensors()[size_t(t.source_id)].offset + at);
            file.write(chunk.data(), size_t(n));
        }
        watch.add(n);
    }
}

void writer::write(const std::string & path, const progress & watch) const {
    if (planned_only_) {
        fail_usage("a writer with a planned payload cannot write; add the payload itself");
    }
    source_.file().check_unchanged();
    const output_plan out = make_plan(restoring_ ? file_sha256(source_.file(), progress(nullptr)) : "");
    {
        output_file file(path, out.size);
        file.write(out.header.data(), out.header.size());
        watch.add(int64_t(out.header.size()));
        for (const auto & t : out.tensors) {
            write_tensor(file, t, watch);
            const int64_t pad = -file.position() & (GGUF_DEFAULT_ALIGNMENT - 1);
            file.write_zeros(size_t(pad));
            watch.add(pad);
        }
        if (file.position() != out.size) {
            throw failure(SD_E_INTERNAL, path + ": has " + std::to_string(file.position()) + " bytes, planned were " +
                                             std::to_string(out.size));
        }
        source_.file().check_unchanged();
        file.commit();
    }
    try {
        verify(path, out);
    } catch (...) {
        ::unlink(path.c_str());
        throw;
    }
}

} // namespace seeddelta
