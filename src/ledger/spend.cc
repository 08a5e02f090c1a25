#include "ledger/spend.h"

#include <algorithm>
#include <limits>

namespace pointsman::ledger {
namespace {

void add(std::int64_t& sum, std::int64_t more) {
  if (__builtin_add_overflow(sum, more, &sum)) sum = std::numeric_limits<std::int64_t>::max();
}

}  // namespace

Spend& Spend::operator+=(const Spend& other) {
  add(nanos, other.nanos);
  add(tokens, other.tokens);
  add(requests, other.requests);
  add(unknown, other.unknown);
  return *this;
}

std::int64_t spend_bucket(base::WallTime instant) {
  constexpr auto kMicros = std::chrono::microseconds(kSpendBucket).count();
  return std::max<std::int64_t>(instant.time_since_epoch().count() / kMicros, kLongAgo + 1);
}

std::optional<Charge> charge_of(const Entry& entry) {
  const Bill& bill = entry.bill;
  if (!bill.charged && !bill.charged_tokens) return std::nullopt;
  Charge charge{.owner = bill.owner, .key = entry.key, .user = entry.user, .bucket = spend_bucket(entry.started)};
  charge.spend.nanos = std::max<std::int64_t>(bill.charged ? bill.charged->nanos : 0, 0);
  charge.spend.tokens = std::max<std::int64_t>(bill.charged_tokens.value_or(0), 0);
  charge.spend.requests = 1;
  const bool summed_up = entry.fitting.summary_model.empty() || entry.fitting.summary_cost;  // at a cost that is known
  charge.spend.unknown = entry.cost && summed_up ? 0 : 1;
  return charge;
}

}  // namespace pointsman::ledger
