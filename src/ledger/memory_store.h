// Entries kept in memory: for tests, and for a gateway told to keep no ledger on disk.
//
// One object is Sink and Reader at once; every method may be called from any thread. Holds at most `capacity` entries
// and reservations together: reserve() fails beyond that, as a full store would.
#pragma once

#include <limits>
#include <map>
#include <mutex>

#include "ledger/store.h"

namespace pointsman::ledger {

class MemoryStore final : public Sink, public Reader {
 public:
  explicit MemoryStore(std::size_t capacity = std::numeric_limits<std::size_t>::max()) : capacity_(capacity) {}

  base::Result<void> reserve() override;
  void release() override;
  void append(const Entry& entry) override;

  base::Result<std::optional<Entry>> find(const base::Uuid& id) override;
  base::Result<void> scan(const Filter& filter, const std::function<bool(const Entry&)>& each) override;
  base::Result<std::optional<std::string>> policy(std::string_view version) override;

  void save_policy(std::string version, std::string document);
  // All entries in the order of their ids.
  std::vector<Entry> entries() const;
  // Reservations that were neither appended nor released yet.
  std::size_t reserved() const;

 private:
  mutable std::mutex mutex_;
  const std::size_t capacity_;
  std::size_t reserved_ = 0;
  std::map<base::Uuid, Entry> entries_;
  std::map<std::string, std::string, std::less<>> policies_;
};

}  // namespace pointsman::ledger
