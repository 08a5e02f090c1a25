#include "limits/refusal_log.h"

#include <algorithm>
#include <utility>

namespace pointsman::limits {
namespace {

bool is_used_up(const Denial& denial) {
  const bool of_budget = denial.limit == LimitKind::kMoney || denial.limit == LimitKind::kTokens;
  if (!of_budget || !denial.period || denial.asked > denial.maximum) return false;
  return denial.recovery != Recovery::kWhenOthersFinish;
}

}  // namespace

bool RefusalLog::note(const Denial& denial, base::WallTime now) {
  if (!is_used_up(denial)) return false;
  const bool renews = denial.recovery == Recovery::kAfter;
  const auto until =
      renews ? now + std::chrono::duration_cast<base::WallTime::duration>(denial.retry_after) : base::WallTime::max();
  if (!remember(denial, now, until)) return false;
  if (kept_.size() >= kMostKept) {
    ++lost_;
    return false;
  }
  kept_.push_back({denial, now, renews ? std::optional(until) : std::nullopt});
  return true;
}

bool RefusalLog::remember(const Denial& denial, base::WallTime now, base::WallTime until) {
  key_ = denial.node;
  key_ += '\n';
  key_ += to_string(denial.limit);
  key_ += to_string(*denial.period);
  const auto found = known_.find(std::string_view(key_));
  if (found != known_.end()) {
    if (now < found->second.until && found->second.maximum == denial.maximum) return false;
    found->second = {until, denial.maximum};
    return true;
  }
  if (known_.size() >= kMostRemembered && now >= forget_from_) {
    std::erase_if(known_, [now](const auto& one) { return one.second.until <= now; });
    forget_from_ = base::WallTime::max();
    for (const auto& [key, one] : known_) forget_from_ = std::min(forget_from_, one.until);
  }
  if (known_.size() >= kMostRemembered) {
    ++lost_;
    return false;
  }
  known_.emplace(key_, Remembered{until, denial.maximum});
  return true;
}

std::vector<Refusal> RefusalLog::take() {
  return std::exchange(kept_, {});
}

}  // namespace pointsman::limits
