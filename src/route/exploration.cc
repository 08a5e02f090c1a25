#include "route/exploration.h"

#include <algorithm>

namespace pointsman::route {
namespace {

using classify::Stage;

// What `model` is expected to cost more than `preferred`; nothing where that is unknown.
std::optional<base::Money> extra_cost(ModelIndex model, ModelIndex preferred, const llm::Requirements& needs,
                                      const Market& market) {
  const auto mine = cost_with(model, needs, market);
  const auto other = cost_with(preferred, needs, market);
  if (!mine || !other) return std::nullopt;
  return std::max(*mine - *other, base::Money{});
}

bool classifier_decided(const classify::Verdict& verdict) {
  if (verdict.category < 0 || is_settled(verdict)) return false;
  return verdict.stage == Stage::kLocal || verdict.stage == Stage::kLlm || verdict.stage == Stage::kFallback;
}

// Where the fallback list has it; its size if it does not.
std::size_t place_in_fallback(const Market& market, ModelIndex model) {
  const auto& list = market.fallback();
  return static_cast<std::size_t>(std::ranges::find(list, model) - list.begin());
}

}  // namespace

bool more_capable(const Market& market, ModelIndex model, ModelIndex other) {
  const std::size_t listed = market.fallback().size();
  const std::size_t mine = place_in_fallback(market, model);
  const std::size_t theirs = place_in_fallback(market, other);
  if (mine < listed || theirs < listed) return mine < theirs;
  const auto& tier = market.models()[model].tier;
  const auto& other_tier = market.models()[other].tier;
  return tier && other_tier && *tier > *other_tier;
}

void find_alternatives(const llm::Requirements& needs, const classify::Verdict& verdict, const Market& market,
                       const Conditions& conditions, const ExplorationRules& rules, const Ranked& ranked, Ranked& work,
                       std::vector<ModelIndex>& out) {
  out.clear();
  if (!(rules.share > 0) || !classifier_decided(verdict) || ranked.candidates.empty()) return;
  if (ranked.strategy == Strategy::kEscalate) return;
  const ModelIndex preferred = ranked.candidates.front().model;
  const auto consider_head = [&](const classify::Verdict& other) {
    if (!rank(needs, other, market, conditions, work)) return;
    const Candidate& head = work.candidates.front();
    const bool seen = head.model == preferred || std::ranges::find(out, head.model) != out.end();
    if (seen || !head.healthy) return;
    if (!rules.down && !more_capable(market, head.model, preferred)) return;
    if (rules.affordable) {
      const auto extra = extra_cost(head.model, preferred, needs, market);
      if (!extra || *extra > *rules.affordable) return;
    }
    out.push_back(head.model);
  };
  consider_head({});  // doubt: the fallback list
  for (std::size_t category = 0; category < market.category_count(); ++category) {
    if (market.strategy(category) == Strategy::kEscalate) continue;  // its first answer is not for release unjudged
    consider_head({.category = static_cast<int>(category), .stage = Stage::kLocal});
  }
}

Explored explore(const std::vector<ModelIndex>& alternatives, const llm::Requirements& needs, const Market& market,
                 const ExplorationRules& rules, std::uint64_t lot, Ranked& ranked) {
  Explored out;
  out.preferred = out.first = ranked.candidates.front().model;
  if (alternatives.empty()) return out;
  const double drawn = static_cast<double>(lot >> 11) * 0x1.0p-53;
  if (drawn >= rules.share) {
    out.propensity = 1 - rules.share;
    return out;
  }
  const auto count = static_cast<double>(alternatives.size());
  const auto place = static_cast<std::size_t>(drawn / rules.share * count);
  out.first = alternatives[std::min(place, alternatives.size() - 1)];
  out.propensity = rules.share / count;
  out.extra = extra_cost(out.first, out.preferred, needs, market).value_or(base::Money{});
  put_first(out.first, needs, market, ranked);
  return out;
}

void put_first(ModelIndex model, const llm::Requirements& needs, const Market& market, Ranked& ranked) {
  auto& all = ranked.candidates;
  auto found = std::ranges::find(all, model, &Candidate::model);
  if (found == all.end()) {
    all.push_back({model, Source::kExplored, true, cost_with(model, needs, market)});
    found = all.end() - 1;
  }
  std::rotate(all.begin(), found, found + 1);
}

}  // namespace pointsman::route
