#pragma once

#include "model.h"

#include <map>
#include <memory>
#include <mutex>

namespace seeddelta {

// Names inside a moments file; see docs/CALIBRATION.md.
constexpr uint32_t moments_version = 2;
constexpr uint32_t oldest_moments_version = 1; // without residual streams
constexpr const char * moments_type = "seeddelta.moments"; // general.type
constexpr const char * moments_suffix = ".moments";
constexpr const char * samples_suffix = ".samples";
constexpr const char * residual_suffix = ".residual";
constexpr const char * count_suffix = ".count";

struct input_place {
    std::string name;
    int64_t n = 0;
    int64_t count = 0;
    int64_t n_samples = 0;
    int64_t moments = -1; // tensor ids, -1 = none
    int64_t samples = -1;
    int64_t residual = -1;
    std::vector<std::string> weights;
};

/// One input's data in memory.
struct input_data {
    std::string name;
    int64_t n = 0;
    int64_t count = 0;
    int64_t n_samples = 0;
    std::vector<float> packed;  // E[x xᵀ], upper triangle; empty when the file has none
    std::vector<float> samples; // [n_samples][n]
    std::vector<float> residual; // [n_samples][n], the residual stream at the same positions; empty: none
};

/// A moments file whose header has been checked. Immutable; any number of threads may load from it.
class moments_file {
  public:
    /// SD_E_IO, SD_E_INPUT.
    explicit moments_file(const std::string & path);

    const std::vector<input_place> & inputs() const { return inputs_; }
    /// nullptr when no input has this weight among its readers.
    const input_place * find(const std::string & weight) const;

    const std::string & path() const { return file_.path(); }

    /// Reads and checks. SD_E_INPUT: not finite, a negative diagonal, |m_ij| above √(m_ii m_jj) (1 + 1e-3).
    std::shared_ptr<const input_data> load(const input_place & place) const;

    /// The same without the matrix: samples and residual stream only.
    std::shared_ptr<const input_data> load_samples(const input_place & place) const;

    /// SD_E_INPUT, naming what differs. `sha256` may be empty.
    void check(const model & other, const std::string & sha256) const;

    std::string info_json() const;

  private:
    [[noreturn]] void refuse(const std::string & reason) const;
    std::string text(const char * key) const; // empty when absent
    uint32_t number(const char * key) const;
    input_place read_input(const std::string & name) const;
    void load_matrix(const input_place & place, input_data & data) const;
    std::vector<float> load_rows(const input_place & place, int64_t tensor) const;

    model file_;
    std::vector<input_place> inputs_;
    std::map<std::string, size_t> by_weight_;
};

} // namespace seeddelta
