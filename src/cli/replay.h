// Makes a recorded decision again (I4): the policy of that time, the evidence and the health that the ledger kept.
//
// Pure. What comes out must be what was recorded; every difference is named.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/policy.h"
#include "ledger/entry.h"
#include "llm/chat_request.h"
#include "route/ranking.h"

namespace pointsman::cli {

struct Replay {
  config::Policy policy;
  route::Market market;
  classify::Verdict verdict;
  route::Ranked ranked;  // no candidates: nobody could answer
  // "stage: recorded local, again rule"; empty: the same decision.
  std::vector<std::string> differences;

  bool same() const { return differences.empty(); }
};

// What the ledger keeps of the small model's opinion.
classify::Opinion recorded_opinion(const ledger::Consultation& asked);

// What people had corrected, in that policy's categories; nothing where it named one that the policy does not have.
classify::Recollection recorded_recollection(const ledger::Recall& recalled, const config::Policy& policy);

// What the entry says the request demanded.
llm::Requirements recorded_needs(const ledger::Entry& entry);

// Fails when the document cannot be read as a policy, or names what it does not hold.
base::Result<Replay> replay(const ledger::Entry& entry, std::string_view policy_document);

}  // namespace pointsman::cli
