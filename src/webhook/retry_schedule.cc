#include "webhook/retry_schedule.h"

#include <algorithm>

namespace pointsman::webhook {

Verdict verdict_of(int status) {
  if (status >= 200 && status < 300) return Verdict::kDelivered;
  return status == 410 ? Verdict::kGone : Verdict::kRetry;
}

std::optional<base::Duration> next_wait(const RetryPolicy& policy, int attempts, base::Duration age,
                                        std::optional<base::Duration> asked, base::Rng& rng) {
  if (attempts >= policy.attempts) return std::nullopt;
  base::Duration most = policy.first;
  for (int i = 1; i < attempts && most < policy.longest; ++i) most *= 2;
  most = std::min(most, policy.longest);
  auto wait = std::chrono::duration_cast<base::Duration>(most * rng.uniform());
  if (asked) wait = std::max(wait, std::min(*asked, policy.asked_most));
  wait = std::max(wait, policy.least);
  if (age + wait > policy.give_up) return std::nullopt;
  return wait;
}

}  // namespace pointsman::webhook
