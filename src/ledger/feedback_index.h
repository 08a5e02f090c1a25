// The seam for looking things up in what a FeedbackStore keeps (feedback_store.h): what was said of one decision, by
// whom a decision is held at present.
//
// Implementations are used from one thread at a time, never from an event loop, and change nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/feedback.h"

namespace pointsman::ledger {

// FeedbackStore::lease()
struct Lease {
  base::Uuid decision;
  std::string who;
  base::WallTime until{};
};

class FeedbackIndex {
 public:
  virtual ~FeedbackIndex() = default;
  // Everything that was said of that decision, in the order it came.
  virtual base::Result<std::vector<Feedback>> about(const base::Uuid& decision) = 0;
  virtual base::Result<std::optional<Feedback>> find(const base::Uuid& id) = 0;
  virtual base::Result<std::optional<Feedback>> with_key(std::string_view idempotency_key) = 0;
  // Those that have not ended at `now`, by decision.
  virtual base::Result<std::vector<Lease>> leases(base::WallTime now) = 0;
};

}  // namespace pointsman::ledger
