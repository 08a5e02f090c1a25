// A policy that the ledger kept, ready to decide recorded requests: its rules of decision, its models and their order.
//
// Immutable; the same entry and evidence always give the same decision.
#pragma once

#include "base/result.h"
#include "classify/cascade.h"
#include "config/policy.h"
#include "ledger/entry.h"
#include "llm/chat_request.h"
#include "route/ranking.h"

namespace pointsman::cli {

struct Redecided {
  classify::Verdict verdict;
  route::Ranked ranked;  // no candidates: nobody could answer
};

class RecordedPolicy {
 public:
  // Fails when the policy contradicts itself.
  static base::Result<RecordedPolicy> make(config::Policy policy);

  const config::Policy& policy() const { return policy_; }
  const route::Market& market() const { return market_; }
  const classify::Cascade& cascade() const { return cascade_; }

  // Decides the entry's request from `evidence`, with the health, the paces and the lot of that time. Fails with
  // kInvalidArgument when the entry's header names a category that the policy does not have.
  base::Result<Redecided> decide(const ledger::Entry& entry, const classify::Evidence& evidence) const;

 private:
  RecordedPolicy(config::Policy policy, route::Market market, classify::Cascade cascade)
      : policy_(std::move(policy)), market_(std::move(market)), cascade_(std::move(cascade)) {}

  config::Policy policy_;
  route::Market market_;
  classify::Cascade cascade_;
};

// The evidence that the entry's decision was made from, under the policy of that time.
classify::Evidence recorded_evidence(const ledger::Entry& entry, const config::Policy& policy);

// What people had corrected; nothing where they named a category that the policy does not have.
classify::Recollection recorded_recollection(const ledger::Recall& recalled, const config::Policy& policy);

// What the ledger keeps of the small model's opinion.
classify::Opinion recorded_opinion(const ledger::Consultation& asked);

// What the entry says the request demanded.
llm::Requirements recorded_needs(const ledger::Entry& entry);

}  // namespace pointsman::cli
