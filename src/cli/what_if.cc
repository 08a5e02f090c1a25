#include "cli/what_if.h"

#include <algorithm>

namespace pointsman::cli {
namespace {

using base::Result;
using classify::Stage;
using ledger::Entry;

constexpr std::string_view kPassthrough = "passthrough";
constexpr std::string_view kFallback = "fallback";

constexpr std::array<std::string_view, kNotReplayedReasons> kReasons = {
    "the client named the model", "no model could answer", "the policy of that time is not kept",
    "the text was not kept, which another classifier needs", "the classifier or the policy failed on it"};

bool by_classifier(Stage stage) {
  return stage == Stage::kLocal || stage == Stage::kLlm;
}
bool by_classifier(std::string_view stage) {
  return stage == to_string(Stage::kLocal) || stage == to_string(Stage::kLlm);
}

bool decided_before_classifying(const Entry& entry) {
  return !entry.route_header.empty() || entry.stage == to_string(Stage::kRule);
}

}  // namespace

struct WhatIf::Policy {
  RecordedPolicy recorded;
  std::optional<classify::Projection> projection;  // of the other classifier
};

struct WhatIf::Again {
  const Policy* policy = nullptr;
  Redecided decided;
  bool other_probabilities = false;  // of another classifier than the one that decided

  const route::Model& first() const { return policy->recorded.market().model(decided.ranked.candidates.front().model); }
  // Empty in doubt.
  std::string category() const {
    const classify::Verdict& verdict = decided.verdict;
    if (verdict.stage == Stage::kFallback || verdict.category < 0) return "";
    return policy->recorded.policy().categories[static_cast<std::size_t>(verdict.category)].name;
  }
};

std::string_view describe(NotReplayed why) {
  return kReasons[static_cast<std::size_t>(why)];
}

std::size_t WhatIfReport::skipped() const {
  std::size_t sum = 0;
  for (const std::size_t count : not_replayed) sum += count;
  return sum;
}

WhatIf::WhatIf(WhatIfChange change, PolicySource policies)
    : change_(std::move(change)), policies_(std::move(policies)) {
  if (!change_.classifier) return;
  scratch_ = change_.classifier->make_scratch();
  report_.without_encoder = change_.classifier->encoder() != nullptr;
}

WhatIf::~WhatIf() = default;

// A threshold somebody asks about is no certificate.
void WhatIf::apply_thresholds(config::Policy& policy) {
  for (config::PolicyCategory& category : policy.categories) {
    std::optional<float> threshold = change_.threshold;
    for (const auto& [name, value] : change_.thresholds) {
      if (name != category.name) continue;
      threshold = value;
      named_.insert(name);
    }
    if (!threshold) continue;
    category.threshold = *threshold;
    category.certified = false;
  }
}

std::unique_ptr<WhatIf::Policy> WhatIf::load(const std::string& version) {
  const auto document = policies_(version);
  if (!document || !*document) return nullptr;
  auto policy = config::read_policy(**document);
  if (!policy) return nullptr;
  apply_thresholds(*policy);
  auto recorded = RecordedPolicy::make(std::move(*policy));
  if (!recorded) return nullptr;
  std::optional<classify::Projection> projection;
  if (change_.classifier) projection.emplace(recorded->cascade(), change_.classifier->categories());
  return std::make_unique<Policy>(std::move(*recorded), std::move(projection));
}

const WhatIf::Policy* WhatIf::policy_of(const std::string& version) {
  const auto [found, fresh] = policies_seen_.try_emplace(version);
  if (fresh) found->second = load(version);
  return found->second.get();
}

// The message before and the number of tools are not kept: the context is left out, and tools count as one.
Result<std::vector<float>> WhatIf::classify(const Entry& entry, const Policy& policy) {
  std::vector<float> raw(change_.classifier->categories().size());
  const bool tools = llm::CapabilitySet::from_bits(entry.capabilities).has(llm::Capability::kTools);
  PM_CHECK(change_.classifier->classify({.text = entry.text, .tools = tools ? 1 : 0}, *scratch_, raw));
  return policy.projection->apply(raw);
}

std::optional<NotReplayed> WhatIf::decide(const Entry& entry, Again& out) {
  if (entry.stage == kPassthrough) return NotReplayed::kNamedByClient;
  if (entry.candidates.empty()) return NotReplayed::kNobody;
  out.policy = policy_of(entry.policy_version);
  if (out.policy == nullptr) return NotReplayed::kNoPolicy;
  classify::Evidence evidence = recorded_evidence(entry);
  const bool other = change_.classifier && change_.classifier->version() != entry.classifier_version;
  if (other && entry.text.empty() && !decided_before_classifying(entry)) return NotReplayed::kNoText;
  if (other && !entry.text.empty()) {
    auto probabilities = classify(entry, *out.policy);
    if (!probabilities) return NotReplayed::kFailed;
    evidence.probabilities = std::move(*probabilities);
    evidence.classifier_error.clear();
    evidence.unheard = false;
    out.other_probabilities = true;
  }
  auto decided = out.policy->recorded.decide(entry, evidence);
  if (!decided) return NotReplayed::kFailed;
  if (decided->ranked.candidates.empty()) return NotReplayed::kNobody;
  out.decided = std::move(*decided);
  return std::nullopt;
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
  call.cost = cost_as_happened(entry);
  Again again;
  if (const auto why = decide(entry, again)) {
    ++report_.not_replayed[static_cast<std::size_t>(*why)];
    const bool nothing_to_decide = *why == NotReplayed::kNamedByClient || *why == NotReplayed::kNobody;
    if (nothing_to_decide) call.other_cost = call.cost;
    return;
  }
  ++report_.replayed;
  count(entry, again, call);
  count_notes(entry, again);
  count_mistakes(entry, again);
}

void WhatIf::count(const Entry& entry, const Again& again, learn::PricedCall& call) {
  const bool same = again.first().name == entry.candidates.front();
  const route::Market& market = again.policy->recorded.market();
  const auto answered = market.find(entry.model);
  const route::Model* as_before = answered ? &market.model(*answered) : nullptr;
  const Stage stage = again.decided.verdict.stage;
  call.other_cost = costs_.of(entry, {.same_model_first = same,
                                      .model = same ? as_before : &again.first(),
                                      .small_model_asked = stage == Stage::kLlm || stage == Stage::kFallback});
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
    const int category = again.policy->recorded.cascade().find(entry.category);
    const bool both = again.other_probabilities && category >= 0 && !verdict.probabilities.empty();
    if (both) report_.happened.second_opinion.add(judged_by(verdict.probabilities, category));
  }
  if (!by_classifier(verdict.stage)) return;
  ++report_.other.by_classifier;
  if (verdict.probability) report_.other.mistakes.add(static_cast<double>(*verdict.probability));
  const bool recorded = entry.probabilities.size() == again.policy->recorded.cascade().categories().size();
  if (again.other_probabilities && recorded) {
    report_.other.second_opinion.add(judged_by(entry.probabilities, verdict.category));
  }
}

void WhatIf::count_conversations(learn::CallTime now, std::chrono::microseconds gap) {
  auto all = learn::conversations_of(calls_, now, gap);
  if (first_) std::erase_if(all, [&](const learn::Conversation& one) { return one.begin < *first_; });
  report_.conversations = learn::money_of(all, {.compared = change_.anything()});
  for (std::size_t i = 0; i < versions_.size(); ++i) {
    const auto money = learn::money_of_version(all, static_cast<std::uint32_t>(i));
    if (money.finished > 0) report_.versions.emplace_back(versions_[i], money);
  }
}

WhatIfReport WhatIf::finish(learn::CallTime now, std::chrono::microseconds gap) {
  report_.cache_lost = costs_.cache_lost();
  for (const auto& [name, value] : change_.thresholds) {
    if (!named_.contains(name)) report_.unknown_categories.push_back(name);
  }
  count_conversations(now, gap);
  return std::move(report_);
}

}  // namespace pointsman::cli
