// What an attempt to deliver an event came to, and when there is another.
//
// Pure: random numbers and time are arguments. Waits grow exponentially and are drawn anew each time (full jitter), so
// that receivers that come back are not met by everybody at once.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/rng.h"

namespace pointsman::webhook {

enum class Verdict : std::uint8_t {
  kDelivered,  // 2xx
  kRetry,      // anything else, or no answer
  kGone,       // 410: the receiver wants no more of it
};
// `status` is 0 where there was no answer. Redirects are not followed: they are answers that deliver nothing.
Verdict verdict_of(int status);

struct RetryPolicy {
  base::Duration first = std::chrono::seconds(5);     // the longest wait after the first attempt; doubles each time
  base::Duration longest = std::chrono::hours(2);     // of those waits
  base::Duration least = std::chrono::seconds(1);     // no wait is shorter
  base::Duration asked_most = std::chrono::hours(1);  // how long a Retry-After may make us wait
  int attempts = 30;
  base::Duration give_up = std::chrono::hours(24);  // after the first attempt was due
};

// How long to wait after attempt number `attempts` (from 1) failed, `age` after the event was announced; nothing: give
// up. `asked` is the answer's Retry-After.
std::optional<base::Duration> next_wait(const RetryPolicy& policy, int attempts, base::Duration age,
                                        std::optional<base::Duration> asked, base::Rng& rng);

}  // namespace pointsman::webhook
