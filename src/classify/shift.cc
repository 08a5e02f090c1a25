#include "classify/shift.h"

#include <algorithm>
#include <cmath>

namespace pointsman::classify {
namespace {

constexpr double kMostShare = 0.9;  // beyond it there is no room for more doubt

}  // namespace

ShiftDetector::ShiftDetector(std::span<const DoubtLevel> levels, const ShiftOptions& options) : options_(options) {
  for (const DoubtLevel& one : levels) {
    if (count_ == kMaxLevels) break;
    if (!(one.at_most > 0 && one.at_most < kMostShare)) continue;
    Level& level = levels_[count_++];
    level.below = one.below;
    level.at_most = one.at_most;
    for (std::size_t i = 0; i < kMore.size(); ++i) {
      // Bets on a share q > r multiply by q/r and (1-q)/(1-r): the mean is 1 at a true share of r and less below it.
      const double expected = std::min(kMore[i] * one.at_most, (1 + one.at_most) / 2);
      level.won[i] = expected / one.at_most;
      level.lost[i] = (1 - expected) / (1 - one.at_most);
    }
  }
}

ShiftEvent ShiftDetector::observe(float probability) {
  if (count_ == 0) return ShiftEvent::kNone;
  double total = 0;
  for (Level& level : std::span(levels_).first(count_)) {
    const bool doubtful = !(probability >= level.below);
    level.seen += doubtful ? 1 : 0;
    const auto& factor = doubtful ? level.won : level.lost;
    for (std::size_t i = 0; i < kMore.size(); ++i) {
      level.sum[i] = (level.sum[i] + 1) * factor[i];
      total += level.sum[i];
    }
  }
  total_ = total / static_cast<double>(count_ * kMore.size());
  if (total_ >= options_.requests_between_false_alarms) {
    const bool news = !raised_;
    raise();
    return news ? ShiftEvent::kRaised : ShiftEvent::kNone;
  }
  if (!raised_ || ++since_ < options_.clear_after) return ShiftEvent::kNone;
  raised_ = !looks_proved();
  since_ = 0;
  for (Level& level : levels_) level.seen = 0;
  return raised_ ? ShiftEvent::kNone : ShiftEvent::kCleared;
}

// The evidence starts anew, and so does the wait for ordinary requests.
void ShiftDetector::raise() {
  raised_ = true;
  since_ = 0;
  total_ = 0;
  for (Level& level : levels_) {
    level.seen = 0;
    level.sum = {};
  }
}

bool ShiftDetector::looks_proved() const {
  return std::ranges::all_of(std::span(levels_).first(count_), [&](const Level& level) {
    return static_cast<double>(level.seen) <= level.at_most * static_cast<double>(since_);
  });
}

double ShiftDetector::evidence() const {
  if (raised_) return 1;
  return std::clamp(std::log1p(total_) / std::log1p(options_.requests_between_false_alarms), 0.0, 1.0);
}

}  // namespace pointsman::classify
