#include "gateway/feedback_desk.h"

#include <pthread.h>

#include <exception>
#include <utility>

#include "base/log.h"

namespace pointsman::gateway {

using base::Error;
using base::ErrorCode;
using base::Result;

void FeedbackDesk::start(OpenBooks open, const base::Clock& clock, telemetry::Shard& shard, std::uint64_t seed,
                         const FeedbackDeskOptions& options) {
  open_ = std::move(open);
  clock_ = &clock;
  shard_ = &shard;
  options_ = options;
  {
    const std::lock_guard lock(mutex_);
    running_ = true;
  }
  thread_ = std::thread([this, seed] { work(seed); });
}

FeedbackDesk::Offer FeedbackDesk::offer(FeedbackErrandPtr errand) {
  {
    const std::lock_guard lock(mutex_);
    if (!running_) return Offer::kClosed;
    if (errands_ >= options_.errands) return Offer::kFull;
    if (errands_ > 0 && bytes_ + errand->bytes() > options_.bytes) return Offer::kFull;
    ++errands_;
    bytes_ += errand->bytes();
    ready_.push_back(std::move(errand));
  }
  wake_.notify_one();
  return Offer::kTaken;
}

void FeedbackDesk::stop() {
  {
    const std::lock_guard lock(mutex_);
    running_ = false;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(mutex_);
  ready_.clear();
  later_.clear();
  errands_ = bytes_ = 0;
}

std::size_t FeedbackDesk::waiting() const {
  const std::lock_guard lock(mutex_);
  return errands_;
}

FeedbackErrandPtr FeedbackDesk::next() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (!running_) return nullptr;
    const base::MonoTime now = std::chrono::steady_clock::now();
    while (!later_.empty() && later_.begin()->first <= now) {
      ready_.push_back(std::move(later_.begin()->second));
      later_.erase(later_.begin());
    }
    if (!ready_.empty()) {
      FeedbackErrandPtr errand = std::move(ready_.front());
      ready_.pop_front();
      return errand;
    }
    if (later_.empty()) {
      wake_.wait(lock);
    } else {
      const base::MonoTime due = later_.begin()->first;  // a copy: others may change the map meanwhile
      wake_.wait_until(lock, due);
    }
  }
}

void FeedbackDesk::put_back(FeedbackErrandPtr errand, base::Duration pause) {
  const std::lock_guard lock(mutex_);
  if (pause == base::Duration(0)) {
    ready_.push_back(std::move(errand));
  } else {
    later_.emplace(std::chrono::steady_clock::now() + pause, std::move(errand));
  }
}

void FeedbackDesk::count(const ImportCount& kept) {
  for (std::size_t fit = 0; fit < kept.by_verdict.size(); ++fit) {
    if (kept.by_verdict[fit] == 0) continue;
    const std::string_view name = ledger::to_string(static_cast<ledger::Fit>(fit));
    shard_->counter("pointsman_feedback_total", {{"verdict", name.empty() ? "unsaid" : name}})
        .add(kept.by_verdict[fit]);
  }
}

void FeedbackDesk::finish(const FeedbackErrandPtr& errand) {
  count(errand->answer().count);
  {
    const std::lock_guard lock(mutex_);
    --errands_;
    bytes_ -= errand->bytes();
  }
  try {
    errand->done();
  } catch (const std::exception& broken) {  // whoever waits gives up at the deadline
    base::log_error("feedback: unexpected exception: {}", broken.what());
  }
}

void FeedbackDesk::warn(const Error& error) {
  const base::MonoTime now = std::chrono::steady_clock::now();
  if (now < quiet_until_) return;
  quiet_until_ = now + kWarnEvery;
  base::log_error("feedback could not be kept: {}", error.message());
}

Result<FeedbackErrand::Next> FeedbackDesk::step(FeedbackErrand& errand, base::UuidGenerator& ids) {
  try {
    if (!books_.store) {
      PM_TRY(books_, open_());
    }
    return errand.step(books_, ids, clock_->wall());
  } catch (const std::exception& broken) {  // the task boundary: the thread must go on
    return base::fail(ErrorCode::kInternal, std::string("unexpected exception: ") + broken.what());
  }
}

bool FeedbackDesk::advance(const FeedbackErrandPtr& errand, base::UuidGenerator& ids) {
  auto stepped = step(*errand, ids);
  if (stepped && !stepped->over) {
    put_back(errand, stepped->pause);
    return false;
  }
  if (!stepped) {
    const Error& why = stepped.error();
    warn(why);
    if (why.code() != ErrorCode::kOverloaded) books_ = {};  // opened anew for the next, in case that helps
    errand->fail(why);
  }
  return true;
}

void FeedbackDesk::work(std::uint64_t seed) {
  // With the priority of all others: it needs little of a processor, and while it writes, other processes wait for it.
  ::pthread_setname_np(::pthread_self(), "feedback");
  base::UuidGenerator ids(seed);
  while (const FeedbackErrandPtr errand = next()) {
    if (advance(errand, ids)) finish(errand);
  }
  books_ = {};
}

}  // namespace pointsman::gateway
