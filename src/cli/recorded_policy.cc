#include "cli/recorded_policy.h"

#include <algorithm>

#include "route/catalogue.h"

namespace pointsman::cli {
namespace {

using base::Result;
using ledger::Entry;

Result<classify::Cascade> make_cascade(const config::Policy& policy) {
  std::vector<classify::Category> categories;
  for (const config::PolicyCategory& one : policy.categories) {
    categories.push_back({.name = one.name,
                          .description = one.description,
                          .threshold = one.threshold,
                          .pooled_threshold = one.pooled_threshold,
                          .certified = one.certified});
  }
  PM_TRY(classify::Cascade cascade, classify::Cascade::create(std::move(categories), policy.rules));
  cascade.weigh_opinions(policy.opinions);
  return cascade;
}

// Tiers order models only where the policy itself has no order for them; they are the catalogue's.
Result<route::Market> make_market(const config::Policy& policy) {
  PM_TRY(const route::Catalogue catalogue, route::Catalogue::built_in());
  std::vector<route::MarketModel> models;
  for (const route::Model& model : policy.models) {
    const route::CatalogueEntry* known = catalogue.find(model.upstream_name);
    models.push_back({model, known != nullptr ? known->tier : std::nullopt});
  }
  std::vector<route::CategoryCandidates> categories;
  for (const config::PolicyCategory& one : policy.categories) {
    categories.push_back({one.name, one.models, one.strategy, one.weights});
  }
  return route::Market::build(std::move(models), categories, policy.fallback, policy.expected_output_tokens,
                              policy.affinity);
}

std::vector<route::Health> recorded_health(const Entry& entry, const route::Market& market) {
  std::vector<route::Health> health(market.models().size(), route::Health::kHealthy);
  for (const std::string& name : entry.unavailable) {
    if (const auto index = market.find(name)) health[*index] = route::Health::kUnhealthy;
  }
  return health;
}

std::vector<route::Pace> recorded_paces(const Entry& entry, const route::Market& market) {
  std::vector<route::Pace> paces(market.models().size());
  for (const ledger::Ordering::Pace& one : entry.order.paces) {
    if (const auto index = market.find(one.model)) paces[*index] = one.first_byte;
  }
  return paces;
}

// What the gateway remembered is recorded, not looked up again. That a turn was bound to a provider shows where a model
// was put first for no price; that it went on with a conversation that was kept, where it was kept again.
route::Continuity recorded_continuity(const Entry& entry, const route::Market& market) {
  const ledger::Continuity& recorded = entry.continuity;
  if (recorded.model.empty()) return {};
  return {.model = market.find(recorded.model),
          .cached = recorded.cached_tokens,
          .cold = recorded.cold,
          .bound = recorded.kept && !recorded.cold,
          .going_on = recorded.kept && entry.tool_result_turn};
}

}  // namespace

Result<RecordedPolicy> RecordedPolicy::make(config::Policy policy) {
  PM_TRY(route::Market market, make_market(policy));
  PM_TRY(classify::Cascade cascade, make_cascade(policy));
  return RecordedPolicy(std::move(policy), std::move(market), std::move(cascade));
}

Result<Redecided> RecordedPolicy::decide(const Entry& entry, const classify::Evidence& evidence) const {
  Redecided out;
  PM_TRY(out.verdict, cascade_.decide(evidence));
  const auto health = recorded_health(entry, market_);
  const auto paces = recorded_paces(entry, market_);
  const auto sizes = route::read_sizes(entry.bill.counted, entry.input_tokens_estimate, market_);
  const route::Conditions conditions{.health = health,
                                     .paces = paces,
                                     .conversation = entry.conversation,
                                     .lot = entry.order.lot,
                                     .continuity = recorded_continuity(entry, market_),
                                     .prompts = sizes};
  const auto ranked = route::rank(recorded_needs(entry), out.verdict, market_, conditions, out.ranked);
  if (!ranked && ranked.error().code() != base::ErrorCode::kNoCandidate) return base::fail(ranked.error());
  return out;
}

classify::Evidence recorded_evidence(const Entry& entry, const config::Policy& policy) {
  const classify::Verdict recorded{.probabilities = entry.probabilities,
                                   .opinion = recorded_opinion(entry.consultation),
                                   .recalled = recorded_recollection(entry.recalled, policy),
                                   .reason = entry.reason,
                                   .rule_hits = entry.rule_hits};
  return classify::recorded_evidence(entry.route_header, recorded);
}

classify::Recollection recorded_recollection(const ledger::Recall& recalled, const config::Policy& policy) {
  classify::Recollection out{.decision = recalled.decision, .likeness = recalled.likeness, .memory = recalled.memory};
  if (recalled.category.empty()) return out;
  const auto at = std::ranges::find(policy.categories, recalled.category, &config::PolicyCategory::name);
  if (at == policy.categories.end()) return {};
  out.category = static_cast<int>(at - policy.categories.begin());
  return out;
}

classify::Opinion recorded_opinion(const ledger::Consultation& asked) {
  classify::Opinion out;
  out.outcome = classify::opinion_outcome_from(asked.outcome).value_or(classify::OpinionOutcome::kNone);
  out.source = classify::opinion_source_from(asked.source).value_or(classify::OpinionSource::kBare);
  out.none_offered = asked.none_offered;
  out.cached = asked.cached;
  out.probabilities = asked.probabilities;
  out.offered.assign(asked.offered.begin(), asked.offered.end());
  out.coverage = asked.coverage;
  return out;
}

llm::Requirements recorded_needs(const Entry& entry) {
  return {.capabilities = llm::CapabilitySet::from_bits(entry.capabilities),
          .input_tokens = entry.input_tokens_estimate,
          .output_tokens = entry.output_tokens_limit};
}

}  // namespace pointsman::cli
