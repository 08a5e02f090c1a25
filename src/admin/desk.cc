#include "admin/desk.h"

#include <pthread.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "base/log.h"

namespace pointsman::admin {

using base::ErrorCode;

void Desk::start(ledger::BackendPtr backend, World& world, Staff& staff, const base::Clock& clock, std::uint64_t seed) {
  backend_ = std::move(backend);
  world_ = &world;
  staff_ = &staff;
  clock_ = &clock;
  {
    const std::lock_guard lock(mutex_);
    running_ = true;
  }
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads_.emplace_back([this, own = seed + i] { work(own); });
  }
}

Desk::Offer Desk::offer(ErrandPtr errand) {
  {
    const std::lock_guard lock(mutex_);
    if (!running_) return Offer::kClosed;
    if (waiting_.size() >= kWaiting) return Offer::kFull;
    waiting_.push_back(std::move(errand));
  }
  wake_.notify_one();
  return Offer::kTaken;
}

void Desk::stop() {
  {
    const std::lock_guard lock(mutex_);
    running_ = false;
    waiting_.clear();
    for (const ErrandPtr& one : present_) one->abandon();
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

ErrandPtr Desk::next(const ErrandPtr& before) {
  std::unique_lock lock(mutex_);
  if (before) std::erase(present_, before);
  wake_.wait(lock, [this] { return !running_ || !waiting_.empty(); });
  if (!running_) return nullptr;
  ErrandPtr out = std::move(waiting_.front());
  waiting_.pop_front();
  present_.push_back(out);
  return out;
}

Answer Desk::answer(Errand& errand, Books& books, base::UuidGenerator& ids) {
  const Ticket& ticket = errand.ticket();
  const Request& request = errand.request();
  const std::function<bool()> wanted = [&errand] { return errand.wanted(); };
  try {
    auto query = Query::parse(request.query, ticket.endpoint->query, request.at);
    if (!query) return refuse(query.error());
    Call call{request, *query, ticket.parts, ticket.user, ticket.role, books, *world_, *staff_, *clock_, ids, wanted};
    auto answered = ticket.endpoint->handle(call);
    if (answered) return std::move(*answered);
    const base::Error& error = answered.error();
    if (error.code() == ErrorCode::kIo || error.code() == ErrorCode::kCorrupt || error.code() == ErrorCode::kInternal) {
      books.forget();
      base::log_error("admin: {}: {}", ticket.endpoint->path, error.message());
    }
    return refuse(error);
  } catch (const std::exception& broken) {  // the task boundary: the thread must go on
    books.forget();
    base::log_error("admin: {}: unexpected exception: {}", ticket.endpoint->path, broken.what());
    return refuse(500, "something went wrong; the log says what");
  }
}

void Desk::work(std::uint64_t seed) {
  ::pthread_setname_np(::pthread_self(), "admin");
  Books books(backend_);
  base::UuidGenerator ids(seed);
  ErrandPtr errand;
  while ((errand = next(errand))) {
    if (errand->wanted()) errand->done(answer(*errand, books, ids));
  }
}

}  // namespace pointsman::admin
