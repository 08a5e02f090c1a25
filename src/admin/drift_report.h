// Drift as the ledger tells it: the first requests of conversations since some time, against the profile that the
// gateway keeps of those that its classifier saw when it went live (drift-<version>.profile beside the ledger).
//
// The running gateway has a monitor of its own, which raises alarms as requests come; this one sees the same kind of
// requests from a stretch of the past, and draws its lots from their ids, so that it says the same each time. Input
// groups need texts and are left out where a text was not kept. One thread.
#pragma once

#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "json/writer.h"
#include "ledger/entry.h"
#include "text/tokens.h"
#include "watch/drift.h"

namespace pointsman::admin {

class DriftReport {
 public:
  // Nothing is watched where there is no profile of that classifier yet.
  DriftReport(const std::string& directory, const std::string& classifier, const std::vector<std::string>& categories);

  bool watches() const { return monitor_.has_value(); }
  // Oldest first. Other classifiers' decisions, and what is not the first of its conversation, are passed over.
  void see(const ledger::Entry& entry);
  // [DriftFinding, ...] of docs/admin-api.md.
  void write(json::Writer& out) const;

 private:
  std::string classifier_;
  std::optional<watch::DriftMonitor> monitor_;
  std::unordered_set<std::uint64_t> conversations_;
  text::Tokens tokens_;
  bool without_text_ = false;
};

}  // namespace pointsman::admin
