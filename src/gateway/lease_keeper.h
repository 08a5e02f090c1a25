// Keeps the slices of shared budgets leased: one thread that reports, renews and gives back, a few times a second and
// whenever a request found its slice too small.
//
// One for each process. start() and stop() belong to the thread that made it, the rest may be called from any. All that
// is due goes to the pool in one round trip; at most one is under way. While the pool is away, requests are served from
// the slices until those end, and what does not fit is refused at once with "cannot be checked" (503): never unlimited,
// and not for good. A pool that does not answer at all counts as away after half a second.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "gateway/quota_desk.h"
#include "telemetry/registry.h"

namespace pointsman::gateway {

// What the ledger knows of a budget that nobody has leased from yet. The keeper's thread's.
class BudgetHistory {
 public:
  virtual ~BudgetHistory() = default;
  // Tells apart who had the node's name one after the other; 0 where that does not matter.
  virtual std::int64_t born(std::string_view node) = 0;
  // What was spent in that period, in the account's unit.
  virtual base::Result<std::int64_t> spent(const limits::LeaseAccount& account) = 0;
};

struct LeaseBooks {
  std::unique_ptr<limits::LeasePool> pool;
  std::unique_ptr<BudgetHistory> history;
};
using OpenLeaseBooks = std::function<base::Result<LeaseBooks>()>;

// A request that waits for the pool's next answer.
class LeaseWaiter {
 public:
  virtual ~LeaseWaiter() = default;
  // On the keeper's thread, once. False: the pool was asked in vain.
  virtual void done(bool answered) = 0;
};

class LeaseKeeper {
 public:
  enum class Offer : std::uint8_t { kTaken, kAway };

  // Both outlive it.
  LeaseKeeper(QuotaDesk& desk, const base::Clock& clock) : desk_(desk), clock_(clock) {}
  ~LeaseKeeper() { stop(); }
  LeaseKeeper(const LeaseKeeper&) = delete;
  LeaseKeeper& operator=(const LeaseKeeper&) = delete;

  // `shard` is the thread's own and outlives it. `patience`: how long a request may wait in all.
  void start(OpenLeaseBooks open, const limits::LeaseTerms& terms, base::Duration patience, telemetry::Shard& shard);
  // Gives back what is leased, if the pool is there, and ends the thread.
  void stop();

  // A waiter that was taken hears done() after an answer that was asked for after it came, unless the keeper stops.
  Offer offer(std::shared_ptr<LeaseWaiter> waiter);
  base::Duration patience() const { return patience_; }

 private:
  void work();
  // Asks the pool for all that is due. False: it is away.
  bool round(limits::LeaseEnd end);
  base::Result<void> exchange_all(const std::vector<limits::LeaseAsk>& all);
  base::Result<void> exchange(std::vector<limits::LeaseAsk>& asks);  // one statement's
  // Whether that answer counts. Otherwise the budget is right from now on, and is to be asked for again.
  base::Result<bool> settle(const limits::LeaseAsk& ask, const limits::LeaseAnswer& answer);
  bool is_away() const;
  void note(const base::Result<void>& exchanged);
  // False when the keeper stops.
  bool wait(base::Duration time, bool for_waiters);

  QuotaDesk& desk_;
  const base::Clock& clock_;
  OpenLeaseBooks open_;
  limits::LeaseTerms terms_;
  base::Duration patience_{};
  telemetry::Shard* shard_ = nullptr;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::vector<std::shared_ptr<LeaseWaiter>> waiters_;
  std::atomic<bool> running_{false};
  std::atomic<bool> away_{false};
  std::atomic<base::MonoTime> asked_at_{base::MonoTime{}};  // of the round under way; the epoch: none is

  LeaseBooks books_;  // the thread's own
  std::thread thread_;
};

}  // namespace pointsman::gateway
