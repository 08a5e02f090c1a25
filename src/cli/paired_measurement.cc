#include "cli/paired_measurement.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/hash.h"
#include "consult/text_key.h"
#include "learn/traffic_profile.h"

namespace pointsman::cli {

using base::Result;
using classify::OpinionSource;
using learn::Call;
using learn::PairedCall;

namespace {

constexpr std::array kSources = {OpinionSource::kLogprobs, OpinionSource::kStated, OpinionSource::kSampled,
                                 OpinionSource::kBare};
constexpr std::uint64_t kSplitSeed = 0x7061697273ULL;

// Carries probabilities to the promise's categories and judges them. The likeliest is found in the configuration's
// order, as the router finds it.
class Caller {
 public:
  explicit Caller(const MeasurementInput& input) : losses_(input.losses), to_loss_(input.categories.size()) {
    for (std::size_t i = 0; i < input.categories.size(); ++i) to_loss_[input.categories[i]] = i;
  }

  Call call(std::span<const float> probabilities, std::size_t truth) const {
    if (probabilities.empty()) return {};  // never kept: its probability is 0
    const auto top = std::ranges::max_element(probabilities);
    const std::size_t category = to_loss_[static_cast<std::size_t>(top - probabilities.begin())];
    return {static_cast<std::uint32_t>(category), *top, losses_.loss(truth_of(truth), category)};
  }
  // The dearest thing that could have been said, and said with certainty.
  Call worst() const {
    std::size_t category = 0;
    for (std::size_t i = 1; i < losses_.size(); ++i) {
      if (losses_.worst(i) > losses_.worst(category)) category = i;
    }
    return {static_cast<std::uint32_t>(category), 1, losses_.worst(category)};
  }

 private:
  std::size_t truth_of(std::size_t truth) const {
    return truth < to_loss_.size() ? to_loss_[truth] : losses_.outside();
  }

