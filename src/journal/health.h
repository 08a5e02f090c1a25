// Whether the store can be trusted with more entries, and if not, why: written by the writer, read by every worker.
// Safe from any thread; once failed for good it stays failed until the process ends.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

namespace pointsman::journal {

class Health {
 public:
  // One atomic load.
  bool failed() const { return failed_.load(std::memory_order_acquire); }
  std::string reason() const {
    const std::scoped_lock lock(mutex_);
    return reason_;
  }
  void fail(std::string reason) {
    {
      const std::scoped_lock lock(mutex_);
      reason_ = std::move(reason);
    }
    failed_.store(true, std::memory_order_release);
  }
  void recover() { failed_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> failed_{false};
  mutable std::mutex mutex_;
  std::string reason_;
};

}  // namespace pointsman::journal
