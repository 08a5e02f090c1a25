#include "learn/risk.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace pointsman::learn {
namespace {

using base::Result;

constexpr double kSurest = 0.1;  // keeping less than this share is of no use to anybody
constexpr double kNear = 0.05;   // of what could be kept

// What each step keeps and loses, of all rows, cumulated.
class Ladder {
 public:
  explicit Ladder(std::span<const PlacedCall> calls) : rows_(calls.size()) {
    // Losses are rounded to 2^-24, so that their sums are exact and do not depend on the order of the rows.
    std::vector<std::uint64_t> lost(ThresholdPath::kSteps, 0);
    for (const PlacedCall& call : calls) {
      if (call.step >= ThresholdPath::kSteps) continue;
      ++kept_[call.step];
      lost[call.step] += static_cast<std::uint64_t>(std::ceil(std::ldexp(static_cast<double>(call.loss), 24)));
    }
    std::uint64_t sum = 0;
    for (std::size_t step = 0; step < ThresholdPath::kSteps; ++step) {
      sum += lost[step];
      lost_[step] = std::ldexp(static_cast<double>(sum), -24);
      if (step > 0) kept_[step] += kept_[step - 1];
    }
  }

  std::size_t rows() const { return rows_; }
  std::size_t kept(std::size_t step) const { return kept_[step]; }
  double lost(std::size_t step) const { return lost_[step]; }
  double rate(std::size_t step) const { return lost_[step] / static_cast<double>(rows_); }

  // The first step that keeps at least this share; nothing if none does.
  std::optional<std::size_t> first_keeping(double share) const {
    const double wanted = share * static_cast<double>(rows_);
    const auto at = std::ranges::find_if(kept_, [&](std::size_t n) { return static_cast<double>(n) >= wanted; });
    return at == kept_.end() ? std::nullopt : std::optional(static_cast<std::size_t>(at - kept_.begin()));
  }
  // The last step whose observed rate is at most `rate`; nothing if even the first has more.
  std::optional<std::size_t> last_within(double rate) const {
    const auto at = std::upper_bound(lost_.begin(), lost_.end(), rate * static_cast<double>(rows_) + 1e-9);
    return at == lost_.begin() ? std::nullopt : std::optional(static_cast<std::size_t>(at - lost_.begin()) - 1);
  }

 private:
  std::size_t rows_;
  std::array<std::size_t, ThresholdPath::kSteps> kept_{};
  std::array<double, ThresholdPath::kSteps> lost_{};
};

Tested walk(const Ladder& ladder, const Promise& promise, LossKind kind) {
  const double delta = 1 - promise.confidence;
  Tested out;
  double lost = -1;
  double p_value = 1;
  for (std::uint32_t step = 0; step < ThresholdPath::kSteps; ++step) {
    if (ladder.lost(step) != lost) {  // equal losses have equal p-values
      lost = ladder.lost(step);
      p_value = risk_p_value(lost, ladder.rows(), promise.at_most, kind);
    }
    if (!(p_value <= delta)) break;
    if (ladder.kept(step) == out.kept) continue;  // keeps no more: stay with the stricter thresholds
    out = {.step = step, .kept = ladder.kept(step), .lost = lost, .p_value = p_value};
  }
  return out;
}

MoreRows more_rows(const Ladder& ladder, const Promise& promise, LossKind kind) {
  MoreRows out;
  const double delta = 1 - promise.confidence;
  out.if_faultless = rows_needed(0, promise.at_most, delta, kind).value_or(0);
  out.for_anything = out.if_faultless;
  if (ladder.rows() == 0) return out;
  if (const auto step = ladder.first_keeping(kSurest)) {
    out.for_anything = rows_needed(ladder.rate(*step), promise.at_most, delta, kind);
  }
  const auto best = ladder.last_within(promise.at_most);
  out.reachable = {best ? ladder.kept(*best) : 0, ladder.rows()};
  const auto near = ladder.first_keeping(std::max(out.reachable.value() - kNear, 0.0));
  for (const std::size_t times : {2, 5, 10}) {
    const std::size_t rows = times * ladder.rows();
    const auto step = ladder.last_within(provable_rate(rows, promise.at_most, delta, kind));
    out.expected.push_back({rows, step ? Share{ladder.kept(*step), ladder.rows()}.value() : 0});
  }
  if (best && near) out.for_reachable = rows_needed(ladder.rate(*near), promise.at_most, delta, kind);
  return out;
}

}  // namespace

std::vector<PlacedCall> place(const ThresholdPath& path, std::span<const Call> calls) {
  std::vector<PlacedCall> out;
  out.reserve(calls.size());
  for (const Call& call : calls) out.push_back({path.entry(call), call.loss});
  return out;
}

Tested test_in_sequence(std::span<const PlacedCall> calls, const Promise& promise, LossKind kind) {
  return walk(Ladder(calls), promise, kind);
}

Certified certify(const ThresholdPath& path, std::span<const Call> calls, const Promise& promise, LossKind kind) {
  const auto placed = place(path, calls);
  const Ladder ladder(placed);
  const Tested tested = walk(ladder, promise, kind);
  Certified out;
  out.promise = promise;
  out.certified = tested.step.has_value();
  out.thresholds = path.thresholds(tested.step.value_or(0));
  if (!out.certified) std::ranges::fill(out.thresholds, kNeverKept);
  out.kept = {tested.kept, calls.size()};
  out.lost = tested.lost;
  out.observed = calls.empty() ? 0 : tested.lost / static_cast<double>(calls.size());
  out.bound = out.certified ? risk_upper_bound(tested.lost, calls.size(), 1 - promise.confidence, kind) : 1;
  out.p_value = tested.p_value;
  out.more = more_rows(ladder, promise, kind);
  return out;
}

Call call_of(const LossMatrix& losses, std::span<const float> probabilities, std::size_t truth) {
  const auto top = std::ranges::max_element(probabilities);
  const auto category = static_cast<std::size_t>(top - probabilities.begin());
  return {static_cast<std::uint32_t>(category), *top, losses.loss(truth, category)};
}

Result<std::vector<Call>> call_all(const classify::Classifier& classifier, const LossMatrix& losses,
                                   const Dataset& data) {
  const std::vector<std::string>& known = classifier.categories();
  std::vector<std::size_t> from;
  for (const std::string& name : losses.categories()) {
    const auto at = std::ranges::find(known, name);
    if (at == known.end()) {
      return base::fail(base::ErrorCode::kInvalidArgument,
                        fmt::format("the classifier does not know the category \"{}\"", name));
    }
    from.push_back(static_cast<std::size_t>(at - known.begin()));
  }
  const auto scratch = classifier.make_scratch();
  std::vector<float> raw(known.size());
  std::vector<float> carried(from.size());
  std::vector<Call> out;
  out.reserve(data.examples.size());
  for (const Example& example : data.examples) {
    PM_CHECK(classify_example(classifier, example, *scratch, raw));
    for (std::size_t i = 0; i < from.size(); ++i) carried[i] = raw[from[i]];
    out.push_back(call_of(losses, carried, losses.truth_of(example.category)));
  }
  return out;
}

}  // namespace pointsman::learn
