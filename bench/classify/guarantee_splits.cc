#include "classify/guarantee_splits.h"

#include <algorithm>
#include <cmath>
#include <queue>

#include "base/rng.h"

namespace pointsman::bench {
namespace {

using learn::Call;
using learn::LossKind;
using learn::PlacedCall;
using learn::Promise;
using learn::ThresholdPath;
using Rows = std::vector<std::uint32_t>;

constexpr std::uint32_t kSteps = ThresholdPath::kSteps;

struct Outcome {
  double kept = 0;  // shares of the rows
  double risk = 0;
};

// Thresholds as a rule for rows: a step of the path, or a threshold for each category.
class Judge {
 public:
  Judge(const ThresholdPath& path, std::span<const Call> rows)
      : rows_(rows), placed_(learn::place(path, rows)), categories_(0) {
    for (const Call& row : rows) categories_ = std::max<std::size_t>(categories_, row.category + 1);
  }

  // The step up to which rows are kept, exclusive: 0 keeps nothing.
  std::uint32_t certified(const Rows& use, const Promise& promise) const {
    const auto tested = learn::test_in_sequence(gather(use), promise, LossKind::kZeroOne);
    return tested.step ? *tested.step + 1 : 0;
  }

  // The most steps whose observed risk is at most `risk`.
  std::uint32_t observed(const Rows& use, double risk) const {
    std::vector<double> lost(kSteps, 0);
    for (const std::uint32_t row : use) {
      if (placed_[row].step < kSteps) lost[placed_[row].step] += static_cast<double>(placed_[row].loss);
    }
    const double most = risk * static_cast<double>(use.size());
    double sum = 0;
    std::uint32_t step = 0;
    while (step < kSteps && sum + lost[step] <= most) sum += lost[step++];
    return step;
  }

  Outcome apply(const Rows& use, std::uint32_t end) const {
    return outcome(use, [&](std::uint32_t row) { return placed_[row].step < end; });
  }
  Outcome apply(const Rows& use, const std::vector<float>& thresholds) const {
    return outcome(use, [&](std::uint32_t row) { return rows_[row].probability >= thresholds[rows_[row].category]; });
  }

  // For each category, keeping its surest rows down to just above its next mistake is one move; moves that keep most
  // are made first, for as many mistakes as a Clopper-Pearson bound on their sum allows.
  std::vector<float> searched(const Rows& use, const Promise& promise) const {
    std::vector<Rows> of(categories_);
    for (const std::uint32_t row : use) of[rows_[row].category].push_back(row);
    std::vector<float> thresholds(categories_, learn::kNeverKept);
    std::vector<std::size_t> at(categories_, 0);
    for (Rows& mine : of) {
      std::ranges::sort(mine, [&](auto a, auto b) { return rows_[a].probability > rows_[b].probability; });
    }
    const auto reach = [&](std::size_t category, std::size_t from) {  // past one mistake and all that is right after it
      const Rows& mine = of[category];
      while (from < mine.size() && rows_[mine[from]].loss == 0) ++from;
      if (from < mine.size()) ++from;
      while (from < mine.size() && rows_[mine[from]].loss == 0) ++from;
      return from;
    };
    const auto free = [&](std::size_t category) {
      std::size_t from = 0;
      while (from < of[category].size() && rows_[of[category][from]].loss == 0) ++from;
      return from;
    };
    std::priority_queue<std::pair<std::size_t, std::size_t>> moves;  // rows gained, category
    const auto offer = [&](std::size_t category) {
      const std::size_t next = reach(category, at[category]);
      if (next > at[category]) moves.emplace(next - at[category], category);
    };
    for (std::size_t c = 0; c < categories_; ++c) at[c] = free(c);
    for (std::size_t c = 0; c < categories_; ++c) offer(c);
    for (double lost = 1; !moves.empty(); ++lost) {
      if (learn::risk_p_value(lost, use.size(), promise.at_most, LossKind::kZeroOne) > 1 - promise.confidence) break;
      const std::size_t category = moves.top().second;
      moves.pop();
      at[category] = reach(category, at[category]);
      offer(category);
    }
    for (std::size_t c = 0; c < categories_; ++c) {
      if (at[c] > 0) thresholds[c] = rows_[of[c][at[c] - 1]].probability;
    }
    return thresholds;
  }

 private:
  std::vector<PlacedCall> gather(const Rows& use) const {
    std::vector<PlacedCall> out;
    out.reserve(use.size());
    for (const std::uint32_t row : use) out.push_back(placed_[row]);
    return out;
  }

  template <class Keeps>
  Outcome outcome(const Rows& use, Keeps keeps) const {
    std::size_t kept = 0;
    double lost = 0;
    for (const std::uint32_t row : use) {
      if (!keeps(row)) continue;
      ++kept;
      lost += static_cast<double>(rows_[row].loss);
    }
    const auto n = static_cast<double>(use.size());
    return {static_cast<double>(kept) / n, lost / n};
  }

  std::span<const Call> rows_;
  std::vector<PlacedCall> placed_;
  std::size_t categories_;
};

// What `method` chooses from `calibration`, judged on `others`.
Outcome choose(const Judge& judge, Method method, const Promise& promise, const Rows& calibration, const Rows& others) {
  switch (method) {
    case Method::kCertified:
      return judge.apply(others, judge.certified(calibration, promise));
    case Method::kPointEstimate:
      return judge.apply(others, judge.observed(calibration, promise.at_most));
    case Method::kSearched:
      return judge.apply(others, judge.searched(calibration, promise));
  }
  return {};
}

// The most mistakes that a binomial with the promised risk stays within 95 % of the time.
std::size_t within_chance(std::size_t rows, double risk) {
  std::size_t most = 0;
  while (learn::binomial_cdf(most, rows, risk) < 0.95) ++most;
  return most;
}

}  // namespace

SplitResult run_splits(const learn::ThresholdPath& path, std::span<const Call> rows, const Promise& promise,
                       Method method, const SplitOptions& options) {
  const Judge judge(path, rows);
  base::Rng rng(options.seed);
  Rows all(rows.size());
  for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
  Rows order = all;
  const auto size = static_cast<std::size_t>(std::lround(options.calibration * static_cast<double>(rows.size())));
  const std::size_t chance = within_chance(rows.size() - size, promise.at_most);
  const double each = 1.0 / options.splits;
  SplitResult out;
  double squares = 0;
  Rows drawn(size);
  for (int split = 0; split < options.splits; ++split) {
    for (std::uint32_t& row : drawn) row = static_cast<std::uint32_t>(rng.below(rows.size()));
    if (choose(judge, method, promise, drawn, all).risk > promise.at_most) out.broken_resampled += each;
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[rng.below(i)]);
    const Rows calibration(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(size));
    const Rows test(order.begin() + static_cast<std::ptrdiff_t>(size), order.end());
    const Outcome on_test = choose(judge, method, promise, calibration, test);
    if (on_test.risk > promise.at_most) out.broken_split += each;
    if (on_test.risk * static_cast<double>(test.size()) > static_cast<double>(chance) + 0.5) {
      out.broken_beyond_chance += each;
    }
    if (on_test.kept == 0) out.uncertified += each;
    out.kept += on_test.kept * each;
    squares += on_test.kept * on_test.kept * each;
    out.oracle += judge.apply(test, judge.observed(test, promise.at_most)).kept * each;
  }
  out.kept_spread = std::sqrt(std::max(squares - out.kept * out.kept, 0.0));
  return out;
}

}  // namespace pointsman::bench
