// What a ChatFlow does about money: the caller's terms, budgets and caps before an answer, what it cost afterwards.
#include <fmt/format.h>

#include <algorithm>

#include "gateway/bill.h"
#include "gateway/chat_flow.h"
#include "gateway/denial.h"
#include "gateway/worst_case.h"
#include "route/cost.h"
#include "route/ranking.h"

namespace pointsman::gateway {

using base::Error;
using base::ErrorCode;
using base::Origin;
using base::Result;

namespace {

// Of the node in the tree of quotas that belongs to one end user.
std::string user_id(std::uint64_t user) {
  return user != 0 ? fmt::format("{:016x}", user) : std::string();
}

Error not_allowed(std::string_view what, std::string_view name) {
  return Error(ErrorCode::kForbidden, fmt::format("this key may not use the {} '{}'", what, name), Origin::kClient);
}

}  // namespace

// ---- before

Result<void> ChatFlow::enter() {
  if (caller_.key == nullptr) return {};
  const llm::ChatRequest& request = state_->request;
  if (const auto name = exchange_.head().find(caller_.access->user_header); name && !name->empty()) {
    state_->request.user = base::xxh3(*name);
  }
  if (!caller_.key->categories.empty() || !caller_.terms->categories.empty()) {
    const auto route = exchange_.head().find("x-pointsman-route");
    if (route && !caller_.may_ask_for(*route))
      return base::fail(not_allowed("category", *route).at("x-pointsman-route"));
  }
  if (request.model != snapshot_->policy.router && !caller_.may_use(request.model)) {
    return base::fail(not_allowed("model", request.model).at("/model"));
  }
  const KeyTerms& terms = *caller_.terms;
  auto entered = state_->holds.enter(worker_.parts_.quotas, terms.node, user_id(request.user), terms.node_ref);
  if (entered) {
    standings_ = state_->holds.standings();
    return {};
  }
  denial_ = std::move(entered).error();
  generation_->measure.denied(*denial_);
  return base::fail(error_of(*denial_));
}

Result<void> ChatFlow::keep_to_terms() {
  if (!is_hit()) PM_CHECK(reserve_for_doubt());
  if (caller_.key == nullptr) return {};
  auto& candidates = state_->decision.ranked.candidates;
  const auto barred = std::ranges::remove_if(candidates, [&](const route::Candidate& one) {
    return !caller_.may_use(snapshot_->market.model(one.model).name);
  });
  candidates.erase(barred.begin(), barred.end());
  if (candidates.empty()) {
    return base::fail(Error(ErrorCode::kForbidden, "this key may use none of the models that could answer this request",
                            Origin::kClient));
  }
  if (caller_.terms->downgrade && !is_hit()) downgrade();
  return {};
}

// The most capable model that a budget still has room for, where the decided one's worst case is more than is left.
void ChatFlow::downgrade() {
  Decision& decision = state_->decision;
  const limits::Room room = state_->holds.room();
  if (!room.nanos && !room.tokens) return;
  const llm::ChatRequest& request = state_->request;
  const auto fits = [&](route::ModelIndex model) {
    const limits::Demand demand = worst_case(request, decision, snapshot_->market, model);
    if (room.tokens && demand.tokens > *room.tokens) return false;
    return !room.nanos || (demand.nanos && *demand.nanos <= *room.nanos);
  };
  const route::ModelIndex decided = decision.ranked.candidates.front().model;
  if (!decision.routed || fits(decided)) return;
  const route::Conditions present = conditions();
  for (const route::ModelIndex one : snapshot_->market.by_strength()) {
    const route::Model& model = snapshot_->market.model(one);
    const bool healthy = one >= present.health.size() || present.health[one] == route::Health::kHealthy;
    if (!healthy || !caller_.may_use(model.name) ||
        route::misfit(request.needs, snapshot_->market, one, decision.prompts))
      continue;
    if (!fits(one)) continue;
    auto& candidates = decision.ranked.candidates;
    std::erase_if(candidates, [&](const route::Candidate& other) { return other.model == one; });
    candidates.insert(candidates.begin(),
                      {.model = one,
                       .source = route::Source::kBudget,
                       .expected_cost = route::cost_with(one, request.needs, snapshot_->market, decision.prompts)});
    state_->entry.bill.downgraded = snapshot_->market.model(decided).name;
    return;
  }
}

Result<void> ChatFlow::reserve_for_doubt() {
  QuotaDesk& quotas = worker_.parts_.quotas;
  Decision& decision = state_->decision;
  if (!quotas.has_caps() || !decision.routed || decision.verdict.stage != classify::Stage::kFallback) return {};
  const route::ModelIndex model = decision.ranked.candidates.front().model;
  auto reserved = quotas.reserve_cap(limits::SpendKind::kFallback,
                                     worst_case(state_->request, decision, snapshot_->market, model).nanos);
  if (reserved) {
    doubt_ = *reserved;
    return {};
  }
  const auto& cap = snapshot_->config.router.fallback_cap;
  const auto& probabilities = decision.evidence.probabilities;
  if (cap && cap->on_cap == config::OnCap::kBestGuess && !probabilities.empty()) {
    const auto guess = static_cast<std::size_t>(std::ranges::max_element(probabilities) - probabilities.begin());
    if (guess < snapshot_->market.category_count() && guess_instead(guess)) return {};
  }
  denial_ = std::move(reserved).error();
  generation_->measure.denied(*denial_);
  return base::fail(Error(ErrorCode::kQuotaExceeded,
                          "the gateway is not sure what this request needs, and the day's money for such requests is "
                          "used up",
                          Origin::kClient));
}

// The likeliest category's models first, although nothing promises that it is right.
bool ChatFlow::guess_instead(std::size_t category) {
  Decision& decision = state_->decision;
  classify::Verdict guessed = decision.verdict;
  guessed.category = static_cast<int>(category);
  guessed.stage = classify::Stage::kLocal;
  route::Ranked ranked;
  if (!route::rank(state_->request.needs, guessed, snapshot_->market, conditions(), ranked)) return false;
  const auto own = std::ranges::count(ranked.candidates, route::Source::kCategory, &route::Candidate::source);
  if (own == 0) return false;
  ranked.candidates.resize(static_cast<std::size_t>(own));
  decision.ranked = std::move(ranked);
  state_->entry.bill.downgraded = snapshot_->market.model(snapshot_->market.fallback().front()).name;
  decision.verdict.reason = "cap: the day's money for doubt is used up, so the likeliest category answers";
  return true;
}

// ---- afterwards

void ChatFlow::settle_holds() {
  ledger::Entry& entry = state_->entry;
  worker_.parts_.quotas.settle_cap(doubt_, entry.cost ? std::optional(entry.cost->nanos) : std::nullopt);
  doubt_ = {};
  Holds& holds = state_->holds;
  if (!holds.entered()) return;
  for (std::size_t i = 0; i < entry.attempts.size(); ++i) {
    const ledger::Attempt& one = entry.attempts[i];
    if (one.judged.discarded) {
      holds.settle_on_leaving(i, actual_of(one.judged.usage, one.judged.cost));
    } else if (one.status >= 400) {
      holds.settle_on_leaving(i, {.nanos = 0, .tokens = 0});
    } else if (model_ >= 0 && i == attempt_) {
      const route::Model& model = snapshot_->market.model(static_cast<route::ModelIndex>(model_));
      const auto cost = relay_ != nullptr ? answer_cost_ : cost_with(model, state_->request, entry.usage);
      holds.settle_on_leaving(i, actual_of(entry.usage, cost));
    }
  }
  holds.leave();
  entry.key = caller_.key->name;
  entry.bill.owner = caller_.key->owner;
  entry.bill.reserved = holds.reserved();
  entry.bill.charged = holds.charged();
  entry.bill.charged_tokens = holds.charged_tokens();
  if (given_again_ && !entry.bill.charged) {
    entry.bill.charged = base::Money{};
    entry.bill.charged_tokens = 0;
  }
}

}  // namespace pointsman::gateway
