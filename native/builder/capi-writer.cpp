#include "guard.h"
#include "handles.h"
#include "progress.h"

#include <cstring>

using namespace seeddelta;

/// Adds a key whose value is set by `apply(gguf_context *, key)`.
template <typename F> static int32_t set_key(sd_writer * writer, const char * key, sd_error * error, F && apply) {
    return guarded(error, [&] {
        const std::string name = &required(key, "key");
        required(writer, "writer").output.set(name, [name, apply](gguf_context * kv) { apply(kv, name.c_str()); });
    });
}

int32_t sd_writer_open(const sd_model * source, sd_writer ** out, sd_error * error) {
    return guarded(error, [&] {
        required(out, "out") = nullptr;
        *out = new sd_writer(required(source, "source"));
    });
}

void sd_writer_close(sd_writer * writer) {
    delete writer;
}

int32_t sd_writer_set_bool(sd_writer * writer, const char * key, int32_t value, sd_error * error) {
    return set_key(writer, key, error,
                   [value](gguf_context * kv, const char * k) { gguf_set_val_bool(kv, k, value != 0); });
}

int32_t sd_writer_set_u32(sd_writer * writer, const char * key, uint32_t value, sd_error * error) {
    return set_key(writer, key, error, [value](gguf_context * kv, const char * k) { gguf_set_val_u32(kv, k, value); });
}

int32_t sd_writer_set_u64(sd_writer * writer, const char * key, uint64_t value, sd_error * error) {
    return set_key(writer, key, error, [value](gguf_context * kv, const char * k) { gguf_set_val_u64(kv, k, value); });
}

int32_t sd_writer_set_f32(sd_writer * writer, const char * key, float value, sd_error * error) {
    return set_key(writer, key, error, [value](gguf_context * kv, const char * k) { gguf_set_val_f32(kv, k, value); });
}

int32_t sd_writer_set_string(sd_writer * writer, const char * key, const char * value, sd_error * error) {
    if (value == nullptr) {
        return report(error, SD_E_USAGE, "argument 'value' is NULL");
    }
    return set_key(writer, key, error, [text = std::string(value)](gguf_context * kv, const char * k) {
        gguf_set_val_str(kv, k, text.c_str());
    });
}

int32_t sd_writer_set_strings(sd_writer * writer, const char * key, const char ** values, int64_t n, sd_error * error) {
    return guarded(error, [&] {
        if (n < 0 || (n > 0 && values == nullptr)) {
            fail_usage("argument 'values' is NULL or its length is negative");
        }
        std::vector<std::string> texts;
        for (int64_t i = 0; i < n; ++i) {
            texts.push_back(&required(values[i], "values[i]"));
        }
        const std::string name = &required(key, "key");
        required(writer, "writer").output.set(name, [name, texts](gguf_context * kv) {
            std::vector<const char *> pointers;
            for (const auto & text : texts) {
                pointers.push_back(text.c_str());
            }
            gguf_set_arr_str(kv, name.c_str(), pointers.data(), pointers.size());
        });
    });
}

int32_t sd_writer_add_payload(sd_writer * writer, const char * tensor, const sd_payload * payload, int32_t strip,
                              sd_error * error) {
    return guarded(error, [&] {
        required(writer, "writer")
            .output.add_payload(&required(tensor, "tensor"), required(payload, "payload").stored, strip != 0);
    });
}

int32_t sd_writer_drop_payload(sd_writer * writer, const char * name, sd_error * error) {
    return guarded(error, [&] { required(writer, "writer").output.drop_payload(&required(name, "name")); });
}

int32_t sd_writer_plan_payload(sd_writer * writer, const char * tensor, const sd_encode_params * params, int32_t strip,
                               sd_error * error) {
    return guarded(error, [&] {
        required(writer, "writer")
            .output.plan_payload(&required(tensor, "tensor"), encode_options::from(required(params, "params")),
                                 strip != 0);
    });
}

int32_t sd_writer_restore(sd_writer * writer, const char * type, sd_error * error) {
    return guarded(error, [&] {
        const std::string wanted = &required(type, "type");
        if (wanted != "auto" && wanted != "f16" && wanted != "f32") {
            fail_usage("unknown type '" + wanted + "' (known: auto, f16, f32)");
        }
        required(writer, "writer").output.restore(wanted == "f32" ? GGML_TYPE_F32 : GGML_TYPE_F16);
    });
}

int32_t sd_writer_plan(sd_writer * writer, int64_t * bytes, sd_error * error) {
    return guarded(error, [&] { required(bytes, "bytes") = required(writer, "writer").output.plan().size; });
}

int32_t sd_writer_write(sd_writer * writer, const char * path, sd_progress * shared, sd_error * error) {
    return guarded(error, [&] {
        required(writer, "writer").output.write(&required(path, "path"), progress(shared));
    });
}
