// Listens for what other replicas change in the ledger (LISTEN/NOTIFY) and holds the lock of the one that leads, on a
// thread and a connection of its own.
//
// A session that died gives its lock back, so a leader that is gone is replaced within kBeat of the server's noticing.
// The thread asks the server something every kBeat, so that it knows when it has been cut off; then it leads no more,
// says that changes may have been missed, and connects anew.
#pragma once

#include <chrono>
#include <memory>

#include "ledger/change_feed.h"
#include "ledger_postgres/target.h"

namespace pointsman::ledger_postgres {

inline constexpr std::chrono::milliseconds kBeat{500};

enum class Leading : std::uint8_t { kYes, kNo };  // whether it tries to

// Never fails: it goes on trying. Ended by its destructor, which waits for at most the target's timeout.
std::unique_ptr<ledger::ChangeFeed> listen_for_changes(Target target, Leading leading = Leading::kYes);

}  // namespace pointsman::ledger_postgres
