#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// A reader of GGUF and of SeedΔ payloads written from docs/FORMAT.md alone. Shares no code with codec, builder or
/// ggml, so that a mistake made in both writer and reader is seen. Trusts the file.
class test_reader {
  public:
    struct tensor {
        std::vector<int64_t> ne; // four entries
        uint32_t             type = 0;
        uint64_t             offset = 0; // from the start of the file
        uint64_t             size = 0;
    };

    explicit test_reader(const std::string & path);

    bool        has(const std::string & key) const { return text_.count(key) || number_.count(key); }
    std::string text(const std::string & key) const { return text_.at(key); }
    double      number(const std::string & key) const { return number_.at(key); }
    uint64_t    whole(const std::string & key) const { return whole_.at(key); }
    const std::vector<std::string> & texts(const std::string & key) const { return texts_.at(key); }

    const std::vector<std::string> &      order() const { return order_; }
    const std::map<std::string, tensor> & tensors() const { return tensors_; }
    std::string                           data(const std::string & tensor) const;

    /// Ŵ[n_out][n_in] of the weight "blk.0.ffn_up", in double.
    std::vector<double> decode(const std::string & weight) const;
    /// Digest text that the key sha256 is made of is checked elsewhere; this gives the bytes that go into it.
    std::string digest_input(const std::string & weight) const;

  private:
    void add_base(const std::string & weight, std::vector<double> & w, int64_t n_out, int64_t n_in) const;
    void add_searched(const std::string & weight, std::vector<double> & w, int64_t n_out, int64_t n_in, uint32_t shared) const;
    void add_fht(const std::string & weight, std::vector<double> & w, int64_t n_out, int64_t n_in, uint32_t shared) const;
    void add_trellis(const std::string & weight, std::vector<double> & w, int64_t n_out, int64_t n_in) const;
    void add_coo(const std::string & weight, std::vector<double> & w, int64_t n_out, int64_t n_in) const;
    void add_codebook(const std::string & weight, std::vector<double> & w, int64_t n_out, int64_t n_in) const;
    void add_block(const std::string & weight, std::vector<double> & w, int64_t n_out, int64_t n_in) const;

    std::string                                     bytes_;
    std::map<std::string, std::string>              text_;
    std::map<std::string, double>                   number_;
    std::map<std::string, uint64_t>                 whole_;
    std::map<std::string, std::vector<std::string>> texts_;
    std::map<std::string, tensor>                   tensors_;
    std::vector<std::string>                        order_;
};
