// The seams between the gateway and whatever keeps its entries.
// Declared here, implemented by one driver each; see the drivers for their threads.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/entry.h"

namespace pointsman::ledger {

// Write side; one Sink per worker thread, used only from that thread.
//
// Once append() has returned, the entry survives the death of the process (not yet a power cut); the store's own writer
// makes it durable shortly after. Nothing is ever dropped silently: reserve() is asked before a request is admitted,
// and says no when there is no room, so that append() always has room.
class Sink {
 public:
  virtual ~Sink() = default;
  // Makes room for one entry, or fails with kOverloaded. Each success is followed by exactly one append() or release().
  virtual base::Result<void> reserve() = 0;
  virtual void release() = 0;
  virtual void append(const Entry& entry) = 0;
};

struct Filter {
  std::optional<base::WallTime> since;
  std::optional<base::WallTime> until;
  std::string category;
  std::string model;
  std::string stage;
  std::string key;  // its name, as in Entry::key
  std::optional<Outcome> outcome;
  std::optional<base::Uuid> before;  // ids below that one
  bool only_fallback = false;
  std::size_t limit = 50;
  bool newest_first = true;
};

// Read side, for the command line and the dashboard; never on the request path.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual base::Result<std::optional<Entry>> find(const base::Uuid& id) = 0;
  // Calls `each` until it returns false.
  virtual base::Result<void> scan(const Filter& filter, const std::function<bool(const Entry&)>& each) = 0;
  // The policy document stored under that content hash, for replaying decisions.
  virtual base::Result<std::optional<std::string>> policy(std::string_view version) = 0;
};

}  // namespace pointsman::ledger
