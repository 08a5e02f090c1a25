// The seam to whatever keeps the record of what people did on the operators' listener: who signed in and who could not,
// and every change that no other record holds (keys and classifiers have their own).
//
// Implementations are used from one thread at a time, never from an event loop: a note waits for the disk. Nothing is
// ever changed or removed.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace pointsman::ledger {

struct AuditEvent {
  std::int64_t number = 0;  // from 1, in order; given by the store
  base::WallTime at{};
  std::string who;      // a user of the dashboard, or of the operating system
  std::string kind;     // "login", "login_refused", "logout", "reload", "training", ...
  std::string subject;  // what it was done to; may be empty
  std::string detail;   // for people
  std::string from;     // the address it came from, "command line" or "signal"
  bool operator==(const AuditEvent&) const = default;
};

struct AuditFilter {
  std::optional<base::WallTime> since;
  std::optional<base::WallTime> until;
  std::string who;
  std::string kind;
  std::int64_t before = std::numeric_limits<std::int64_t>::max();  // numbers below that one
  std::size_t limit = 200;
};

class AuditStore {
 public:
  virtual ~AuditStore() = default;
  // Survives a power cut once this has returned. The event's number is not looked at.
  virtual base::Result<void> note(const AuditEvent& event) = 0;
  // The newest first.
  virtual base::Result<std::vector<AuditEvent>> events(const AuditFilter& filter) = 0;
};

}  // namespace pointsman::ledger
