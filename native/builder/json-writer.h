#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace seeddelta {

/// Builds one compact JSON text. The caller keeps objects and arrays balanced.
class json_writer {
  public:
    json_writer & begin_object() { return open('{'); }
    json_writer & end_object() { return close('}'); }
    json_writer & begin_array() { return open('['); }
    json_writer & end_array() { return close(']'); }
    json_writer & key(std::string_view name);

    json_writer & value(std::string_view text); // bytes that are not UTF-8 become U+FFFD
    json_writer & value(const char * text) { return value(std::string_view(text)); }
    json_writer & value(bool v) { return raw(v ? "true" : "false"); }
    json_writer & value(int64_t v) { return raw(std::to_string(v)); }
    json_writer & value(uint64_t v) { return raw(std::to_string(v)); }
    json_writer & value(int v) { return raw(std::to_string(v)); }
    json_writer & value(float v);  // shortest text that reads back as the same number;
    json_writer & value(double v); // non-finite numbers are the strings "NaN", "Infinity", "-Infinity"
    json_writer & null() { return raw("null"); }

    template <typename T> json_writer & member(std::string_view name, const T & v) { return key(name).value(v); }

    const std::string & text() const { return out_; }

  private:
    json_writer & raw(std::string_view text);
    json_writer & open(char c);
    json_writer & close(char c);
    void          separate();
    void          quote(std::string_view text);

    std::string out_;
    bool        first_ = true; // no comma before the next value
};

} // namespace seeddelta
