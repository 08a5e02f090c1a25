// Bounds how much retrying may add to the load: every request deposits a fraction, every retry withdraws a whole.
//
// The scheme of Finagle's RetryBudget (token bucket with expiring deposits). Over any stretch of time, retries are at
// most  ratio x requests in it and in the `window` before it  +  min_retries_per_second x seconds + what one window
// saved. With ratio 0.1 and no minimum, sustained traffic is amplified at most 1.1 times, whatever fails. Pure: time is
// an argument. Belongs to one thread; give each worker its own with its share of the minimum.
#pragma once

#include <array>
#include <cstdint>

#include "base/clock.h"

namespace pointsman::limits {

struct RetryBudgetOptions {
  double ratio = 0.1;                   // retries per request
  double min_retries_per_second = 1.0;  // so that a quiet gateway may retry at all
  std::chrono::seconds window{10};      // deposits older than this are gone
};

class RetryBudget {
 public:
  RetryBudget(const RetryBudgetOptions& options, base::MonoTime now);

  // A new request, not a retry.
  void deposit(base::MonoTime now);
  // True if a retry may be made now; it is then paid for.
  bool withdraw(base::MonoTime now);
  // Whole retries that could be made now.
  std::int64_t balance(base::MonoTime now);

 private:
  static constexpr std::size_t kSlots = 10;
  void advance(base::MonoTime now);
  std::int64_t sum() const;

  // Thousandths of a retry, so that adding up many small deposits stays exact.
  static constexpr std::int64_t kUnit = 1000;
  std::int64_t deposit_;
  std::int64_t reserve_;  // the minimum's share of one window
  base::Duration slot_length_;
  base::MonoTime slot_begin_;
  std::size_t slot_ = 0;
  std::array<std::int64_t, kSlots> slots_{};          // deposits not spent yet, by age
  std::array<std::int64_t, kSlots> reserve_spent_{};  // withdrawals from the minimum, by age
};

}  // namespace pointsman::limits
