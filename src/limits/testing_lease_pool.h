// A pool of shared budgets in memory, with the rules of the one in PostgreSQL, for tests of those who lease from it.
//
// LeaseBook is the pool, PoolSeat one holder's way to it. Time is an argument; calls can be made to fail before or
// after they took effect. May be used from several threads.
#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "limits/lease.h"

namespace pointsman::limits::testing_support {

inline std::string book_name(const LeaseAccount& account) {
  return std::string(to_string(account.period)) + " " + std::string(to_string(account.limit)) + " " + account.node +
         " " + std::to_string(account.span.begin.time_since_epoch().count());
}

class LeaseBook {
 public:
  struct Lease {
    std::int64_t amount = 0;
    std::int64_t reserved = 0;
    std::uint64_t join = 0;
    std::int64_t told = 0;
    base::MonoTime until{};
    bool ended = false;
    std::int64_t charged = 0;  // when it ended
  };
  struct Row {
    std::int64_t maximum = 0;
    std::int64_t used = 0;
    std::int64_t released = 0;  // reservations of leases that ended, ever
    int returns = 0;            // of holders that had been given up
    std::map<int, Lease> leases;

    std::int64_t leased() const {
      std::int64_t sum = 0;
      for (const auto& [holder, lease] : leases) sum += lease.amount;
      return sum;
    }
    std::int64_t left() const { return maximum - used - leased(); }
  };

  LeaseAnswer renew(int holder, const LeaseAsk& ask, base::Duration lifetime, base::MonoTime now) {
    const auto found = rows_.find(book_name(ask.account));
    if (found == rows_.end()) return {};
    Row& row = found->second;
    row.maximum = ask.maximum;
    LeaseAnswer answer{.known = true, .used_before = row.used};
    for (auto& [whose, lease] : row.leases) {
      if (!lease.ended && lease.until <= now) end(row, lease);
    }
    Lease& mine = report(row, holder, ask);
    mine.amount = 0;
    for (const auto& [whose, lease] : row.leases) {
      if (whose == holder || lease.amount == 0) continue;
      answer.others += lease.amount;
      answer.others_reserved += lease.reserved;
      ++answer.holders;
    }
    mine.amount = std::max<std::int64_t>(0, std::min(ask.want, row.maximum - row.used - answer.others));
    mine.reserved = std::min(ask.reserved, mine.amount);
    mine.until = now + lifetime;
    answer.given = mine.amount;
    answer.used = row.used;
    return answer;
  }
  void define(const LeaseAsk& ask, std::int64_t spent) {
    rows_.try_emplace(book_name(ask.account), Row{.maximum = ask.maximum, .used = spent, .leases = {}});
  }
  void raise(int holder, const LeaseAsk& ask, std::int64_t spent) {
    const auto found = rows_.find(book_name(ask.account));
    if (found == rows_.end()) return;
    for (const auto& [whose, lease] : found->second.leases) spent -= whose == holder ? 0 : lease.amount;
    found->second.used = std::max(found->second.used, spent);
  }
  std::map<std::string, Row>& rows() { return rows_; }
  std::mutex& mutex() { return mutex_; }

 private:
  static void end(Row& row, Lease& lease) {
    lease.charged = lease.amount - lease.reserved;
    row.used += lease.charged;
    row.released += lease.reserved;
    lease.amount = lease.reserved = 0;
    lease.ended = true;
  }
  // What the holder has spent since it was last heard of; what it says takes the place of what was guessed.
  static Lease& report(Row& row, int holder, const LeaseAsk& ask) {
    const auto found = row.leases.find(holder);
    if (found == row.leases.end()) {
      row.used += ask.spent - ask.told;
      return row.leases.emplace(holder, Lease{.join = ask.join, .told = ask.spent}).first->second;
    }
    Lease& lease = found->second;
    if (lease.join != ask.join) {
      if (!lease.ended) end(row, lease);
      lease.told = ask.told;
    } else if (lease.ended) {
      row.used -= lease.charged;
      ++row.returns;
    }
    row.used += std::max<std::int64_t>(0, ask.spent - lease.told);
    lease.told = std::max(ask.spent, lease.join == ask.join ? lease.told : 0);
    lease.join = ask.join;
    lease.ended = false;
    lease.charged = 0;
    return lease;
  }

  std::map<std::string, Row> rows_;
  std::mutex mutex_;
};

enum class PoolFault : std::uint8_t { kNone, kNotHeard, kAnswerLost };

class PoolSeat final : public LeasePool {
 public:
  PoolSeat(LeaseBook& book, int holder) : book_(book), holder_(holder) {}

  base::Result<std::vector<LeaseAnswer>> renew(std::span<const LeaseAsk> asks, base::Duration lifetime) override {
    if (fault == PoolFault::kNotHeard) return base::fail(base::ErrorCode::kConnect, "the pool is away");
    const std::lock_guard lock(book_.mutex());
    std::vector<LeaseAnswer> answers;
    for (const LeaseAsk& ask : asks) answers.push_back(book_.renew(holder_, ask, lifetime, now));
    ++rounds;
    if (fault == PoolFault::kAnswerLost) return base::fail(base::ErrorCode::kReset, "the answer was lost");
    return answers;
  }
  base::Result<void> define(const LeaseAsk& ask, std::int64_t spent) override {
    if (fault == PoolFault::kNotHeard) return base::fail(base::ErrorCode::kConnect, "the pool is away");
    const std::lock_guard lock(book_.mutex());
    book_.define(ask, spent);
    return {};
  }
  base::Result<void> raise(const LeaseAsk& ask, std::int64_t spent) override {
    if (fault == PoolFault::kNotHeard) return base::fail(base::ErrorCode::kConnect, "the pool is away");
    const std::lock_guard lock(book_.mutex());
    book_.raise(holder_, ask, spent);
    return {};
  }

  base::MonoTime now{};
  PoolFault fault = PoolFault::kNone;
  int rounds = 0;

 private:
  LeaseBook& book_;
  const int holder_;
};

}  // namespace pointsman::limits::testing_support
