// What a recorded request would have cost with another model: its usage at that model's prices.
//
// The answer is taken to have as many tokens as the one that came. What was read from a provider's prompt cache stays
// cached only if the conversation would have been with that model before; otherwise the whole prompt is paid. A call of
// the small model is paid as it was if it would have been made, and a summary as it was. An answer that was given again
// (Bill::replayed) would have been, whoever gave it first. Unknown stays unknown (I6).
// Requests come oldest first; one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/money.h"
#include "cli/redecider.h"
#include "ledger/entry.h"
#include "route/model.h"

namespace pointsman::cli {

struct OtherDecision {
  bool same_model_first = false;        // the first candidate is the one it was: attempts would have gone as they did
  const route::Model* model = nullptr;  // that would answer; with same_model_first the one that did, null if unknown
  bool small_model_asked = false;
};

// What a request that was decided again comes to: who would have answered it, and whether the small model is asked.
OtherDecision other_decision(const ledger::Entry& entry, const Again& again);

class WhatIfCost {
 public:
  std::optional<base::Money> of(const ledger::Entry& entry, const OtherDecision& decision);
  // Requests whose prompt was cached and would not have been.
  std::size_t cache_lost() const { return cache_lost_; }

 private:
  struct Conversation {
    bool diverged = false;            // an earlier request would have gone to another model
    std::vector<std::string> models;  // that it would have been with
  };
  std::optional<base::Money> answer(const ledger::Entry& entry, const OtherDecision& decision, bool cached);

  std::unordered_map<std::uint64_t, Conversation> conversations_;
  std::size_t cache_lost_ = 0;
};

}  // namespace pointsman::cli
