#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace seeddelta {

/// A regular file opened for reading. Reads by position, so that a file which shrinks meanwhile is an error message
/// and not a SIGBUS.
class input_file {
  public:
    /// SD_E_IO when it cannot be opened, SD_E_INPUT when it is not a regular file.
    explicit input_file(const std::string & path);
    ~input_file();
    input_file(const input_file &) = delete;
    input_file & operator=(const input_file &) = delete;

    /// Reads exactly `size` bytes at `offset`. SD_E_IO otherwise.
    void read(void * data, size_t size, int64_t offset) const;

    /// SD_E_INPUT when size, inode or modification time differ from those at opening.
    void check_unchanged() const;

    int64_t             size() const { return size_; }
    const std::string & path() const { return path_; }
    int                 descriptor() const { return fd_; }

  private:
    std::string path_;
    int         fd_ = -1;
    int64_t     size_ = 0;
    uint64_t    inode_ = 0;
    int64_t     modified_s_ = 0;
    int64_t     modified_ns_ = 0;
};

/// A file being written from front to back. Removed again unless commit() was reached.
class output_file {
  public:
    /// Creates or truncates `path` and reserves `size` bytes where the file system can (a full disk is found here).
    output_file(const std::string & path, int64_t size);
    ~output_file();
    output_file(const output_file &) = delete;
    output_file & operator=(const output_file &) = delete;

    void    write(const void * data, size_t size); // SD_E_IO with the system's text
    void    write_zeros(size_t size);
    int64_t position() const { return position_; }
    /// fsync and close; the file stays.
    void commit();

  private:
    std::string path_;
    int         fd_ = -1;
    int64_t     position_ = 0;
    bool        removable_ = false;
};

class progress;

/// Hex digest of the whole file; adds the bytes read to the progress.
std::string file_sha256(const input_file & file, const progress & watch);

/// Renames and makes the new name durable.
void rename_durably(const std::string & from, const std::string & to);

} // namespace seeddelta
