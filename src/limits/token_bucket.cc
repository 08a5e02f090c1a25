#include "limits/token_bucket.h"

#include <algorithm>
#include <cmath>

namespace pointsman::limits {
namespace {

// Forgives what adding up fractions of tokens rounds away.
constexpr double kSlack = 1e-9;
constexpr double kLongestWaitSeconds = 1e9;

}  // namespace

void TokenBucket::refill(base::MonoTime now) {
  if (now <= last_) return;
  const double seconds = std::chrono::duration<double>(now - last_).count();
  level_ = std::min(burst_, level_ + rate_ * seconds);
  last_ = now;
}

bool TokenBucket::take(double amount, base::MonoTime now) {
  refill(now);
  if (level_ + kSlack * std::max(1.0, amount) < amount) return false;
  level_ -= amount;
  return true;
}

void TokenBucket::charge(double amount, base::MonoTime now) {
  refill(now);
  level_ -= amount;
}

void TokenBucket::refund(double amount, base::MonoTime now) {
  refill(now);
  level_ = std::min(burst_, level_ + amount);
}

std::optional<base::Duration> TokenBucket::wait_for(double amount, base::MonoTime now) {
  refill(now);
  if (level_ >= amount) return base::Duration::zero();
  if (amount > burst_ || rate_ <= 0) return std::nullopt;
  const double seconds = (amount - level_) / rate_;
  if (seconds > kLongestWaitSeconds) return std::nullopt;
  return std::chrono::duration_cast<base::Duration>(std::chrono::duration<double, std::nano>(std::ceil(seconds * 1e9)));
}

double TokenBucket::level(base::MonoTime now) {
  refill(now);
  return level_;
}

}  // namespace pointsman::limits
