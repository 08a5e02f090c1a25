#include "cli/replay.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/recorded_policy.h"
#include "route/exploration.h"

namespace pointsman::cli {
namespace {

using base::Result;
using ledger::Entry;

constexpr std::string_view kPassthrough = "passthrough";
constexpr std::string_view kCapped = "cap:";  // how such a reason begins

// Chance put another model first than the one that was preferred; what lots fell is recorded, not drawn again.
void explore_again(const Entry& entry, const RecordedPolicy& recorded, Replay& out) {
  const std::string& preferred = entry.exploration.preferred;
  auto& ranked = out.ranked;
  if (preferred.empty() || ranked.candidates.empty() || entry.candidates.empty()) return;
  if (recorded.market().model(ranked.candidates.front().model).name != preferred) return;
  const auto first = recorded.market().find(entry.candidates.front());
  if (first) route::put_first(*first, recorded_needs(entry), recorded.market(), ranked);
}

// What a budget or the cap on doubt had room for is recorded, not counted again.
void pay_again(const Entry& entry, const RecordedPolicy& recorded, Replay& out) {
  if (entry.bill.downgraded.empty() || entry.candidates.empty()) return;
  if (entry.reason.starts_with(kCapped)) out.verdict.reason = entry.reason;
  std::vector<route::Candidate> candidates;
  for (const std::string& name : entry.candidates) {
    const auto model = recorded.market().find(name);
    if (!model) continue;
    const auto at = std::ranges::find(out.ranked.candidates, *model, &route::Candidate::model);
    candidates.push_back(
        at != out.ranked.candidates.end() ? *at : route::Candidate{.model = *model, .source = route::Source::kBudget});
  }
  out.ranked.candidates = std::move(candidates);
}

Result<void> decide_again(const Entry& entry, const RecordedPolicy& recorded, Replay& out) {
  if (entry.stage == kPassthrough) {
    out.verdict.stage = classify::Stage::kClient;
    out.verdict.reason = entry.reason;  // there is nothing to decide: the client did
    const auto named = recorded.market().find(entry.requested_model);
    if (named) out.ranked.candidates.push_back({.model = *named});
    return {};
  }
  PM_TRY(Redecided again, recorded.decide(entry, recorded_evidence(entry, recorded.policy())));
  out.verdict = std::move(again.verdict);
  out.ranked = std::move(again.ranked);
  explore_again(entry, recorded, out);
  pay_again(entry, recorded, out);
  return {};
}

std::string or_nothing(std::string_view text) {
  return text.empty() ? "nothing" : std::string(text);
}
std::string or_nothing(const std::optional<float>& number) {
  return number ? fmt::format("{}", *number) : "nothing";
}

std::string or_nothing(const std::optional<base::Money>& money) {
  return money ? "$" + money->to_string() : "nothing";
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
  const route::Keeping& keeping = out.ranked.keeping;
  differ("kept", entry.continuity.kept ? "yes" : "no", keeping.kept ? "yes" : "no");
  differ("cold prefix", or_nothing(entry.continuity.cold), or_nothing(keeping.cold));
  std::vector<std::string> names;
  for (const route::Candidate& one : out.ranked.candidates) names.push_back(out.market.model(one.model).name);
  differ("candidates", or_nothing(fmt::format("{}", fmt::join(entry.candidates, ", "))),
         or_nothing(fmt::format("{}", fmt::join(names, ", "))));
}

}  // namespace

Result<Replay> replay(const Entry& entry, std::string_view policy_document) {
  Replay out;
  PM_TRY(config::Policy policy, config::read_policy(policy_document));
  PM_TRY(const RecordedPolicy recorded, RecordedPolicy::make(std::move(policy)));
  out.policy = recorded.policy();
  out.market = recorded.market();
  if (const std::string hash = config::policy_version(policy_document); hash != entry.policy_version) {
    out.differences.push_back(fmt::format("policy: recorded version {}, the kept document is {}",
                                          entry.policy_version.substr(0, 12), hash.substr(0, 12)));
  }
  PM_CHECK(decide_again(entry, recorded, out));
  compare(out, entry);
  return out;
}

}  // namespace pointsman::cli
