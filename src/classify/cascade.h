// Who decides: the client's header, else the first matching rule, else what people corrected of a request like it, else
// the local classifier if it is sure enough, else the classifier and a small language model together if they are, else
// nobody, and the request goes to the fallback model. A certified threshold counts only while requests look like those
// it was made from, and only for probabilities that came about as those did.
//
// While any threshold is certified, corrections decide for no category: nothing was proved of them. They may only take
// away: where people named another category than the classifier does, or none of them, the fallback answers. So every
// request that is kept from the fallback is one that the certified thresholds alone would have kept, too, and there are
// no more mistakes among them than were promised of all requests.
//
// decide() is a pure function of the evidence and the configuration. The ledger stores the evidence, so any verdict can
// be decided again (I4). Doubt never routes down (I9): no classifier, an error, numbers that are not a distribution, or
// probability below the category's threshold all end in Stage::kFallback. Immutable; const methods may run
// concurrently.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "classify/category.h"
#include "classify/combination.h"
#include "classify/verdict.h"

namespace pointsman::classify {

// Everything a verdict depends on besides the configuration.
struct Evidence {
  std::string route_header;            // value of x-pointsman-route; empty if the client sent none
  std::vector<std::string> rule_hits;  // names of all rules that matched, in the configuration's order
  // One per category, in the configuration's order, as Cascade::project gives them; empty when the classifier did not
  // run.
  std::vector<float> probabilities;
  // Requests have stopped looking like those that the certificate was made from (shift.h).
  bool shift = false;
  // The certificate is about the classifier with its encoder, whose opinion was wanted here and did not come.
  bool unheard = false;
  std::string classifier_error;  // why there are no probabilities; empty if there simply is no classifier
  Opinion opinion;               // of the small model
  Recollection recalled;         // of what people corrected
};

class Cascade {
 public:
  // kInvalidArgument, everything wrong listed at once: a name twice, a threshold outside [0, 1] (a
  // certified one may be kNeverKeep), a rule for a category
  // that does not exist. Without categories everything goes to the fallback.
  static base::Result<Cascade> create(std::vector<Category> categories, const std::vector<Rule>& rules);

  // What a small model's opinion is worth beside the classifier's. Without it none counts.
  void weigh_opinions(Combination combination) { combination_ = std::move(combination); }

  // Only an unknown category in the header is an error (kInvalidArgument, naming the known ones).
  base::Result<Verdict> decide(const Evidence& evidence) const;

  const std::vector<Category>& categories() const { return categories_; }
  // Index of the category, or -1.
  int find(std::string_view name) const;

 private:
  struct RuleTarget {
    std::string rule;
    int category = 0;
  };
  std::string problems(const std::vector<Rule>& rules) const;
  Verdict decided(int category, Stage stage, std::string reason, const Evidence& evidence) const;
  void keep_evidence(const Evidence& evidence, Verdict& verdict) const;
  Verdict decide_by_classifier(const Evidence& evidence) const;
  // What people said of a request like it, where that decides; nothing where the classifier is to be heard.
  std::optional<Verdict> decide_by_correction(const Evidence& evidence) const;
  // A verdict that the classifier could not make, made by both opinions together if they are sure enough.
  void settle_by_opinion(const Evidence& evidence, Verdict& verdict) const;

  std::vector<Category> categories_;
  std::vector<RuleTarget> rules_;
  Combination combination_;
  bool certified_ = false;  // any category's threshold
};

// Carries probabilities from a classifier's categories to the configured ones, by name.
//
// A configured category that the classifier does not know gets 0. Probability of categories that are not configured is
// left out, so the result may sum to less than 1: that mass is doubt, not evidence for anything configured.
class Projection {
 public:
  Projection(const Cascade& cascade, const std::vector<std::string>& classifier_categories);

  std::vector<float> apply(std::span<const float> classifier_probabilities) const;
  // Configured categories that this classifier can never choose.
  const std::vector<std::string>& unknown_to_classifier() const { return unknown_; }

 private:
  std::vector<int> target_;  // of each of the classifier's categories; -1 if not configured
  std::vector<std::string> unknown_;
  std::size_t size_ = 0;
};

// The evidence behind a verdict, from what the ledger keeps of it: decide(recorded_evidence(header, verdict)) gives the
// same verdict again under the same configuration.
Evidence recorded_evidence(std::string route_header, const Verdict& verdict);

}  // namespace pointsman::classify
