#include "admin/frontier_rows.h"

#include <algorithm>

#include "cli/what_if_cost.h"
#include "learn/random_slice.h"
#include "ledger/total_cost.h"
#include "route/cost.h"

namespace pointsman::admin {
namespace {

using ledger::Entry;
using route::ModelIndex;

constexpr std::uint64_t kLots = 4;           // another order than the random slice's
constexpr std::int64_t kUsualPrompt = 1000;  // tokens; for which model is the cheapest

cli::WhatIfChange with_classifier(std::shared_ptr<const classify::LinearModel> model) {
  cli::WhatIfChange out;
  out.classifier = std::move(model);
  return out;
}

std::optional<std::int64_t> pictures_of(const Entry& entry) {
  if (!llm::CapabilitySet::from_bits(entry.capabilities).has(llm::Capability::kVision)) return 0;
  return std::nullopt;
}

}  // namespace

FrontierRows::FrontierRows(gateway::SnapshotPtr champion, std::shared_ptr<const classify::LinearModel> candidate,
                           cli::Redecider::PolicySource policies)
    : champion_(std::move(champion)),
      kept_(cli::at_threshold(0), policies),
      in_doubt_(cli::at_threshold(classify::kNeverKeep), policies) {
  const auto& order = champion_->market.by_strength();
  strength_.resize(champion_->market.models().size(), order.size());
  for (std::size_t place = 0; place < order.size(); ++place) strength_[order[place]] = place;
  find_weak();
  if (candidate) candidate_.emplace(with_classifier(std::move(candidate)), std::move(policies));
}

void FrontierRows::find_weak() {
  llm::Requirements usual;
  usual.input_tokens = kUsualPrompt;
  std::optional<base::Money> least;
  for (ModelIndex i = 0; i < champion_->market.models().size(); ++i) {
    const auto cost = route::cost_with(i, usual, champion_->market);
    if (i == strong() || !cost || (least && *least <= *cost)) continue;
    least = cost;
    weak_ = i;
  }
}

std::optional<std::size_t> FrontierRows::weakest_good(std::string_view truth) const {
  const route::Market& market = champion_->market;
  const std::vector<ModelIndex>* suited = &market.fallback();
  if (!truth.empty()) {
    const int category = champion_->cascade.find(truth);
    if (category < 0) return std::nullopt;
    suited = &market.candidates(static_cast<std::size_t>(category));
  }
  std::optional<std::size_t> out;
  for (const ModelIndex one : *suited) out = std::max(out.value_or(0), strength_[one]);
  return out;
}

std::optional<FrontierChoice> FrontierRows::choice(const Entry& entry, const Chosen& chosen,
                                                   std::size_t weakest) const {
  llm::Usage usage = entry.usage;
  usage.cached_input_tokens.reset();
  usage.cache_write_tokens.reset();
  usage.long_cache_write_tokens.reset();
  const route::Prices& prices = champion_->market.model(chosen.model).prices;
  const auto cost = route::counterfactual_cost(usage, prices, pictures_of(entry));
  const auto asking = chosen.asked ? ledger::cost_parts(entry).classification : base::Money{};
  if (!cost || !asking) return std::nullopt;
  return FrontierChoice{.good = strength_[chosen.model] <= weakest, .dollars = (cost->total() + *asking).dollars()};
}

std::optional<FrontierRows::Chosen> FrontierRows::again(const Entry& entry, cli::Redecider& redecider) const {
  const auto decided = redecider.decide(entry);
  if (!decided) return std::nullopt;
  const auto model = champion_->market.find(decided->first().name);
  if (!model) return std::nullopt;
  return Chosen{.model = *model, .asked = cli::other_decision(entry, *decided).small_model_asked};
}

ModelIndex FrontierRows::by_lot(const Entry& entry) const {
  const std::size_t models = champion_->market.models().size();
  const double lot = learn::slice_draw(entry.id, kLots) * static_cast<double>(models);
  return static_cast<ModelIndex>(std::min(static_cast<std::size_t>(lot), models - 1));
}

std::optional<FrontierRow> FrontierRows::row(const Entry& entry, std::string_view truth) {
  const auto weakest = weakest_good(truth);
  if (!weak_ || !weakest || entry.probabilities.empty() || entry.candidates.empty()) return std::nullopt;
  const auto now = champion_->market.find(entry.candidates.front());
  const auto kept = again(entry, kept_);
  const auto in_doubt = again(entry, in_doubt_);
  if (!now || !kept || !in_doubt) return std::nullopt;
  FrontierRow out{.confidence = *std::ranges::max_element(entry.probabilities), .choices = {}};
  const auto set = [&](FrontierRouter router, const Chosen& chosen) {
    auto& place = out.choices[static_cast<std::size_t>(router)];
    place = choice(entry, chosen, *weakest);
    return place.has_value();
  };
  const bool asked = !entry.consultation.model.empty();
  const bool all = set(FrontierRouter::kStrong, {strong(), false}) && set(FrontierRouter::kCheap, {*weak_, false}) &&
                   set(FrontierRouter::kRandom, {by_lot(entry), false}) &&
                   set(FrontierRouter::kCurrent, {*now, asked}) && set(FrontierRouter::kKept, *kept) &&
                   set(FrontierRouter::kInDoubt, *in_doubt);
  if (!all) return std::nullopt;
  if (candidate_) {
    if (const auto other = again(entry, *candidate_)) set(FrontierRouter::kCandidate, *other);
  }
  return out;
}

}  // namespace pointsman::admin
