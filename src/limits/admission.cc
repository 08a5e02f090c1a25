#include "limits/admission.h"

#include <algorithm>
#include <numeric>

namespace pointsman::limits {
namespace {

// Of the room for requests under way, how much each priority may fill.
constexpr std::array<double, kPriorities> kRoom = {0.8, 0.95, 1};

}  // namespace

std::string_view to_string(Shed shed) {
  static constexpr std::array<std::string_view, kSheds> kNames = {"none", "in_flight", "queue_delay", "memory"};
  return kNames[static_cast<std::size_t>(shed)];
}

void Admission::waited(base::Duration wait) {
  waits_ += wait;
  ++measured_;
}

Shed Admission::decide(std::size_t priority, const ProcessLoad& load, double draw, base::MonoTime now) {
  close_windows(now);
  ++asked_[priority];
  if (load.memory_short) return Shed::kMemory;
  if (full(priority, load.in_flight)) return Shed::kInFlight;
  if (options_.queue_delay > base::Duration(0) && draw >= shares_[priority]) return Shed::kQueueDelay;
  return Shed::kNone;
}

bool Admission::full(std::size_t priority, std::size_t in_flight) const {
  return static_cast<double>(in_flight) >= std::max(1.0, kRoom[priority] * static_cast<double>(options_.max_in_flight));
}

void Admission::close_windows(base::MonoTime now) {
  if (window_ == base::MonoTime()) window_ = now;
  if (now - window_ < kWindow) return;
  // Not every request is measured: while nothing is known of a window it goes on, if not for long.
  const bool somebody_came = std::ranges::any_of(asked_, [](std::size_t count) { return count > 0; });
  if (somebody_came && measured_ == 0 && now - window_ < kLongest) return;
  const auto windows = static_cast<double>((now - window_) / kWindow);
  const base::Duration mean = measured_ > 0 ? waits_ / static_cast<std::int64_t>(measured_) : base::Duration(0);
  if (options_.queue_delay > base::Duration(0) && mean > options_.queue_delay) {
    // A wait that falls is a queue that drains: what is let in is little enough already.
    if (mean < mean_before_) return next_window(mean, now);
    const double over = static_cast<double>(options_.queue_delay.count()) / static_cast<double>(mean.count());
    all_ = std::max(kLeast, all_ * std::clamp(over, kMostCut, kLeastCut));
  } else {
    all_ = std::min(1.0, all_ + kRecovery * windows);  // windows in which nobody came were good ones
  }
  next_window(mean, now);
}

void Admission::next_window(base::Duration mean, base::MonoTime now) {
  deal_out();
  mean_before_ = mean;
  window_ = now;
  waits_ = base::Duration(0);
  measured_ = 0;
  asked_ = {};
}

// The highest priority first takes of the share what it asked for in the window that has ended.
void Admission::deal_out() {
  const std::size_t asked = std::accumulate(asked_.begin(), asked_.end(), std::size_t{0});
  double left = all_ * static_cast<double>(asked);
  for (std::size_t priority = kPriorities; priority-- > 0;) {
    const auto wanted = static_cast<double>(asked_[priority]);
    // Who did not come is let in as all together are.
    shares_[priority] = wanted > 0 ? std::clamp(left / wanted, kLeast, 1.0) : all_;
    left = std::max(0.0, left - wanted);
  }
}

}  // namespace pointsman::limits
