// What the review queue remembers of each person beside the leases: why a decision was put before them, and what they
// would not say anything about.
//
// One per process, in memory: a restart offers again what was skipped. Safe from any thread. Bounded: beyond kMost the
// oldest is forgotten.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/uuid.h"
#include "learn/review_queue.h"

namespace pointsman::admin {

struct ReviewOffer {
  learn::ReviewReason reason = learn::ReviewReason::kUnsure;
  std::string why;
  double slice = 0;    // ledger::Feedback::slice
  bool blind = false;  // others have labelled it, and their answers are not shown
};

class ReviewBook {
 public:
  static constexpr std::size_t kMost = 20'000;

  void offer(const std::string& user, const base::Uuid& decision, ReviewOffer offer);
  // Nothing where it was never offered to them, or was forgotten.
  std::optional<ReviewOffer> find(const std::string& user, const base::Uuid& decision) const;
  void skip(const std::string& user, const base::Uuid& decision);
  std::set<base::Uuid> skipped(const std::string& user) const;

 private:
  using Place = std::pair<std::string, base::Uuid>;

  mutable std::mutex mutex_;
  std::map<Place, ReviewOffer> offers_;
  std::deque<Place> offered_;  // the oldest first
  std::set<Place> skips_;
  std::deque<Place> skipped_;
};

}  // namespace pointsman::admin
