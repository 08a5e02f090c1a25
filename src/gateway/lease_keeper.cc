#include "gateway/lease_keeper.h"

#include <algorithm>
#include <exception>

#include "base/log.h"

namespace pointsman::gateway {

using base::Result;
using limits::LeaseAnswer;
using limits::LeaseAsk;
using limits::LeaseEnd;

namespace {

constexpr std::size_t kBatch = 512;            // of one statement
constexpr std::size_t kMostAtTheEnd = 65'536;  // nobody tells later what was not told then
constexpr std::chrono::milliseconds kTick{100};
constexpr std::chrono::milliseconds kLeastGap{2};  // between rounds, however many wait
constexpr std::chrono::milliseconds kAgain{250};   // after one that failed
constexpr std::chrono::milliseconds kTooLong{500};

// Nothing has to be asked of the ledger.
bool is_right(const LeaseAsk& ask, const LeaseAnswer& answer) {
  return answer.known && !ask.midway;
}

void tell(LeaseWaiter& waiter, bool answered) {
  try {
    waiter.done(answered);
  } catch (const std::exception& broken) {  // whoever waits gives up at the deadline
    base::log_error("budgets: unexpected exception: {}", broken.what());
  }
}

}  // namespace

void LeaseKeeper::start(OpenLeaseBooks open, const limits::LeaseTerms& terms, base::Duration patience,
                        telemetry::Shard& shard) {
  open_ = std::move(open);
  terms_ = terms;
  patience_ = patience;
  shard_ = &shard;
  stopping_ = false;
  running_ = true;
  thread_ = std::thread([this] { work(); });
}

void LeaseKeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    running_ = false;
    waiters_.clear();
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool LeaseKeeper::is_away() const {
  if (away_) return true;
  const base::MonoTime since = asked_at_;
  return since != base::MonoTime{} && clock_.mono() - since > kTooLong;
}

LeaseKeeper::Offer LeaseKeeper::offer(std::shared_ptr<LeaseWaiter> waiter) {
  if (!running_ || is_away()) return Offer::kAway;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return Offer::kAway;
    waiters_.push_back(std::move(waiter));
  }
  wake_.notify_all();
  return Offer::kTaken;
}

bool LeaseKeeper::wait(base::Duration time, bool for_waiters) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, time, [&] { return stopping_ || (for_waiters && !waiters_.empty()); });
  return !stopping_;
}

void LeaseKeeper::work() {
  while (wait(kTick, true)) {
    std::vector<std::shared_ptr<LeaseWaiter>> waiting;
    {
      const std::lock_guard lock(mutex_);
      waiting.swap(waiters_);
    }
    const bool answered = round(LeaseEnd::kGoOn);
    for (const auto& one : waiting) tell(*one, answered);
    if (!wait(answered ? kLeastGap : kAgain, false)) break;
  }
  // Twice: what belongs to budgets that were taken away is told by itself.
  if (!away_ && !(round(LeaseEnd::kEnd) && round(LeaseEnd::kEnd)))
    base::log_warn("budgets: what is leased could not be given back, and ends later");
  books_ = {};
}

bool LeaseKeeper::round(LeaseEnd end) {
  try {
    const std::vector<LeaseAsk> all = desk_.lease_asks(terms_, end, end == LeaseEnd::kEnd ? kMostAtTheEnd : kBatch);
    if (all.empty()) return !away_;
    const Result<void> exchanged = exchange_all(all);
    asked_at_ = base::MonoTime{};
    note(exchanged);
    return exchanged.has_value();
  } catch (const std::exception& broken) {  // the task boundary: the next round asks again
    asked_at_ = base::MonoTime{};
    base::log_error("budgets: unexpected exception: {}", broken.what());
    return false;
  }
}

Result<void> LeaseKeeper::exchange_all(const std::vector<LeaseAsk>& all) {
  asked_at_ = clock_.mono();
  for (std::size_t begin = 0; begin < all.size(); begin += kBatch) {
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(begin);
    std::vector<LeaseAsk> asks(first, first + static_cast<std::ptrdiff_t>(std::min(kBatch, all.size() - begin)));
    PM_CHECK(exchange(asks));
  }
  return {};
}

void LeaseKeeper::note(const Result<void>& exchanged) {
  shard_->counter("pointsman_budget_renewals_total", {{"result", exchanged ? "ok" : "failed"}}).add();
  const bool was_away = away_.exchange(!exchanged.has_value());
  if (!exchanged && !was_away) {
    base::log_warn("budgets: the database cannot be asked, so only what is leased can be spent: {}",
                   exchanged.error().message());
  }
  if (exchanged && was_away) base::log_info("budgets: the database answers again");
}

Result<void> LeaseKeeper::exchange(std::vector<LeaseAsk>& asks) {
  if (!books_.pool) {
    PM_TRY(books_, open_());
  }
  for (LeaseAsk& ask : asks) ask.account.born = books_.history->born(ask.account.node);
  // Twice at most: what was not right is mended, and asked for again.
  for (int tries = 0; !asks.empty() && tries < 2; ++tries) {
    const base::MonoTime until = clock_.mono() + terms_.time;  // before the pool counts it
    asked_at_ = clock_.mono();
    PM_TRY(const std::vector<LeaseAnswer> answers, books_.pool->renew(asks, terms_.time));
    for (std::size_t i = 0; i < asks.size(); ++i) {
      if (is_right(asks[i], answers[i])) desk_.hear(asks[i], answers[i], until);
    }
    std::vector<LeaseAsk> again;
    for (std::size_t i = 0; i < asks.size(); ++i) {
      if (is_right(asks[i], answers[i])) continue;
      PM_TRY(const bool counts, settle(asks[i], answers[i]));
      if (counts) {
        desk_.hear(asks[i], answers[i], until);
        continue;
      }
      again.push_back(std::move(asks[i]));
      again.back().midway = false;
    }
    asks = std::move(again);
  }
  return {};
}

Result<bool> LeaseKeeper::settle(const LeaseAsk& ask, const LeaseAnswer& answer) {
  asked_at_ = clock_.mono();  // away is a database that is silent, not one that has much to do
  PM_TRY(const std::int64_t spent, books_.history->spent(ask.account));
  if (!answer.known) {
    PM_CHECK(books_.pool->define(ask, spent));
    return false;
  }
  if (spent <= answer.used + answer.others) return true;
  PM_CHECK(books_.pool->raise(ask, spent));
  return false;
}

}  // namespace pointsman::gateway
