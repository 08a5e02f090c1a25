#include "limits/circuit_breaker.h"

#include <algorithm>

namespace pointsman::limits {
namespace {

// A probe whose end was never reported (its request was dropped) is forgotten after this.
constexpr base::Duration kLostProbe = std::chrono::minutes(5);

}  // namespace

std::string_view to_string(Blame blame) {
  switch (blame) {
    case Blame::kSuccess:
      return "success";
    case Blame::kFailure:
      return "failure";
    case Blame::kOverload:
      return "overload";
    case Blame::kMisconfiguration:
      return "misconfiguration";
    case Blame::kNone:
      return "none";
  }
  return "";
}

Blame blame_of(int status) {
  switch (status) {
    case 401:
    case 403:
      return Blame::kMisconfiguration;
    case 408:
      return Blame::kFailure;
    case 429:
    case 503:
    case 529:
      return Blame::kOverload;
    default:
      return status >= 500 ? Blame::kFailure : Blame::kSuccess;
  }
}

Blame blame_of(const base::Error& error) {
  if (error.origin() != base::Origin::kUpstream) return Blame::kNone;
  if (error.code() == base::ErrorCode::kCancelled) return Blame::kNone;
  // A status below 400 began well: whatever went wrong came later.
  if (error.upstream_status() >= 400) return blame_of(error.upstream_status());
  switch (error.code()) {
    case base::ErrorCode::kRateLimited:
    case base::ErrorCode::kOverloaded:
      return Blame::kOverload;
    case base::ErrorCode::kUnauthorized:
    case base::ErrorCode::kForbidden:
      return Blame::kMisconfiguration;
    case base::ErrorCode::kInvalidArgument:
    case base::ErrorCode::kNotFound:
    case base::ErrorCode::kUnsupported:
    case base::ErrorCode::kTooLarge:
      return Blame::kSuccess;
    default:
      return Blame::kFailure;
  }
}

CircuitBreaker::CircuitBreaker(const BreakerOptions& options, base::MonoTime now)
    : options_(options),
      slot_length_(std::chrono::duration_cast<base::Duration>(std::max(options.window, std::chrono::seconds(1))) /
                   kSlots),
      slot_begin_(now) {}

CircuitBreaker::State CircuitBreaker::state(base::MonoTime now) const {
  if (!open_) return State::kClosed;
  return now < open_until_ ? State::kOpen : State::kHalfOpen;
}

bool CircuitBreaker::healthy(base::MonoTime now) const {
  if (!open_) return true;
  return now >= open_until_ && (!probing_ || now - probe_since_ > kLostProbe);
}

bool CircuitBreaker::allow(base::MonoTime now) {
  if (!healthy(now)) return false;
  if (open_) {
    probing_ = true;
    probe_since_ = now;
  }
  return true;
}

void CircuitBreaker::record(Blame blame, base::MonoTime now, double random, std::optional<base::Duration> retry_after) {
  const bool probe = probing_ && state(now) == State::kHalfOpen;
  if (probe) probing_ = false;
  if (blame == Blame::kMisconfiguration) ++misconfigurations_;
  if (blame == Blame::kMisconfiguration || blame == Blame::kNone) return;
  const bool failed = blame != Blame::kSuccess;
  if (!open_) {
    count(failed, now);
    if (failed && too_many_failures(now)) open(now, random, retry_after);
    return;
  }
  // Requests that were under way when it opened say nothing new.
  if (!probe) return;
  if (failed) {
    ++reopenings_;
    open(now, random, retry_after);
  } else if (++probe_successes_ >= options_.probes_to_close) {
    close();
  }
}

void CircuitBreaker::ended(bool whole, base::MonoTime now, double random) {
  if (whole) {
    broken_off_ = 0;
    return;
  }
  ++broken_off_;
  if (open_) {
    probe_successes_ = 0;
    return;
  }
  advance(now);
  ++slots_[slot_].failures;
  if (too_many_failures(now)) open(now, random, std::nullopt);
}

void CircuitBreaker::warn(base::MonoTime until, base::MonoTime now) {
  warned_until_ = std::max(warned_until_, std::min(until, now + options_.max_cool_down));
}

void CircuitBreaker::advance(base::MonoTime now) {
  if (now < slot_begin_ + slot_length_) return;
  const auto steps = (now - slot_begin_) / slot_length_;
  slot_begin_ += steps * slot_length_;
  for (auto i = std::min<std::int64_t>(steps, kSlots); i > 0; --i) {
    slot_ = (slot_ + 1) % kSlots;
    slots_[slot_] = {};
  }
}

void CircuitBreaker::count(bool failed, base::MonoTime now) {
  advance(now);
  ++slots_[slot_].requests;
  if (failed) ++slots_[slot_].failures;
  consecutive_ = failed ? consecutive_ + 1 : 0;
  if (!failed) warned_until_ = {};
}

bool CircuitBreaker::too_many_failures(base::MonoTime now) const {
  const int enough = warned(now) ? 1 : options_.consecutive_failures;
  if (std::max(consecutive_, broken_off_) >= enough) return true;
  std::int64_t requests = 0;
  std::int64_t failures = 0;
  for (const Slot& one : slots_) {
    requests += one.requests;
    failures += one.failures;
  }
  return requests >= options_.min_requests &&
         static_cast<double>(failures) >= options_.failure_rate * static_cast<double>(requests);
}

base::Duration CircuitBreaker::next_cool_down(double random) const {
  base::Duration length = options_.cool_down;
  for (int i = 0; i < reopenings_ && length < options_.max_cool_down; ++i) length *= 2;
  length = std::min(length, options_.max_cool_down);
  const double factor = 1 + options_.jitter * (2 * random - 1);
  return std::chrono::duration_cast<base::Duration>(
      std::chrono::duration<double, base::Duration::period>(static_cast<double>(length.count()) * factor));
}

void CircuitBreaker::open(base::MonoTime now, double random, std::optional<base::Duration> retry_after) {
  base::Duration length = next_cool_down(random);
  if (retry_after) length = std::max(length, std::min(*retry_after, options_.max_retry_after));
  open_ = true;
  open_until_ = now + length;
  probing_ = false;
  probe_successes_ = 0;
  ++times_opened_;
}

void CircuitBreaker::close() {
  open_ = false;
  reopenings_ = 0;
  consecutive_ = broken_off_ = 0;
  warned_until_ = {};
  slots_.fill({});
}

}  // namespace pointsman::limits
