#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <stdlib.h>
#include <string>
#include <unistd.h>
#include <vector>

/// A folder that goes away with everything directly in it.
class temp_folder {
  public:
    temp_folder() {
        std::string pattern = ::testing::TempDir() + "seeddelta-XXXXXX";
        path_ = ::mkdtemp(pattern.data());
    }
    ~temp_folder() {
        for (const auto & name : names_) {
            ::unlink((path_ + "/" + name).c_str());
        }
        ::rmdir(path_.c_str());
    }
    std::string file(const std::string & name) {
        names_.push_back(name);
        return path_ + "/" + name;
    }
    const std::string & path() const { return path_; }

  private:
    std::string              path_;
    std::vector<std::string> names_;
};

inline std::string read_file(const std::string & path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

inline void write_file(const std::string & path, const std::string & bytes) {
    std::ofstream(path, std::ios::binary).write(bytes.data(), std::streamsize(bytes.size()));
}

inline bool file_exists(const std::string & path) {
    return ::access(path.c_str(), F_OK) == 0;
}
