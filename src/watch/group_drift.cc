#include "watch/group_drift.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace pointsman::watch {
namespace {

constexpr std::uint32_t kShortWindow = 5;  // this part of the long one
constexpr std::uint32_t kLeastWindow = 20;
// Added to every count, so that an empty bin has a logarithm (Jeffreys).
constexpr double kPseudo = 0.5;
constexpr double kClearedBelow = 0.5;    // of the least figure: an alarm falls later than it rises
constexpr std::uint32_t kCalmLooks = 2;  // in a row: one may be chance
constexpr double kMiddle = 0.5;          // in place of a lot that is none
constexpr double kOneInTwenty = 1.645;   // standard normal

}  // namespace

void GroupDrift::Window::add(std::size_t bin) {
  if (newer_size >= length / 2) {
    older.swap(newer);
    older_size = newer_size;
    std::ranges::fill(newer, 0);
    newer_size = 0;
  }
  ++newer[bin];
  ++newer_size;
}

GroupDrift::GroupDrift(std::span<const std::uint32_t> reference, const GroupOptions& options)
    : options_(options),
      reference_(reference.begin(), reference.end()),
      rows_(std::accumulate(reference.begin(), reference.end(), std::uint64_t{0})),
      seen_(reference.size()) {
  begin();
  options_.window = std::max(options_.window, kLeastWindow * kShortWindow);
  for (std::size_t i = 0; i < kWindows; ++i) {
    windows_[i].length = i == 0 ? options_.window / kShortWindow : options_.window;
    windows_[i].older.resize(seen_.size());
    windows_[i].newer.resize(seen_.size());
  }
}

DriftEvent GroupDrift::observe(std::size_t bin, double chance) {
  if (rows_ == 0 || bin >= seen_.size()) return DriftEvent::kNone;
  const bool drawn = chance >= 0 && chance < 1;
  if (raised_) {
    for (Window& window : windows_) window.add(bin);
    return look_for_calm();
  }
  bet(place(bin, drawn ? chance : kMiddle));
  for (Window& window : windows_) window.add(bin);
  used_ += seen_[bin] == 0 ? 1 : 0;
  ++seen_[bin];
  ++total_;
  if (evidence_ < options_.requests_between_false_alarms) return DriftEvent::kNone;
  sums_ = {};
  evidence_ = 0;
  if (!matters()) return DriftEvent::kNone;
  raised_ = true;
  since_ = 0;
  calm_looks_ = 0;
  return DriftEvent::kRaised;
}

// What came during the drift is no reference for what comes after it, so the test begins anew when the alarm falls.
DriftEvent GroupDrift::look_for_calm() {
  if (++since_ < options_.window) return DriftEvent::kNone;
  since_ = 0;
  const DriftFigure now = figure();
  const bool calm = now.index <= std::max(now.chance, kClearedBelow * options_.least_figure);
  calm_looks_ = calm ? calm_looks_ + 1 : 0;
  if (calm_looks_ < kCalmLooks) return DriftEvent::kNone;
  raised_ = false;
  begin();
  return DriftEvent::kCleared;
}

void GroupDrift::begin() {
  std::ranges::copy(reference_, seen_.begin());
  total_ = rows_;
  used_ = static_cast<std::size_t>(std::ranges::count_if(seen_, [](std::uint64_t n) { return n > 0; }));
}

// The bin of the reference in which the request's number falls. The number counts the request itself among all, so at
// the border it may be the neighbour's; a bin that nothing was ever in has no width.
std::size_t GroupDrift::place(std::size_t bin, double chance) const {
  const auto total = static_cast<double>(total_);
  const std::uint64_t before =
      std::accumulate(seen_.begin(), seen_.begin() + static_cast<std::ptrdiff_t>(bin), std::uint64_t{0});
  const double number = (static_cast<double>(before) + chance * static_cast<double>(seen_[bin] + 1)) / (total + 1);
  const double at = number * total;
  std::size_t out = bin;
  auto low = static_cast<double>(before);
  while (at < low) low -= static_cast<double>(seen_[--out]);
  while (at >= low + static_cast<double>(seen_[out]) && out + 1 < seen_.size())
    low += static_cast<double>(seen_[out++]);
  while (seen_[out] == 0) --out;  // past the last one, by rounding
  return out;
}

void GroupDrift::bet(std::size_t place) {
  const double share = static_cast<double>(seen_[place]) / static_cast<double>(total_);
  const double freedom = std::max(static_cast<double>(used_) - 1, 1.0);
  double sum = 0;
  for (std::size_t w = 0; w < kWindows; ++w) {
    const double size = windows_[w].size();
    const double ratio = size > 0 ? windows_[w].count(place) / size / share : 1;
    for (std::size_t i = 0; i < kExpected.size(); ++i) {
      // The part of what the window says that is not chance, if the index is as expected: shrinking as James and Stein.
      const double part = size / (size + freedom / kExpected[i]);
      double& mine = sums_[w * kExpected.size() + i];
      mine = (mine + 1) * (1 - part + part * ratio);
      sum += mine;
    }
  }
  evidence_ = sum / static_cast<double>(sums_.size());
}

bool GroupDrift::matters() const {
  return std::ranges::any_of(windows_,
                             [&](const Window& one) { return figure_of(one).index >= options_.least_figure; });
}

DriftFigure GroupDrift::figure() const {
  return figure_of(windows_.back());
}

DriftFigure GroupDrift::figure_of(const Window& window) const {
  const double size = window.size();
  if (rows_ == 0 || size < kLeastWindow) return {};
  const auto is_used = [&](std::size_t bin) { return reference_[bin] > 0 || window.count(bin) > 0; };
  double bins = 0;
  for (std::size_t bin = 0; bin < reference_.size(); ++bin) bins += is_used(bin) ? 1 : 0;
  const auto rows = static_cast<double>(rows_);
  DriftFigure out;
  double most = -1;
  for (std::size_t bin = 0; bin < reference_.size(); ++bin) {
    if (!is_used(bin)) continue;
    const double then = (reference_[bin] + kPseudo) / (rows + kPseudo * bins);
    const double now = (window.count(bin) + kPseudo) / (size + kPseudo * bins);
    out.index += (now - then) * std::log(now / then);
    if (now - then <= most) continue;
    most = now - then;
    out.bin = bin;
    out.share_then = reference_[bin] / rows;
    out.share_now = window.count(bin) / size;
  }
  const double spread = 1 / size + 1 / rows;
  out.index = std::max(out.index - (bins - 1) * spread, 0.0);
  out.chance = kOneInTwenty * std::sqrt(2 * std::max(bins - 1, 1.0)) * spread;
  return out;
}

double GroupDrift::evidence() const {
  if (raised_) return 1;
  return std::clamp(std::log1p(evidence_) / std::log1p(options_.requests_between_false_alarms), 0.0, 1.0);
}

}  // namespace pointsman::watch