  const learn::LossMatrix& losses_;
  std::vector<std::size_t> to_loss_;  // from the configuration's order
};

std::vector<learn::OpinionRow> opinions_of(const MeasurementInput& input) {
  std::vector<learn::OpinionRow> out;
  for (const MeasuredRow& row : input.rows) {
    if (row.shapes && row.hearing == Hearing::kHeard) out.push_back({row.local, &row.opinion, row.truth});
  }
  return out;
}

Result<classify::Combination> weigh(const MeasurementInput& input, std::vector<OpinionWorth>& worth) {
  const std::vector<learn::OpinionRow> rows = opinions_of(input);
  classify::Combination out;
  for (const OpinionSource source : kSources) {
    auto fit = learn::fit_pool(rows, source);
    if (!fit) continue;
    out.set(source, fit->weights);
    worth.push_back({source, std::move(*fit)});
  }
  if (!worth.empty()) return out;
  if (input.known != nullptr) return *input.known;
  return learn::fit_combination(rows);  // says why not
}

// The rows of one side as both would decide them.
std::vector<PairedCall> calls_of(const MeasurementInput& input, const classify::Combination& opinions, bool shaping) {
  const Caller caller(input);
  std::vector<PairedCall> out;
  for (const MeasuredRow& row : input.rows) {
    // A provider's bad day shapes nothing. Where nobody was asked on purpose, what the classifier said still does.
    if (row.shapes != shaping || (shaping && row.hearing == Hearing::kUnheard && input.known == nullptr)) continue;
    PairedCall one{.local = caller.call(row.local, row.truth)};
    if (row.hearing == Hearing::kUnheard) {
      if (!shaping) one.pooled = caller.worst();
    } else if (const auto pooled = opinions.combine(row.local, row.opinion); !pooled.empty()) {
      one.pooled = caller.call(pooled, row.truth);
    }
    out.push_back(one);
  }
  return out;
}

std::vector<Call> local_calls(const std::vector<PairedCall>& calls) {
  std::vector<Call> out;
  for (const PairedCall& one : calls) out.push_back(one.local);
  return out;
}

// The same promise by the classifier alone.
void certify_alone(const learn::PairedPaths& paths, const std::vector<Call>& calls, const learn::Prices& prices,
                   const learn::Promise& promise, learn::LossKind kind, Measurement& out) {
  const learn::Certified result = learn::certify(paths.local, calls, promise, kind);
  const auto rows = static_cast<double>(calls.size());
  double dollars = 0;
  for (const Call& call : calls) {
    const bool kept = call.probability > 0 && call.probability >= result.thresholds[call.category];
    dollars += kept ? prices.category[call.category] : prices.fallback;
  }
  out.alone_certified = result.certified;
  out.alone = {
      .kept = static_cast<double>(result.kept.hits) / rows, .lost = result.lost / rows, .dollars = dollars / rows};
}

// Without prices what counts is how much is kept.
learn::Prices any_prices(std::size_t categories) {
  return {.question = 0, .category = std::vector<double>(categories, 0), .fallback = 1};
}

}  // namespace

bool teaches(std::string_view text, double share) {
  const std::uint64_t hash = base::xxh3(consult::text_key(text), kSplitSeed);
  return static_cast<double>(hash >> 11) * 0x1p-53 < share;
}

RowsNeeded rows_needed_for(const learn::Promise& promise, learn::LossKind kind, double share) {
  RowsNeeded out;
  out.teaching = learn::kFewestOpinionRows;
  // The sequence that looks best gets half of the risk of being wrong.
  const double delta = (1 - promise.confidence) * learn::PairOptions().favourite;
  out.proving = learn::rows_needed(0, promise.at_most, delta, kind).value_or(0);
  // The split is by chance: a tenth more makes it likely that both sides have enough.
  const double most =
      std::max(static_cast<double>(out.teaching) / share, static_cast<double>(out.proving) / (1 - share));
  out.all = static_cast<std::size_t>(std::ceil(most * 1.1));
  return out;
}

Result<Measurement> measure(const MeasurementInput& input, classify::RiskKind kind, std::string data) {
  Measurement out;
  for (const MeasuredRow& row : input.rows) {
    ++(row.shapes ? out.teaching : out.proving);
    if (row.hearing == Hearing::kUnheard) ++out.unheard;
    if (row.hearing == Hearing::kHeard && !row.opinion.usable()) ++out.unusable;
  }
  PM_TRY(const classify::Combination opinions, weigh(input, out.worth));
  const std::vector<PairedCall> shape = calls_of(input, opinions, true);
  const std::vector<PairedCall> rows = calls_of(input, opinions, false);
  if (rows.empty()) return base::fail(base::ErrorCode::kInvalidArgument, "no row is left to prove anything");
  const learn::Prices prices = input.prices.value_or(any_prices(input.losses.size()));
  const learn::PairedPaths paths = learn::fit_paths(input.losses, shape);
  out.pair = learn::certify_pair(paths, shape, rows, prices, input.promise, input.losses.kind(), input.options);
  const std::vector<Call> locals = local_calls(rows);
  certify_alone(paths, locals, prices, input.promise, input.losses.kind(), out);
  if (input.prices) out.fallback_dollars = prices.fallback;
  out.pairing =
      learn::pairing_of(out.pair, input.losses,
                        {.opinions = opinions,
                         .kind = kind,
                         .method = "held-out",
                         .data = std::move(data),
                         .traffic = out.pair.certified ? learn::profile_traffic(locals) : classify::TrafficProfile()});
  const auto number = static_cast<double>(rows.size());
  out.both = {.asked = out.pairing.asked_share,
              .kept = out.pairing.kept_share,
              .lost = out.pair.best.lost / number,
              .dollars = out.pair.certified ? out.pair.best.money : prices.fallback};
  return out;
}

}  // namespace pointsman::cli
