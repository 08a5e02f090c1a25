// Caps on kinds of spend of our own making: fallbacks to dearer models and calls of a classifier, so that crafted
// prompts cannot run up the bill. Apart from the budgets of whoever asks; a capped kind is reserved in both.
//
// Pure; guarded by its owner's mutex, allocates nothing in steady state. The rules of a QuotaTree hold: worst case
// first, truth afterwards, a call belongs to the period in which it began. A kind without a cap always passes.
#pragma once

#include <array>
#include <utility>

#include "limits/quota_tree.h"

namespace pointsman::limits {

enum class SpendKind : std::uint8_t { kFallback, kClassifier };
inline constexpr std::size_t kSpendKinds = 2;
std::string_view to_string(SpendKind kind);  // "fallback", "classifier"

struct SpendCapDefinition {
  SpendKind kind = SpendKind::kFallback;
  Period period = Period::kHour;
  std::int64_t nanos = 0;
};

class SpendCaps {
 public:
  // Any number of caps, one for each kind and period.
  static base::Result<SpendCaps> create(const std::vector<SpendCapDefinition>& caps, const TimeZone& zone,
                                        UnknownPrice unknown_price, base::WallTime wall);

  // `worst_nanos` is nothing if the price is unknown. The id of a kind without a cap is 0; settling it does nothing.
  std::expected<ReservationId, Denial> admit(SpendKind kind, std::optional<std::int64_t> worst_nanos,
                                             base::WallTime wall);
  Settlement settle(ReservationId id, std::optional<std::int64_t> nanos);
  Settlement release(ReservationId id);
  // The smallest rest of the kind's caps; nothing without a cap.
  std::optional<std::int64_t> room(SpendKind kind, base::WallTime wall);

  // As QuotaTree: spend from before the start, new caps, warnings and reports; nodes are named after the kinds.
  bool restore(SpendKind kind, Period period, base::WallTime begin, std::int64_t nanos);
  base::Result<void> reconfigure(const std::vector<SpendCapDefinition>& caps, const TimeZone& zone,
                                 UnknownPrice unknown_price, base::WallTime wall);
  std::vector<ThresholdEvent> take_events() { return tree_.take_events(); }
  std::vector<NodeReport> report(base::WallTime wall) { return tree_.report(wall); }

 private:
  explicit SpendCaps(QuotaTree tree) : tree_(std::move(tree)) { find_kinds(); }
  void find_kinds();

  QuotaTree tree_;
  std::array<std::optional<NodeRef>, kSpendKinds> kinds_;
};

}  // namespace pointsman::limits
