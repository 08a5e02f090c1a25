#include "cli/what_if.h"

#include <algorithm>

#include "ledger/total_cost.h"

namespace pointsman::cli {
namespace {

using classify::Stage;
using ledger::Entry;

constexpr std::string_view kFallback = "fallback";

bool by_classifier(Stage stage) {
  return stage == Stage::kLocal || stage == Stage::kLlm;
}
bool by_classifier(std::string_view stage) {
  return stage == to_string(Stage::kLocal) || stage == to_string(Stage::kLlm);
}

}  // namespace

std::size_t WhatIfReport::skipped() const {
  std::size_t sum = 0;
  for (const std::size_t count : not_replayed) sum += count;
  return sum;
}

WhatIf::WhatIf(WhatIfChange change, Redecider::PolicySource policies)
    : redecider_(std::move(change), std::move(policies)) {
  const auto& classifier = redecider_.change().classifier;
  report_.without_encoder = classifier && classifier->encoder() != nullptr;
}

learn::PricedCall& WhatIf::remember(const Entry& entry) {
  const auto version = std::ranges::find(versions_, entry.classifier_version);
  const auto number = static_cast<std::uint32_t>(version - versions_.begin());
  if (version == versions_.end()) versions_.push_back(entry.classifier_version);
  calls_.push_back({.conversation = entry.conversation, .at = entry.started, .version = number});
  return calls_.back();
}

void WhatIf::add_earlier(const Entry& entry) {
  remember(entry);
}

void WhatIf::add(const Entry& entry) {
  ++report_.entries;
  if (!first_) first_ = entry.started;
  learn::PricedCall& call = remember(entry);
  call.cost = ledger::total_cost(entry);
  const auto again = redecider_.decide(entry);
  if (!again) {
    const NotReplayed why = again.error();
    ++report_.not_replayed[static_cast<std::size_t>(why)];
    const bool nothing_to_decide = why == NotReplayed::kNamedByClient || why == NotReplayed::kNobody;
    if (nothing_to_decide) call.other_cost = call.cost;
    return;
  }
  ++report_.replayed;
  count(entry, *again, call);
  count_notes(entry, *again);
  count_mistakes(entry, *again);
}

void WhatIf::count(const Entry& entry, const Again& again, learn::PricedCall& call) {
  const OtherDecision other = other_decision(entry, again);
  const bool same = other.same_model_first;
  call.other_cost = costs_.of(entry, other);
  if (!call.cost) ++report_.happened.unknown;
  if (!call.other_cost) ++report_.other.unknown;
  if (call.cost && call.other_cost) {
    ++report_.priced;
    report_.happened.money += *call.cost;
    report_.other.money += *call.other_cost;
  }
  const std::string before = entry.stage == kFallback ? "" : entry.category;
  const std::string after = again.category();
  report_.other_category += before != after;
  report_.other_model += !same;
  ++(before.empty() ? report_.happened.in_doubt : report_.happened.categories[before]);
  ++(after.empty() ? report_.other.in_doubt : report_.other.categories[after]);
  ++report_.happened.models[entry.model];
  ++report_.other.models[same ? entry.model : again.first().name];
}

void WhatIf::count_notes(const Entry& entry, const Again& again) {
  const bool not_needed = entry.consultation.outcome == to_string(classify::OpinionOutcome::kNotNeeded);
  report_.without_text += again.without_text;
  report_.not_asked += not_needed && again.decided.verdict.stage == Stage::kFallback;
  const bool held = again.decided.ranked.strategy == route::Strategy::kEscalate;
  const bool was_held = entry.order.strategy == to_string(route::Strategy::kEscalate);
  report_.not_judged += held && !was_held;
}

// Each side's decisions by the probabilities they were made from, and by the other side's.
void WhatIf::count_mistakes(const Entry& entry, const Again& again) {
  const classify::Verdict& verdict = again.decided.verdict;
  const auto judged_by = [](std::span<const float> probabilities, int category) {
    return static_cast<double>(probabilities[static_cast<std::size_t>(category)]);
  };
  if (by_classifier(entry.stage)) {
    ++report_.happened.by_classifier;
    if (entry.probability) report_.happened.mistakes.add(static_cast<double>(*entry.probability));
    const int category = again.policy->cascade().find(entry.category);
    const bool both = again.other_probabilities && category >= 0 && !verdict.probabilities.empty();
    if (both) report_.happened.second_opinion.add(judged_by(verdict.probabilities, category));
  }
  if (!by_classifier(verdict.stage)) return;
  ++report_.other.by_classifier;
  if (verdict.probability) report_.other.mistakes.add(static_cast<double>(*verdict.probability));
  const bool recorded = entry.probabilities.size() == again.policy->cascade().categories().size();
  if (again.other_probabilities && recorded) {
    report_.other.second_opinion.add(judged_by(entry.probabilities, verdict.category));
  }
}

void WhatIf::count_conversations(learn::CallTime now, std::chrono::microseconds gap) {
  auto all = learn::conversations_of(calls_, now, gap);
  if (first_) std::erase_if(all, [&](const learn::Conversation& one) { return one.begin < *first_; });
  report_.conversations = learn::money_of(all, {.compared = redecider_.change().anything()});
  for (std::size_t i = 0; i < versions_.size(); ++i) {
    const auto money = learn::money_of_version(all, static_cast<std::uint32_t>(i));
    if (money.finished > 0) report_.versions.emplace_back(versions_[i], money);
  }
}

WhatIfReport WhatIf::finish(learn::CallTime now, std::chrono::microseconds gap) {
  report_.cache_lost = costs_.cache_lost();
  report_.unknown_categories = redecider_.unknown_categories();
  count_conversations(now, gap);
  return std::move(report_);
}

}  // namespace pointsman::cli
