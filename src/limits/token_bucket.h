// A token bucket: `rate` tokens a second, at most `burst` saved up. Starts full.
//
// Pure: time is an argument and never runs backwards for the bucket (an earlier one counts as no time passed). Belongs
// to one thread. Amounts are whole tokens; the fraction that time has earned is kept, so no rate is rounded away.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace pointsman::limits {

class TokenBucket {
 public:
  // rate >= 0, burst >= 0.
  TokenBucket(double rate_per_second, double burst, base::MonoTime now)
      : rate_(rate_per_second), burst_(burst), level_(burst), last_(now) {}

  // Takes `amount` tokens if they are there.
  bool take(double amount, base::MonoTime now);
  // Takes them even if they are not there: for a cost that is known only afterwards. The debt delays later takers.
  void charge(double amount, base::MonoTime now);
  // Gives back what was taken and not used; never above the burst.
  void refund(double amount, base::MonoTime now);
  // How long until take(amount) would succeed; nothing if it never will.
  std::optional<base::Duration> wait_for(double amount, base::MonoTime now);
  // Tokens there now; negative while in debt.
  double level(base::MonoTime now);

 private:
  void refill(base::MonoTime now);

  double rate_;
  double burst_;
  double level_;
  base::MonoTime last_;
};

}  // namespace pointsman::limits
