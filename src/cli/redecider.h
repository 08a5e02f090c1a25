// Decides recorded requests again under other thresholds or another classifier.
//
// Each request is decided under the policy of its time, with what is changed; nobody is asked. What the ledger does not
// hold is not made up: what cannot be decided again is given back with its reason. One thread.
#pragma once

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "classify/classifier.h"
#include "cli/recorded_policy.h"

namespace pointsman::cli {

struct WhatIfChange {
  std::optional<float> threshold;                          // of every category
  std::vector<std::pair<std::string, float>> thresholds;   // of these; over the one above
  std::shared_ptr<const classify::Classifier> classifier;  // null: probabilities stay as recorded
  bool reads_text = false;  // the classifier has views that need the text itself, not its features alone

  bool anything() const { return threshold || !thresholds.empty() || classifier; }
};
// The same threshold for all categories: 0 keeps every decision, classify::kNeverKeep none.
WhatIfChange at_threshold(float threshold);

// Why an entry is not decided again.
enum class NotReplayed : std::uint8_t {
  kNamedByClient,  // there was nothing to decide
  kNobody,         // no model could answer
  kNoPolicy,       // the ledger does not hold, or cannot read, the policy of that time
  kNoText,         // another classifier needs the text or its features, and neither was kept
  kFailed,         // the other classifier or the policy failed on it
};
inline constexpr std::size_t kNotReplayedReasons = 5;
std::string_view describe(NotReplayed why);  // in words
std::string_view key_of(NotReplayed why);    // "no_text"

// One request, decided again.
struct Again {
  const RecordedPolicy* policy = nullptr;  // with what was changed; belongs to the Redecider
  Redecided decided;                       // with a candidate at least
  bool other_probabilities = false;        // of another classifier than the one that decided
  bool without_text = false;               // which saw the features alone, and would have looked at the text

  const route::Model& first() const { return policy->market().model(decided.ranked.candidates.front().model); }
  std::string category() const;  // empty in doubt
};

class Redecider {
 public:
  // The policy document kept under a version, as ledger::Reader::policy gives it.
  using PolicySource = std::function<base::Result<std::optional<std::string>>(std::string_view version)>;

  Redecider(WhatIfChange change, PolicySource policies);

  std::expected<Again, NotReplayed> decide(const ledger::Entry& entry);

  const WhatIfChange& change() const { return change_; }
  // Categories that the change names and no policy so far has.
  std::vector<std::string> unknown_categories() const;

 private:
  struct Policy {  // one version, with the thresholds changed
    RecordedPolicy recorded;
    std::optional<classify::Projection> projection;  // of the other classifier
  };
  const Policy* policy_of(const std::string& version);
  std::unique_ptr<Policy> load(const std::string& version);
  void apply_thresholds(config::Policy& policy);
  base::Result<std::vector<float>> classify(const ledger::Entry& entry, const Policy& policy);

  WhatIfChange change_;
  PolicySource source_;
  std::unique_ptr<classify::Scratch> scratch_;
  std::map<std::string, std::unique_ptr<Policy>> policies_;  // null: not to be had
  std::set<std::string> named_;                              // categories of the change that some policy has
};

}  // namespace pointsman::cli
