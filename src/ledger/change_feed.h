// What other processes change in a ledger, as its database tells it, and which process leads what only one may do.
//
// Asked by one thread, several times a second; nothing here waits. What is told may come late or be lost with a
// connection, so whoever follows something looks for himself now and then as well (kLookAnyway).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace pointsman::ledger {

// Learning: feedback, classifiers and their roles. Config: the document of config_store.h.
enum class Change : std::uint8_t { kKeys, kLearning, kConfig };
inline constexpr std::size_t kChanges = 3;

class ChangeFeed {
 public:
  static constexpr std::chrono::milliseconds kLookAnyway{1'000};

  virtual ~ChangeFeed() = default;

  // Whether such a change was told of since the last call, or may have been missed.
  virtual bool take(Change change) = 0;
  // Whether the database answers, as far as is known: while it does not, there is no use in asking it for changes.
  virtual bool connected() const = 0;
  // Whether this process is the one that leads. Where a leader is cut off from the database, it may believe to lead
  // for a few seconds while another one does.
  virtual bool leads() const = 0;
};

}  // namespace pointsman::ledger
