#include "gateway/record.h"

namespace pointsman::gateway {

void record_opinion(const Snapshot& snapshot, const Decision& decision, ledger::Entry& out) {
  const classify::Opinion& opinion = decision.evidence.opinion;
  const OpinionNote& note = decision.opinion;
  if (opinion.outcome == classify::OpinionOutcome::kNone) return;
  ledger::Consultation& asked = out.consultation;
  asked.outcome = to_string(opinion.outcome);
  if (opinion.outcome == classify::OpinionOutcome::kNotNeeded) return;
  asked.model = snapshot.consultant->model();
  asked.prompt_version = snapshot.consultant->prompt_version();
  if (opinion.usable()) asked.source = to_string(opinion.source);
  asked.probabilities = opinion.probabilities;
  asked.offered.assign(opinion.offered.begin(), opinion.offered.end());
  asked.coverage = opinion.coverage;
  asked.none_offered = opinion.none_offered;
  asked.cached = opinion.cached;
  asked.hedged = note.hedged;
  asked.usage = note.usage;
  asked.cost = note.cost;
  asked.took = std::chrono::duration_cast<std::chrono::microseconds>(note.took);
}

void record_recalled(const Snapshot& snapshot, const Decision& decision, ledger::Entry& out) {
  const classify::Recollection& recalled = decision.evidence.recalled;
  if (!recalled.said()) return;
  out.recalled.decision = recalled.decision;
  if (recalled.category >= 0) {
    out.recalled.category = snapshot.policy.categories[static_cast<std::size_t>(recalled.category)].name;
  }
  out.recalled.likeness = recalled.likeness;
  out.recalled.memory = recalled.memory;
}

}  // namespace pointsman::gateway
