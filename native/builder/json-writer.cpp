#include "json-writer.h"

#include <charconv>
#include <cmath>

namespace seeddelta {

void json_writer::separate() {
    if (!first_) {
        out_ += ',';
    }
    first_ = false;
}

json_writer & json_writer::raw(std::string_view text) {
    separate();
    out_ += text;
    return *this;
}

json_writer & json_writer::open(char c) {
    separate();
    out_ += c;
    first_ = true;
    return *this;
}

json_writer & json_writer::close(char c) {
    out_ += c;
    first_ = false;
    return *this;
}

json_writer & json_writer::key(std::string_view name) {
    separate();
    quote(name);
    out_ += ':';
    first_ = true;
    return *this;
}

json_writer & json_writer::value(std::string_view text) {
    separate();
    quote(text);
    return *this;
}

/// Bytes of the well-formed UTF-8 sequence at the start of `s`, 0 if there is none.
static size_t utf8_length(std::string_view s) {
    const auto byte = [&](size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0u; };
    const auto tail = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
    const unsigned c = byte(0);
    if (c < 0x80) {
        return 1;
    }
    if (c >= 0xc2 && c <= 0xdf) {
        return tail(1) ? 2 : 0;
    }
    if (c >= 0xe0 && c <= 0xef) {
        const bool narrow = (c == 0xe0 && byte(1) < 0xa0) || (c == 0xed && byte(1) > 0x9f); // overlong, surrogate
        return tail(1) && tail(2) && !narrow ? 3 : 0;
    }
    if (c >= 0xf0 && c <= 0xf4) {
        const bool narrow = (c == 0xf0 && byte(1) < 0x90) || (c == 0xf4 && byte(1) > 0x8f);
        return tail(1) && tail(2) && tail(3) && !narrow ? 4 : 0;
    }
    return 0;
}

void json_writer::quote(std::string_view s) {
    static const char * hex = "0123456789abcdef";
    out_ += '"';
    for (size_t i = 0; i < s.size();) {
        const unsigned char c = static_cast<unsigned char>(s[i]);
        if (c == '"' || c == '\\') {
            out_ += '\\';
            out_ += char(c);
            ++i;
        } else if (c < 0x20 || c == 0x7f) {
            out_ += "\\u00";
            out_ += hex[c >> 4];
            out_ += hex[c & 15];
            ++i;
        } else if (const size_t n = utf8_length(s.substr(i))) {
            out_ += s.substr(i, n);
            i += n;
        } else {
            out_ += "\xef\xbf\xbd";
            ++i;
        }
    }
    out_ += '"';
}

template <typename T> static std::string number(T v) {
    if (std::isnan(v)) {
        return "\"NaN\"";
    }
    if (std::isinf(v)) {
        return v < 0 ? "\"-Infinity\"" : "\"Infinity\"";
    }
    char       buffer[64];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, v).ptr;
    return std::string(buffer, end);
}

json_writer & json_writer::value(float v) {
    return raw(number(v));
}

json_writer & json_writer::value(double v) {
    return raw(number(v));
}

} // namespace seeddelta
