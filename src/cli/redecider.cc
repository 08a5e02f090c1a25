#include "cli/redecider.h"

#include <array>

namespace pointsman::cli {
namespace {

using base::Result;
using classify::Stage;
using ledger::Entry;

constexpr std::string_view kPassthrough = "passthrough";

constexpr std::array<std::string_view, kNotReplayedReasons> kReasons = {
    "the client named the model", "no model could answer", "the policy of that time is not kept",
    "neither the text nor its features were kept, and another classifier needs them",
    "the classifier or the policy failed on it"};
constexpr std::array<std::string_view, kNotReplayedReasons> kKeys = {"named_by_client", "nobody", "no_policy",
                                                                     "no_text", "failed"};

bool decided_before_classifying(const Entry& entry) {
  return !entry.route_header.empty() || entry.stage == to_string(Stage::kRule) ||
         entry.stage == to_string(Stage::kMemory);
}

}  // namespace

WhatIfChange at_threshold(float threshold) {
  WhatIfChange out;
  out.threshold = threshold;
  return out;
}

std::string_view describe(NotReplayed why) {
  return kReasons[static_cast<std::size_t>(why)];
}

std::string_view key_of(NotReplayed why) {
  return kKeys[static_cast<std::size_t>(why)];
}

std::string Again::category() const {
  const classify::Verdict& verdict = decided.verdict;
  if (verdict.stage == Stage::kFallback || verdict.category < 0) return "";
  return policy->policy().categories[static_cast<std::size_t>(verdict.category)].name;
}

Redecider::Redecider(WhatIfChange change, PolicySource policies)
    : change_(std::move(change)), source_(std::move(policies)) {
  if (change_.classifier) scratch_ = change_.classifier->make_scratch();
}

std::vector<std::string> Redecider::unknown_categories() const {
  std::vector<std::string> out;
  for (const auto& [name, value] : change_.thresholds) {
    if (!named_.contains(name)) out.push_back(name);
  }
  return out;
}

// A threshold somebody asks about is no certificate; but only a certified category may keep nothing at all.
void Redecider::apply_thresholds(config::Policy& policy) {
  for (config::PolicyCategory& category : policy.categories) {
    std::optional<float> threshold = change_.threshold;
    for (const auto& [name, value] : change_.thresholds) {
      if (name != category.name) continue;
      threshold = value;
      named_.insert(name);
    }
    if (!threshold) continue;
    category.threshold = *threshold;
    category.certified = *threshold > 1;
  }
}

std::unique_ptr<Redecider::Policy> Redecider::load(const std::string& version) {
  const auto document = source_(version);
  if (!document || !*document) return nullptr;
  auto policy = config::read_policy(**document);
  if (!policy) return nullptr;
  apply_thresholds(*policy);
  auto recorded = RecordedPolicy::make(std::move(*policy));
  if (!recorded) return nullptr;
  std::optional<classify::Projection> projection;
  if (change_.classifier) projection.emplace(recorded->cascade(), change_.classifier->categories());
  return std::make_unique<Policy>(Policy{std::move(*recorded), std::move(projection)});
}

const Redecider::Policy* Redecider::policy_of(const std::string& version) {
  const auto [found, fresh] = policies_.try_emplace(version);
  if (fresh) found->second = load(version);
  return found->second.get();
}

// Features are what a classifier sees of the text, the message before and the tools. Without them the text and the
// message before must do; tools count as one.
Result<std::vector<float>> Redecider::classify(const Entry& entry, const Policy& policy) {
  std::vector<float> raw(change_.classifier->categories().size());
  const bool tools = llm::CapabilitySet::from_bits(entry.capabilities).has(llm::Capability::kTools);
  const classify::Input input{.text = entry.text,
                              .context = entry.context,
                              .tools = tools ? 1 : 0,
                              .features = entry.text.empty() ? std::span<const text::Feature>(entry.features)
                                                             : std::span<const text::Feature>()};
  PM_CHECK(change_.classifier->classify(input, *scratch_, raw));
  return policy.projection->apply(raw);
}

std::expected<Again, NotReplayed> Redecider::decide(const Entry& entry) {
  if (entry.stage == kPassthrough) return std::unexpected(NotReplayed::kNamedByClient);
  if (entry.candidates.empty()) return std::unexpected(NotReplayed::kNobody);
  const Policy* policy = policy_of(entry.policy_version);
  if (policy == nullptr) return std::unexpected(NotReplayed::kNoPolicy);
  Again out{.policy = &policy->recorded, .decided = {}};
  classify::Evidence evidence = recorded_evidence(entry, policy->recorded.policy());
  const bool other = change_.classifier && change_.classifier->version() != entry.classifier_version;
  const bool legible = !entry.text.empty() || !entry.features.empty();
  if (other && !legible && !decided_before_classifying(entry)) return std::unexpected(NotReplayed::kNoText);
  if (other && legible) {
    auto probabilities = classify(entry, *policy);
    if (!probabilities) return std::unexpected(NotReplayed::kFailed);
    evidence.probabilities = std::move(*probabilities);
    evidence.classifier_error.clear();
    evidence.unheard = false;
    out.other_probabilities = true;
    out.without_text = change_.reads_text && entry.text.empty();
  }
  auto decided = policy->recorded.decide(entry, evidence);
  if (!decided) return std::unexpected(NotReplayed::kFailed);
  if (decided->ranked.candidates.empty()) return std::unexpected(NotReplayed::kNobody);
  out.decided = std::move(*decided);
  return out;
}

}  // namespace pointsman::cli
