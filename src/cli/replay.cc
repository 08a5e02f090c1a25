#include "cli/replay.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "classify/cascade.h"
#include "route/catalogue.h"

namespace pointsman::cli {
namespace {

using base::Result;
using ledger::Entry;

constexpr std::string_view kPassthrough = "passthrough";

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
  return route::Market::build(std::move(models), categories, policy.fallback, policy.expected_output_tokens);
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

Result<void> decide_again(const Entry& entry, Replay& out) {
  if (entry.stage == kPassthrough) {
    out.verdict.stage = classify::Stage::kClient;
    out.verdict.reason = entry.reason;  // there is nothing to decide: the client did
    const auto named = out.market.find(entry.requested_model);
    if (named) out.ranked.candidates.push_back({.model = *named});
    return {};
  }
  PM_TRY(const classify::Cascade cascade, make_cascade(out.policy));
  const classify::Verdict recorded{.probabilities = entry.probabilities,
                                   .opinion = recorded_opinion(entry.consultation),
                                   .recalled = recorded_recollection(entry.recalled, out.policy),
                                   .reason = entry.reason,
                                   .rule_hits = entry.rule_hits};
  PM_TRY(out.verdict, cascade.decide(classify::recorded_evidence(entry.route_header, recorded)));
  const auto health = recorded_health(entry, out.market);
  const auto paces = recorded_paces(entry, out.market);
  const route::Conditions conditions{
      .health = health, .paces = paces, .conversation = entry.conversation, .lot = entry.order.lot};
  const auto ranked = route::rank(recorded_needs(entry), out.verdict, out.market, conditions, out.ranked);
  if (!ranked && ranked.error().code() != base::ErrorCode::kNoCandidate) return ranked;
  return {};
}

std::string or_nothing(std::string_view text) {
  return text.empty() ? "nothing" : std::string(text);
}
std::string or_nothing(const std::optional<float>& number) {
  return number ? fmt::format("{}", *number) : "nothing";
}

void compare(Replay& out, const Entry& entry) {
  const auto differ = [&](std::string_view what, const std::string& recorded, const std::string& again) {
    if (recorded != again) out.differences.push_back(fmt::format("{}: recorded {}, again {}", what, recorded, again));
  };
  const bool passthrough = entry.stage == kPassthrough;
  const classify::Verdict& verdict = out.verdict;
  const std::string category =
      verdict.category < 0 ? "" : out.policy.categories[static_cast<std::size_t>(verdict.category)].name;
  differ("stage", or_nothing(entry.stage), std::string(passthrough ? kPassthrough : to_string(verdict.stage)));
  differ("category", or_nothing(entry.category), or_nothing(category));
  differ("probability", or_nothing(entry.probability), or_nothing(verdict.probability));
  differ("threshold", fmt::format("{}", entry.threshold), fmt::format("{}", verdict.threshold));
  differ("reason", or_nothing(entry.reason), or_nothing(verdict.reason));
  const bool by_price = out.ranked.strategy.value_or(route::Strategy::kPrice) == route::Strategy::kPrice;
  differ("strategy", or_nothing(entry.order.strategy), or_nothing(by_price ? "" : to_string(*out.ranked.strategy)));
  differ("drawn", or_nothing(entry.order.drawn),
         or_nothing(out.ranked.drawn ? out.market.model(*out.ranked.drawn).name : ""));
  std::vector<std::string> names;
  for (const route::Candidate& one : out.ranked.candidates) names.push_back(out.market.model(one.model).name);
  differ("candidates", or_nothing(fmt::format("{}", fmt::join(entry.candidates, ", "))),
         or_nothing(fmt::format("{}", fmt::join(names, ", "))));
}

}  // namespace

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

classify::Recollection recorded_recollection(const ledger::Recall& recalled, const config::Policy& policy) {
  classify::Recollection out{.decision = recalled.decision, .likeness = recalled.likeness, .memory = recalled.memory};
  if (recalled.category.empty()) return out;
  const auto at = std::ranges::find(policy.categories, recalled.category, &config::PolicyCategory::name);
  if (at == policy.categories.end()) return {};
  out.category = static_cast<int>(at - policy.categories.begin());
  return out;
}

llm::Requirements recorded_needs(const Entry& entry) {
  return {.capabilities = llm::CapabilitySet::from_bits(entry.capabilities),
          .input_tokens = entry.input_tokens_estimate,
          .output_tokens = entry.output_tokens_limit};
}

Result<Replay> replay(const Entry& entry, std::string_view policy_document) {
  Replay out;
  PM_TRY(out.policy, config::read_policy(policy_document));
  PM_TRY(out.market, make_market(out.policy));
  if (const std::string hash = config::policy_version(policy_document); hash != entry.policy_version) {
    out.differences.push_back(fmt::format("policy: recorded version {}, the kept document is {}",
                                          entry.policy_version.substr(0, 12), hash.substr(0, 12)));
  }
  PM_CHECK(decide_again(entry, out));
  compare(out, entry);
  return out;
}

}  // namespace pointsman::cli
