#include "json-writer.h"
#include "model.h"

#include <algorithm>

namespace seeddelta {

template <typename T> static T element(const void * data, int64_t i) {
    return static_cast<const T *>(data)[i];
}

static void add_number(json_writer & json, gguf_type type, const void * data, int64_t i) {
    switch (type) {
        case GGUF_TYPE_UINT8:   json.value(uint64_t(element<uint8_t>(data, i))); break;
        case GGUF_TYPE_INT8:    json.value(int64_t(element<int8_t>(data, i))); break;
        case GGUF_TYPE_UINT16:  json.value(uint64_t(element<uint16_t>(data, i))); break;
        case GGUF_TYPE_INT16:   json.value(int64_t(element<int16_t>(data, i))); break;
        case GGUF_TYPE_UINT32:  json.value(uint64_t(element<uint32_t>(data, i))); break;
        case GGUF_TYPE_INT32:   json.value(int64_t(element<int32_t>(data, i))); break;
        case GGUF_TYPE_UINT64:  json.value(element<uint64_t>(data, i)); break;
        case GGUF_TYPE_INT64:   json.value(element<int64_t>(data, i)); break;
        case GGUF_TYPE_FLOAT32: json.value(element<float>(data, i)); break;
        case GGUF_TYPE_FLOAT64: json.value(element<double>(data, i)); break;
        case GGUF_TYPE_BOOL:    json.value(element<int8_t>(data, i) != 0); break;
        default:                json.null(); break;
    }
}

static void add_array(json_writer & json, const gguf_context * header, int64_t id, int64_t max_array) {
    const gguf_type type = gguf_get_arr_type(header, id);
    const int64_t   n = int64_t(gguf_get_arr_n(header, id));
    const bool      cut = n > max_array;
    if (cut) {
        json.begin_object().member("array", gguf_type_name(type)).member("length", n).key("first");
    }
    json.begin_array();
    for (int64_t i = 0; i < std::min(n, max_array); ++i) {
        if (type == GGUF_TYPE_STRING) {
            json.value(gguf_get_arr_str(header, id, size_t(i)));
        } else {
            add_number(json, type, gguf_get_arr_data(header, id), i);
        }
    }
    json.end_array();
    if (cut) {
        json.end_object();
    }
}

std::string metadata_json(const gguf_context * header, int64_t max_array) {
    json_writer json;
    json.begin_object();
    for (int64_t id = 0; id < gguf_get_n_kv(header); ++id) {
        json.key(gguf_get_key(header, id));
        const gguf_type type = gguf_get_kv_type(header, id);
        if (type == GGUF_TYPE_ARRAY) {
            add_array(json, header, id, std::max<int64_t>(0, max_array));
        } else if (type == GGUF_TYPE_STRING) {
            json.value(gguf_get_val_str(header, id));
        } else {
            add_number(json, type, gguf_get_val_data(header, id), 0);
        }
    }
    return json.end_object().text();
}

} // namespace seeddelta
