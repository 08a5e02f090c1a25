// The seam to whatever keeps feedback, with the decisions it speaks of; and who is at work on which.
//
// Implementations are used from one thread at a time, never from an event loop: add() waits for the disk. Several
// processes may have the same store open (the gateway, `pointsman label`, training).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/entry.h"
#include "ledger/feedback.h"

namespace pointsman::ledger {

struct Receipt {
  base::Uuid id;          // of what is kept
  bool repeated = false;  // the same idempotency key came before with the same content: nothing was added
};

// Whose traces to forget; what is empty or 0 is not looked at. At least one is set.
struct Whose {
  std::uint64_t user = 0;  // Entry::user
  std::string key;         // Entry::key
  std::string who;         // Feedback::who
};

// Feedback and the entry it speaks of.
struct Statement {
  Feedback feedback;
  Entry about;
};

class FeedbackStore {
 public:
  virtual ~FeedbackStore() = default;

  // Survives a power cut once this has returned. The entry is kept as it is given, the first time a decision is spoken
  // of. kInvalidArgument (origin client) when the idempotency key came before with another content.
  virtual base::Result<Receipt> add(const Feedback& feedback, const Entry& about) = 0;
  // As add() for each in turn: all of them or, where one fails, none. Unless a driver does better, each waits for the
  // disk by itself, and a crash in between leaves the first ones.
  virtual base::Result<std::vector<Receipt>> add_all(std::span<const Statement> statements);
  // Takes it back, as if it had never been said. False: there is none of that id.
  virtual base::Result<bool> retract(const base::Uuid& id) = 0;
  // All that is kept, in the order it came, until `each` returns false.
  virtual base::Result<void> scan(const std::function<bool(const Feedback&, const Entry&)>& each) = 0;
  // The entry of a decision that was spoken of.
  virtual base::Result<std::optional<Entry>> sample(const base::Uuid& decision) = 0;
  // People's labels that came after that id (an all-zero one: ever).
  virtual base::Result<std::uint64_t> labels_since(const base::Uuid& id) = 0;

  // Nobody but `who` is given that decision until `until`. False: somebody else has it at `now`. Asking again renews.
  virtual base::Result<bool> lease(const base::Uuid& decision, std::string_view who, base::WallTime now,
                                   base::WallTime until) = 0;
  virtual base::Result<void> release(const base::Uuid& decision, std::string_view who) = 0;

  // Removes feedback, samples and leases of theirs, overwritten on the disk. How much was removed.
  virtual base::Result<std::uint64_t> forget(const Whose& whose) = 0;
};

}  // namespace pointsman::ledger
