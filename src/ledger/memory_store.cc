#include "ledger/memory_store.h"

#include <algorithm>

#include "ledger/filter.h"

namespace pointsman::ledger {

base::Result<void> MemoryStore::reserve() {
  const std::scoped_lock lock(mutex_);
  if (reserved_ >= capacity_ || entries_.size() >= capacity_ - reserved_) {
    return base::fail(base::ErrorCode::kOverloaded, "the ledger has no room", base::Origin::kGateway,
                      base::Retry::kSameTarget);
  }
  ++reserved_;
  return {};
}

void MemoryStore::release() {
  const std::scoped_lock lock(mutex_);
  if (reserved_ > 0) --reserved_;
}

void MemoryStore::append(const Entry& entry) {
  const std::scoped_lock lock(mutex_);
  if (reserved_ > 0) --reserved_;
  entries_.try_emplace(entry.id, entry);
}

base::Result<std::optional<Entry>> MemoryStore::find(const base::Uuid& id) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return std::nullopt;
  return found->second;
}

base::Result<void> MemoryStore::scan(const Filter& filter, const std::function<bool(const Entry&)>& each) {
  std::vector<Entry> all = entries();
  if (filter.newest_first) std::ranges::reverse(all);
  std::size_t given = 0;
  for (const Entry& entry : all) {
    if (given == filter.limit) break;
    if (!matches(filter, entry)) continue;
    ++given;
    if (!each(entry)) break;
  }
  return {};
}

base::Result<std::optional<std::string>> MemoryStore::policy(std::string_view version) {
  const std::scoped_lock lock(mutex_);
  const auto found = policies_.find(version);
  if (found == policies_.end()) return std::nullopt;
  return found->second;
}

void MemoryStore::save_policy(std::string version, std::string document) {
  const std::scoped_lock lock(mutex_);
  policies_.insert_or_assign(std::move(version), std::move(document));
}

std::vector<Entry> MemoryStore::entries() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Entry> all;
  all.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) all.push_back(entry);
  return all;
}

std::size_t MemoryStore::reserved() const {
  const std::scoped_lock lock(mutex_);
  return reserved_;
}

}  // namespace pointsman::ledger
