// The policy document: everything of the configuration that decisions depend on, as canonical JSON. The ledger keeps it
// under its content hash, so that `explain` can replay a decision long after the configuration has changed. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "classify/category.h"
#include "classify/combination.h"
#include "config/config.h"
#include "route/continuity.h"
#include "route/model.h"

namespace pointsman::config {

struct PolicyCategory {
  std::string name;
  std::string description;
  float threshold = 0;
  std::vector<std::string> models;
  bool certified = false;
  float pooled_threshold = 2;  // of both opinions together, where a small model is asked
  route::Strategy strategy = route::Strategy::kPrice;
  std::vector<route::Weight> weights;
};

// Examples are not part of it: they act through the classifier, whose own version is in each ledger entry.
struct Policy {
  std::string router;  // the model name that is routed
  std::vector<RouterStage> stages;
  std::vector<PolicyCategory> categories;
  std::vector<classify::Rule> rules;
  std::vector<std::string> fallback;
  std::vector<route::Model> models;
  std::int64_t expected_output_tokens = 0;
  classify::Combination opinions;  // what a small model's opinion is worth
  // When conversations stay with their model. Its lifetime is in each entry: as what was still cached.
  route::AffinityRules affinity;
};

route::AffinityRules affinity_rules(const AffinityConfig& config);

// Call after overlay(), so that it holds the facts decisions were made with.
Policy policy_of(const Config& config);

// Equal policies give equal bytes.
std::string policy_document(const Policy& policy);
// SHA-256 of the document in hex: the ledger's policy version.
std::string policy_version(std::string_view document);
// kParse or kInvalidArgument when it is not such a document; at() names the place as a JSON pointer.
base::Result<Policy> read_policy(std::string_view document);

}  // namespace pointsman::config
