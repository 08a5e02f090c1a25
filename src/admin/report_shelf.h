// Answers that took a walk over the ledger, kept for some seconds, so that a page that is left open in many tabs costs
// no more than one.
//
// One per process. Safe from any thread. Bounded: beyond kMost the oldest goes; long answers are not kept.
#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace pointsman::admin {

class ReportShelf {
 public:
  static constexpr std::size_t kMost = 64;
  static constexpr std::size_t kLongest = std::size_t{1} << 20;

  // The answer that was kept under that name no longer than `fresh` ago.
  std::optional<std::string> find(std::string_view name, base::Duration fresh, base::MonoTime now) const;
  // In place of what was kept under that name before. `name` says everything that the answer depends on.
  void keep(std::string name, std::string answer, base::MonoTime now);

 private:
  struct Kept {
    std::string name;
    std::string answer;
    base::MonoTime at{};
  };

  mutable std::mutex mutex_;
  std::deque<Kept> kept_;  // the oldest first
};

}  // namespace pointsman::admin
