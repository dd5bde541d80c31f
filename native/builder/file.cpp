#include "file.h"

#include "failure.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace seeddelta {

void fail_io(const std::string & path, const std::string & what, int error) {
    throw failure(SD_E_IO, path + ": " + what + ": " + std::strerror(error));
}

input_file::input_file(const std::string & path) : path_(path) {
    struct stat st;
    if (::stat(path.c_str(), &st) != 0) {
        fail_io(path, "cannot be opened", errno);
    }
    if (!S_ISREG(st.st_mode)) { // asked before open, which would wait on a FIFO
        fail_input(path + ": is not a regular file");
    }
    fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) {
        fail_io(path, "cannot be opened", errno);
    }
    if (::fstat(fd_, &st) != 0) {
        const int error = errno;
        ::close(fd_);
        fail_io(path, "cannot be examined", error);
    }
    size_ = st.st_size;
    inode_ = st.st_ino;
    modified_s_ = st.st_mtim.tv_sec;
    modified_ns_ = st.st_mtim.tv_nsec;
}

input_file::~input_file() {
    ::close(fd_);
}

void input_file::read(void * data, size_t size, int64_t offset) const {
    char * p = static_cast<char *>(data);
    while (size > 0) {
        const ssize_t n = ::pread(fd_, p, std::min<size_t>(size, 1u << 30), offset);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            fail_io(path_, "cannot be read", errno);
        }
        if (n == 0) {
            throw failure(SD_E_IO, path_ + ": ended early at byte " + std::to_string(offset) +
                                       "; was it changed while it was read?");
        }
        p += n;
        size -= size_t(n);
        offset += n;
    }
}

void input_file::check_unchanged() const {
    struct stat st;
    if (::fstat(fd_, &st) != 0) {
        fail_io(path_, "cannot be examined", errno);
    }
    if (st.st_size != size_ || st.st_mtim.tv_sec != modified_s_ || st.st_mtim.tv_nsec != modified_ns_) {
        fail_input(path_ + ": was changed while it was in use; start again with a file that stays as it is");
    }
}

output_file::output_file(const std::string & path, int64_t size) : path_(path) {
    fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd_ < 0) {
        fail_io(path, "cannot be created", errno);
    }
    struct stat st;
    removable_ = ::fstat(fd_, &st) == 0 && S_ISREG(st.st_mode);
    if (removable_ && size > 0 && ::fallocate(fd_, 0, 0, size) != 0 && errno != EOPNOTSUPP && errno != ENOSYS) {
        const int error = errno;
        ::close(fd_);
        ::unlink(path.c_str());
        fail_io(path, "needs " + std::to_string(size) + " bytes", error);
    }
}

output_file::~output_file() {
    if (fd_ >= 0) {
        ::close(fd_);
        if (removable_) {
            ::unlink(path_.c_str());
        }
    }
}

void output_file::write(const void * data, size_t size) {
    const char * p = static_cast<const char *>(data);
    while (size > 0) {
        const ssize_t n = ::write(fd_, p, std::min<size_t>(size, 1u << 30));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            fail_io(path_, "cannot be written at byte " + std::to_string(position_), errno);
        }
        p += n;
        size -= size_t(n);
        position_ += n;
    }
}

void output_file::write_zeros(size_t size) {
    static const char zeros[4096] = {};
    while (size > 0) {
        const size_t n = std::min(size, sizeof zeros);
        write(zeros, n);
        size -= n;
    }
}

void output_file::commit() {
    if (removable_ && ::fsync(fd_) != 0) {
        fail_io(path_, "cannot be flushed to disk", errno);
    }
    const int fd = fd_;
    if (::close(fd) != 0) {
        const int error = errno;
        fd_ = -1;
        if (removable_) {
            ::unlink(path_.c_str());
        }
        fail_io(path_, "cannot be closed", error);
    }
    fd_ = -1;
}

void rename_durably(const std::string & from, const std::string & to) {
    if (::rename(from.c_str(), to.c_str()) != 0) {
        const int error = errno;
        ::unlink(from.c_str());
        fail_io(to, "cannot be put in place", error);
    }
    const size_t      slash = to.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : to.substr(0, slash + 1);
    const int         fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        ::fsync(fd); // some file systems cannot; the rename itself has happened
        ::close(fd);
    }
}

} // namespace seeddelta
