#include "learn/paired_stages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace pointsman::learn {
namespace {

constexpr std::uint32_t kSteps = ThresholdPath::kSteps;
constexpr double kDearest = std::numeric_limits<double>::infinity();

// A row with the first step of each path that keeps it.
struct PlacedPair {
  const PairedCall* call = nullptr;
  std::uint32_t local = kSteps;
  std::uint32_t pooled = kSteps;
};

std::vector<PlacedPair> place_pairs(const PairedPaths& paths, std::span<const PairedCall> calls) {
  std::vector<PlacedPair> out;
  out.reserve(calls.size());
  for (const PairedCall& call : calls) {
    out.push_back({&call, paths.local.entry(call.local), call.pooled ? paths.pooled.entry(*call.pooled) : kSteps});
  }
  return out;
}

// One sequence of hypotheses: the classifier's step is fixed and the common one moves, or nobody is asked and the
// classifier's moves.
struct Sequence {
  std::optional<std::uint32_t> local;  // nothing: it moves
};

// The rows as the sequence meets them.
std::vector<PlacedCall> along(const Sequence& sequence, std::span<const PlacedPair> rows) {
  std::vector<PlacedCall> out;
  out.reserve(rows.size());
  for (const PlacedPair& row : rows) {
    if (!sequence.local) {
      out.push_back({row.local, row.call->local.loss});
    } else if (row.local <= *sequence.local) {
      out.push_back({0, row.call->local.loss});
    } else {
      out.push_back({row.pooled, row.call->pooled ? row.call->pooled->loss : 0});
    }
  }
  return out;
}

// What `end`, the last step that is used, comes to.
TestedPair tally(const Sequence& sequence, std::uint32_t end, std::span<const PlacedPair> rows, const Prices& prices) {
  TestedPair out;
  const std::uint32_t local = sequence.local.value_or(end);
  out.local = local;
  if (sequence.local) out.pooled = end;
  double money = 0;
  for (const PlacedPair& row : rows) {
    if (row.local <= local) {
      ++out.kept_local;
      out.lost += static_cast<double>(row.call->local.loss);
      money += prices.category[row.call->local.category];
      continue;
    }
    if (out.pooled) {
      ++out.asked;
      money += prices.question;
    }
    if (out.pooled && row.pooled <= *out.pooled) {
      ++out.kept_pooled;
      out.lost += static_cast<double>(row.call->pooled->loss);
      money += prices.category[row.call->pooled->category];
    } else {
      money += prices.fallback;
    }
  }
  out.money = rows.empty() ? 0 : money / static_cast<double>(rows.size());
  return out;
}

// The last step whose observed risk is as promised: what the sequence would come to if it were proved.
double money_in_sight(const Sequence& sequence, std::span<const PlacedPair> shape, const Prices& prices,
                      const Promise& promise) {
  std::vector<PlacedCall> calls = along(sequence, shape);
  std::ranges::sort(calls, {}, &PlacedCall::step);
  const double most = promise.at_most * static_cast<double>(shape.size());
  double lost = 0;
  std::uint32_t end = kSteps;
  for (std::size_t i = 0; i < calls.size() && calls[i].step < kSteps; ++i) {
    lost += static_cast<double>(calls[i].loss);
    const bool last_of_step = i + 1 == calls.size() || calls[i + 1].step != calls[i].step;
    if (last_of_step && lost > most) break;
    if (last_of_step) end = calls[i].step;
  }
  return end == kSteps ? kDearest : tally(sequence, end, shape, prices).money;
}

std::vector<Sequence> sequences_of(std::span<const PlacedPair> shape, const PairOptions& options) {
  std::vector<Sequence> out{{}};
  std::vector<std::uint32_t> steps;
  for (const PlacedPair& row : shape) steps.push_back(row.local);
  std::ranges::sort(steps);
  for (const double left : options.levels) {
    // The strictest step beyond which at most that share is left; of none, the strictest of all.
    const auto kept = static_cast<std::size_t>(std::ceil((1 - left) * static_cast<double>(steps.size()) - 1e-9));
    const std::uint32_t step = kept == 0 || steps.empty() ? 0 : std::min(steps[kept - 1], kSteps - 1);
    const bool known = std::ranges::any_of(out, [&](const Sequence& one) { return one.local == step; });
    if (!known) out.push_back({step});
  }
  return out;
}

// How much of the risk of being wrong each sequence may use up.
std::vector<double> split_risk(std::span<const Sequence> sequences, std::span<const PlacedPair> shape,
                               const Prices& prices, const Promise& promise, double favourite) {
  std::size_t best = 0;
  double least = kDearest;
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    const double money = money_in_sight(sequences[i], shape, prices, promise);
    if (money < least) best = i;
    least = std::min(least, money);
  }
  const double delta = 1 - promise.confidence;
  if (sequences.size() == 1) return {delta};
  const double share = std::clamp(favourite, 0.0, 1.0);
  std::vector<double> out(sequences.size(), delta * (1 - share) / static_cast<double>(sequences.size() - 1));
  out[best] = delta * share;
  return out;
}

