#include "admin/label_set.h"

#include <algorithm>

#include "admin/report.h"
#include "config/policy.h"

namespace pointsman::admin {
namespace {

using base::Result;
using ledger::Entry;
using ledger::Feedback;

bool is_in(const Feedback& said, LabelSet set) {
  switch (set) {
    case LabelSet::kSlice:
      return said.slice > 0;
    case LabelSet::kGolden:
      return said.golden;
    case LabelSet::kAll:
      return true;
  }
  return false;
}

}  // namespace

Result<const std::vector<std::string>*> CategoryNames::of(const std::string& policy_version) {
  const auto [at, fresh] = names_.try_emplace(policy_version);
  if (!fresh) return &at->second;
  PM_TRY(const std::optional<std::string> document, ledger_.policy(policy_version));
  if (!document) return &at->second;
  if (const auto policy = config::read_policy(*document)) {
    for (const config::PolicyCategory& one : policy->categories) at->second.push_back(one.name);
  }
  return &at->second;
}

Result<std::map<base::Uuid, LabelledGuess>> read_labels(Call& call, const LabelChoice& choice) {
  PM_TRY(ledger::Reader * ledger, call.books.ledger());
  PM_TRY(ledger::FeedbackStore * store, call.books.feedback());
  CategoryNames names(*ledger);
  const base::Uuid since = base::Uuid::at(choice.range.since);
  const base::Uuid until = base::Uuid::at(choice.range.until);
  std::map<base::Uuid, LabelledGuess> out;
  Result<void> looked_up;
  PM_CHECK(store->scan([&](const Feedback& said, const Entry& about) {
    if (said.signal != ledger::Signal::kNone || !said.labels() || !is_in(said, choice.set)) return true;
    if (about.id < since || about.id >= until || about.probabilities.empty()) return true;
    if (!choice.category.empty() && about.category != choice.category) return true;
    if (!about.classifier_version.starts_with(choice.classifier)) return true;
    const auto known = names.of(about.policy_version);
    if (!known) {
      looked_up = base::fail(known.error());
      return false;
    }
    const auto top = std::ranges::max_element(about.probabilities) - about.probabilities.begin();
    const auto index = static_cast<std::size_t>(top);
    if (index >= (*known)->size()) return true;
    out[about.id] = {.truth = said.category, .predicted = (**known)[index], .confidence = about.probabilities[index]};
    return call.wanted();
  }));
  PM_CHECK(looked_up);
  PM_CHECK(still_wanted(call));
  return out;
}

}  // namespace pointsman::admin
