// Which classifier serves: what `pointsman promote`, `rollback` and `withdraw` do, and the operators' API with them.
//
// Blocking: reads the ledger and the registry and runs classifiers over all that was labelled. One call, one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/candidate_gate.h"
#include "ledger/classifier_registry.h"

namespace pointsman::cli {

// What a promotion rests on; all of it outlives the call.
struct PromotionDesk {
  const config::Config& config;
  ledger::Reader& ledger;
  ledger::FeedbackStore& feedback;
  ledger::ClassifierRegistry& registry;
  const classify::LinearModel* seeds = nullptr;  // the configured classifier; null: none is
  base::WallTime now{};
  std::string who;
  int threads = 0;  // that the gate may use; 0: one for each core
  // Told what the gate found before anything follows from it; not for a shadow. May be empty.
  std::function<void(const learn::GateReport& report)> judged{};
};

struct Promotion {
  ledger::ClassifierVersion candidate;
  ledger::Role role = ledger::Role::kChampion;
  double share = 0.1;  // of the conversations, for a canary
  std::string force;   // promote whatever the gate says, for this reason; empty: as the gate says
  std::string reason;
  std::string certificate;  // documents that the candidate is to serve under; empty: what the gate proved
  std::string pairing;
  bool dry_run = false;
};

struct Promoted {
  GateRun gate;         // no checks for a shadow, which needs to pass none
  bool passes = false;  // the gate let it pass
  bool done = false;    // it has the role now
};

// Judges the candidate and, unless that was all or the gate refuses, gives it the role. A refusal is noted in the
// registry. kInvalidArgument if another process was faster, or where router.risk or router.llm promises what is not
// proved of the candidate.
base::Result<Promoted> promote(const Promotion& what, const PromotionDesk& desk);

// The champion's predecessor serves again; returns its version, empty for the configured classifier. `wanted`: a
// version or its beginning, or "configured"; empty: the one before. kNotFound, kInvalidArgument if it serves already.
base::Result<std::string> roll_back(ledger::ClassifierRegistry& registry, const std::string& wanted,
                                    const std::string& reason, const std::string& who, base::WallTime now);

// Nobody has the role any more; returns who had it. kNotFound if nobody had. A canary or a shadow.
base::Result<std::string> withdraw(ledger::ClassifierRegistry& registry, ledger::Role role, const std::string& reason,
                                   const std::string& who, base::WallTime now);

base::Result<std::shared_ptr<const classify::LinearModel>> open_version(ledger::ClassifierRegistry& registry,
                                                                        const std::string& version);
// The version that has the role; empty: none.
base::Result<std::string> holder_of(ledger::ClassifierRegistry& registry, ledger::Role role);

}  // namespace pointsman::cli
