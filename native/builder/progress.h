#pragma once

#include "failure.h"

namespace seeddelta {

/// The library's side of an sd_progress; does nothing when the caller passed NULL.
class progress {
  public:
    explicit progress(sd_progress * shared) : shared_(shared) {}

    /// Adds to `done` and throws SD_E_CANCELLED when the watcher asked for it.
    void add(int64_t amount) const {
        if (shared_ == nullptr) {
            return;
        }
        __atomic_fetch_add(&shared_->done, amount, __ATOMIC_RELAXED);
        if (__atomic_load_n(&shared_->cancel, __ATOMIC_RELAXED) != 0) {
            throw failure(SD_E_CANCELLED, "cancelled");
        }
    }

  private:
    sd_progress * shared_;
};

} // namespace seeddelta
