#pragma once

#include "model.h"

#include <map>

namespace seeddelta {

/// One weight of an imatrix: the mean square of every input.
struct imatrix_means {
    std::vector<float> values;   // [n_mat][n]
    std::vector<int64_t> counts; // [n_mat]
};

/// llama.cpp's imatrix in its GGUF form, read whole. Immutable.
class imatrix_file {
  public:
    /// SD_E_IO, SD_E_INPUT.
    explicit imatrix_file(const std::string & path);

    const std::map<std::string, imatrix_means> & entries() const { return entries_; }
    const imatrix_means * find(const std::string & weight) const;

    /// SD_E_INPUT, naming what differs.
    void check(const model & other) const;

    std::string info_json() const;

  private:
    [[noreturn]] void refuse(const std::string & reason) const;
    std::vector<float> read_f32(const model & file, const tensor_place & place) const;
    void read_metadata(const model & file);

    std::string path_;
    std::vector<std::string> datasets_;
    uint32_t chunk_count_ = 0;
    uint32_t chunk_size_ = 0;
    std::map<std::string, imatrix_means> entries_;
};

} // namespace seeddelta
