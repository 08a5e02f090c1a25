// Keeps requests away from one model at one provider while it is sick, and lets a probe through to see if it is well.
//
// Closed: all pass; opens on `consecutive_failures`, or on as many answers in a row that broke off, or when the failure
// rate over the sliding window reaches `failure_rate` with at least `min_requests`. Open: none pass until the cool-down
// is over, which doubles with every failed probe up to a limit, or until what the upstream asked for (retry-after).
// Half-open: one probe at a time; enough successes close it. While it is warned by another replica one failure is
// enough to open it; a warning alone never does. Only the upstream's own failures count (blame_of): a bad request or a
// bad key never opens it, so one caller's mistake cannot take a healthy model from the others; bad keys are counted
// apart, to be shown. Pure: time and randomness are arguments. Belongs to one thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"

namespace pointsman::limits {

// What an attempt's end says about the upstream.
enum class Blame : std::uint8_t {
  kSuccess,           // it answered well; also answers whose fault lies with the client (400, 404, 413, 422, ...)
  kFailure,           // its own fault: 5xx, 408, timeout, no connection, reset, broken answer
  kOverload,          // 429, 503 or 529: too much for it now; counts as a failure, and its retry-after is honoured
  kMisconfiguration,  // 401, 403: our key or its rights; does not count
  kNone,              // says nothing: the client left, or we failed ourselves
};
std::string_view to_string(Blame blame);  // "success", "failure", "overload", "misconfiguration", "none"

// An answer with this HTTP status.
Blame blame_of(int status);
// An attempt that ended in this error: by its upstream status if it has one, else by origin and code.
Blame blame_of(const base::Error& error);

struct BreakerOptions {
  int consecutive_failures = 5;
  double failure_rate = 0.5;
  int min_requests = 20;
  std::chrono::seconds window{30};
  base::Duration cool_down = std::chrono::seconds(5);
  base::Duration max_cool_down = std::chrono::seconds(120);
  base::Duration max_retry_after = std::chrono::minutes(10);  // longer wishes of an upstream are cut to this
  double jitter = 0.2;                                        // cool-downs vary by up to this fraction, either way
  int probes_to_close = 2;

  bool operator==(const BreakerOptions&) const = default;
};

class CircuitBreaker {
 public:
  enum class State : std::uint8_t { kClosed, kOpen, kHalfOpen };

  CircuitBreaker(const BreakerOptions& options, base::MonoTime now);

  // True if a request may be sent now. While half-open that takes the probe: each success is followed by one record().
  bool allow(base::MonoTime now);
  // Like allow(), but changes nothing: for ranking.
  bool healthy(base::MonoTime now) const;
  // The end of an attempt. `random` in [0, 1) spreads the cool-downs of many gateways; `retry_after` as the upstream
  // sent it, if it did.
  void record(Blame blame, base::MonoTime now, double random, std::optional<base::Duration> retry_after = std::nullopt);
  // What became of an answer whose beginning was recorded as a success: one that broke off turns it into a failure, and
  // a model that begins well but never finishes is found out like one that never begins.
  void ended(bool whole, base::MonoTime now, double random);

  // Another replica's breaker of the same model is open until then, or so it says. Until then, and for max_cool_down at
  // most, one failure opens this one, for its own cool-down; a success ends the warning.
  void warn(base::MonoTime until, base::MonoTime now);
  bool warned(base::MonoTime now) const { return now < warned_until_; }

  State state(base::MonoTime now) const;
  // When an open breaker lets the next probe through.
  base::MonoTime reopens_at() const { return open_until_; }
  std::uint64_t times_opened() const { return times_opened_; }
  std::uint64_t misconfigurations() const { return misconfigurations_; }

 private:
  static constexpr std::size_t kSlots = 10;
  struct Slot {
    std::int32_t requests = 0;
    std::int32_t failures = 0;
  };

  void advance(base::MonoTime now);
  void count(bool failed, base::MonoTime now);
  bool too_many_failures(base::MonoTime now) const;
  void open(base::MonoTime now, double random, std::optional<base::Duration> retry_after);
  void close();
  base::Duration next_cool_down(double random) const;

  BreakerOptions options_;
  bool open_ = false;            // open or half-open
  base::MonoTime open_until_{};  // half-open from then on
  base::MonoTime probe_since_{};
  bool probing_ = false;
  int probe_successes_ = 0;
  int reopenings_ = 0;  // in a row, without having closed
  int consecutive_ = 0;
  int broken_off_ = 0;  // answers in a row
  base::MonoTime warned_until_{};
  std::uint64_t times_opened_ = 0;
  std::uint64_t misconfigurations_ = 0;

  base::Duration slot_length_;
  base::MonoTime slot_begin_;
  std::size_t slot_ = 0;
  std::array<Slot, kSlots> slots_{};
};

}  // namespace pointsman::limits
