// A FeedbackStore in memory that keeps the whole contract, and a Reader over somebody else's: for tests.
//
// Several stores may share one state, as several processes share a file; the state may be looked at from any thread.
// `before_add` runs before anything is kept, outside of the lock: a test can fail there, or wait at a gate.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "ledger/feedback_store.h"
#include "ledger/store.h"

namespace pointsman::testing {

class FeedbackMemory {
 public:
  // Set before the first store is used.
  std::function<base::Result<void>()> before_add;

  std::vector<ledger::Feedback> all() const {
    const std::lock_guard lock(mutex_);
    return feedback_;
  }

 private:
  friend class MemoryFeedbackStore;
  struct Lease {
    std::string who;
    base::WallTime until;
  };
  // Whether both say the same; the id and the slice are what the receiver adds.
  static bool same_content(const ledger::Feedback& a, const ledger::Feedback& b) {
    return a.decision == b.decision && a.signal == b.signal && a.who == b.who && a.category == b.category &&
           a.no_category == b.no_category && a.fit == b.fit && a.rating == b.rating && a.comment == b.comment &&
           a.corrected_output == b.corrected_output && a.golden == b.golden;
  }
  bool spoken_of(const base::Uuid& decision) const {
    return std::ranges::find(feedback_, decision, &ledger::Feedback::decision) != feedback_.end();
  }

  mutable std::mutex mutex_;
  std::vector<ledger::Feedback> feedback_;  // in the order it came
  std::map<base::Uuid, ledger::Entry> samples_;
  std::map<base::Uuid, Lease> leases_;
};

class MemoryFeedbackStore final : public ledger::FeedbackStore {
 public:
  explicit MemoryFeedbackStore(std::shared_ptr<FeedbackMemory> memory = std::make_shared<FeedbackMemory>())
      : memory_(std::move(memory)) {}

  base::Result<ledger::Receipt> add(const ledger::Feedback& feedback, const ledger::Entry& about) override {
    if (memory_->before_add) PM_CHECK(memory_->before_add());
    if (about.id != feedback.decision) {
      return base::fail(base::ErrorCode::kInvalidArgument, "feedback came with the entry of another decision");
    }
    const std::lock_guard lock(memory_->mutex_);
    if (!feedback.idempotency_key.empty()) {
      const auto before =
          std::ranges::find(memory_->feedback_, feedback.idempotency_key, &ledger::Feedback::idempotency_key);
      if (before != memory_->feedback_.end()) {
        if (FeedbackMemory::same_content(*before, feedback)) return ledger::Receipt{before->id, true};
        return base::fail(base::ErrorCode::kInvalidArgument, "the idempotency key came before with another content",
                          base::Origin::kClient);
      }
    }
    memory_->feedback_.push_back(feedback);
    memory_->samples_.try_emplace(feedback.decision, about);
    return ledger::Receipt{feedback.id, false};
  }

  base::Result<bool> retract(const base::Uuid& id) override {
    const std::lock_guard lock(memory_->mutex_);
    const auto at = std::ranges::find(memory_->feedback_, id, &ledger::Feedback::id);
    if (at == memory_->feedback_.end()) return false;
    const base::Uuid decision = at->decision;
    memory_->feedback_.erase(at);
    if (!memory_->spoken_of(decision)) memory_->samples_.erase(decision);
    return true;
  }

  base::Result<void> scan(const std::function<bool(const ledger::Feedback&, const ledger::Entry&)>& each) override {
    const std::lock_guard lock(memory_->mutex_);
    for (const ledger::Feedback& one : memory_->feedback_) {
      if (!each(one, memory_->samples_.at(one.decision))) break;
    }
    return {};
  }

  base::Result<std::optional<ledger::Entry>> sample(const base::Uuid& decision) override {
    const std::lock_guard lock(memory_->mutex_);
    const auto at = memory_->samples_.find(decision);
    if (at == memory_->samples_.end()) return std::nullopt;
    return at->second;
  }

  base::Result<std::uint64_t> labels_since(const base::Uuid& id) override {
    const std::lock_guard lock(memory_->mutex_);
    return static_cast<std::uint64_t>(std::ranges::count_if(memory_->feedback_, [&](const ledger::Feedback& one) {
      return one.id > id && one.signal == ledger::Signal::kNone && one.labels();
    }));
  }

  base::Result<bool> lease(const base::Uuid& decision, std::string_view who, base::WallTime now,
                           base::WallTime until) override {
    const std::lock_guard lock(memory_->mutex_);
    const auto [at, fresh] = memory_->leases_.try_emplace(decision, FeedbackMemory::Lease{std::string(who), until});
    if (fresh) return true;
    if (at->second.who != who && at->second.until > now) return false;
    at->second = {std::string(who), until};
    return true;
  }

  base::Result<void> release(const base::Uuid& decision, std::string_view who) override {
    const std::lock_guard lock(memory_->mutex_);
    const auto at = memory_->leases_.find(decision);
    if (at != memory_->leases_.end() && at->second.who == who) memory_->leases_.erase(at);
    return {};
  }

  base::Result<std::uint64_t> forget(const ledger::Whose& whose) override {
    const std::lock_guard lock(memory_->mutex_);
    const auto theirs = [&](const base::Uuid& decision) {
      const auto at = memory_->samples_.find(decision);
      if (at == memory_->samples_.end()) return false;
      const ledger::Entry& entry = at->second;
      return (whose.user != 0 && entry.user == whose.user) || (!whose.key.empty() && entry.key == whose.key);
    };
    const auto by_them = [&](const std::string& who) { return !whose.who.empty() && who == whose.who; };
    std::uint64_t removed =
        std::erase_if(memory_->leases_, [&](const auto& one) { return by_them(one.second.who) || theirs(one.first); });
    removed += std::erase_if(memory_->feedback_,
                             [&](const ledger::Feedback& one) { return by_them(one.who) || theirs(one.decision); });
    removed += std::erase_if(memory_->samples_, [&](const auto& one) { return !memory_->spoken_of(one.first); });
    return removed;
  }

 private:
  std::shared_ptr<FeedbackMemory> memory_;
};

// Reads from `from`, which outlives it, as a connection of its own would.
class BorrowedReader final : public ledger::Reader {
 public:
  explicit BorrowedReader(ledger::Reader& from) : from_(from) {}
  base::Result<std::optional<ledger::Entry>> find(const base::Uuid& id) override { return from_.find(id); }
  base::Result<void> scan(const ledger::Filter& filter,
                          const std::function<bool(const ledger::Entry&)>& each) override {
    return from_.scan(filter, each);
  }
  base::Result<std::optional<std::string>> policy(std::string_view version) override { return from_.policy(version); }

 private:
  ledger::Reader& from_;
};

}  // namespace pointsman::testing
