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

// Fails when the document cannot be read as a policy, or names what it does not hold.
base::Result<Replay> replay(const ledger::Entry& entry, std::string_view policy_document);

}  // namespace pointsman::cli