std::string next_step(const CertifiedPair& pair) {
  const double delta = 1 - pair.promise.confidence;
  const auto faultless = rows_needed(0, pair.promise.at_most, delta / 2, pair.loss);
  if (faultless && pair.rows < *faultless) {
    return fmt::format("label about {} more requests: {} cannot prove this much even if nothing is ever wrong",
                       *faultless - pair.rows, pair.rows);
  }
  return "promise less, or make the classifier or the small model better: even what they are surest of is wrong too "
         "often for this promise";
}

}  // namespace

PairedPaths fit_paths(const LossMatrix& losses, std::span<const PairedCall> shape) {
  std::vector<Call> local;
  std::vector<Call> pooled;
  for (const PairedCall& call : shape) {
    local.push_back(call.local);
    if (call.pooled) pooled.push_back(*call.pooled);
  }
  return {ThresholdPath::fit(losses, local), ThresholdPath::fit(losses, pooled)};
}

CertifiedPair certify_pair(const PairedPaths& paths, std::span<const PairedCall> shape,
                           std::span<const PairedCall> rows, const Prices& prices, const Promise& promise,
                           LossKind kind, const PairOptions& options) {
  const std::vector<PlacedPair> shaped = place_pairs(paths, shape);
  const std::vector<PlacedPair> placed = place_pairs(paths, rows);
  const std::vector<Sequence> sequences = sequences_of(shaped, options);
  const std::vector<double> risks = split_risk(sequences, shaped, prices, promise, options.favourite);
  CertifiedPair out{.promise = promise, .loss = kind, .rows = rows.size()};
  out.money_fallback = prices.fallback;
  double least = kDearest;
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    const double confidence = 1 - risks[i];
    const Tested tested = test_in_sequence(along(sequences[i], placed), {promise.at_most, confidence}, kind);
    TestedPair one;
    if (tested.step) one = tally(sequences[i], *tested.step, placed, prices);
    one.certified = tested.step.has_value();
    one.confidence = confidence;
    out.tried.push_back(one);
    if (!one.certified || !(one.money < least)) continue;
    least = one.money;
    out.certified = true;
    out.best = one;
    out.bound = risk_upper_bound(tested.lost, rows.size(), risks[i], kind);
  }
  out.local.assign(prices.category.size(), kNeverKept);
  out.pooled.assign(prices.category.size(), kNeverKept);
  if (out.certified) out.local = paths.local.thresholds(*out.best.local);
  if (out.best.pooled) out.pooled = paths.pooled.thresholds(*out.best.pooled);
  return out;
}

classify::Pairing pairing_of(const CertifiedPair& pair, const LossMatrix& losses, PairingSubject subject) {
  classify::Pairing out;
  out.classifier = std::move(subject.classifier);
  out.model = std::move(subject.model);
  out.prompt_version = std::move(subject.prompt_version);
  out.opinions = subject.opinions;
  out.kind = subject.kind;
  out.at_most = pair.promise.at_most;
  out.confidence = pair.promise.confidence;
  out.certified = pair.certified;
  for (std::size_t c = 0; c < losses.size(); ++c) {
    out.categories.push_back({losses.categories()[c], pair.local[c], pair.pooled[c]});
  }
  const std::size_t kept = pair.best.kept_local + pair.best.kept_pooled;
  out.evidence = {.rows = pair.rows,
                  .kept = kept,
                  .lost = pair.best.lost,
                  .bound = pair.bound,
                  .method = std::move(subject.method),
                  .data = std::move(subject.data)};
  if (pair.rows > 0) {
    out.asked_share = static_cast<double>(pair.best.asked) / static_cast<double>(pair.rows);
    out.kept_share = static_cast<double>(kept) / static_cast<double>(pair.rows);
  }
  out.traffic = std::move(subject.traffic);
  if (!pair.certified) out.next = next_step(pair);
  return out;
}

}  // namespace pointsman::learn
