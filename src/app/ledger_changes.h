// When it is worth looking whether another process changed keys, classifiers or corrections; and whether this process
// is the one of several replicas that trains and ends trials.
//
// Belongs to the main thread. For a ledger in files looking is nearly free, and whoever serves from it leads. For one
// in a database the database tells (ledger/change_feed.h), somebody looks every second anyway, and nobody does while it
// does not answer, but for keys: what tells may lack a connection that others have, and a revoked key opens the door
// until somebody has looked.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>

#include "app/file_watch.h"
#include "base/clock.h"
#include "ledger/backend.h"

namespace pointsman::app {

class LedgerChanges {
 public:
  // A look waits for some seconds where nothing answers.
  static constexpr std::chrono::seconds kKeysAnyway{15};

  LedgerChanges(const ledger::Backend& backend, const base::Clock& clock);

  // Each forgets what it has said.
  bool keys() { return worth(kKeys); }
  bool classifiers() { return worth(kClassifiers); }
  bool corrections();
  bool leads() const { return !feed_ || feed_->leads(); }

 private:
  enum Follower : std::uint8_t { kKeys, kClassifiers, kCorrections, kFollowers };
  bool worth(Follower follower);

  const base::Clock& clock_;
  std::unique_ptr<ledger::ChangeFeed> feed_;  // null: nobody tells
  std::optional<FileWatch> file_;             // that changes with corrections
  std::array<bool, kFollowers> told_{};
  std::array<base::MonoTime, kFollowers> looked_{};
};

}  // namespace pointsman::app
