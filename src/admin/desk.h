// The threads that answer the operators' API, so that no event loop ever waits for the disk or for a password's hash.
//
// One per process; outlives everything that asks it. start() and stop() belong to the thread that made it, the rest may
// be called from any. Each thread has its own books; at most kWaiting requests wait at a time.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "admin/gate.h"

namespace pointsman::admin {

// One request that may be answered, and where its answer goes.
class Errand {
 public:
  Errand(Request request, Ticket ticket) : request_(std::move(request)), ticket_(std::move(ticket)) {}
  virtual ~Errand() = default;

  // Once, on a thread of the desk, unless the desk stops first.
  virtual void done(Answer answer) = 0;

  const Request& request() const { return request_; }
  const Ticket& ticket() const { return ticket_; }
  // From any thread: nobody waits for it any more.
  void abandon() { wanted_ = false; }
  bool wanted() const { return wanted_; }

 private:
  Request request_;
  Ticket ticket_;
  std::atomic<bool> wanted_{true};
};
using ErrandPtr = std::shared_ptr<Errand>;

class Desk {
 public:
  enum class Offer : std::uint8_t { kTaken, kFull, kClosed };
  static constexpr std::size_t kWaiting = 32;
  static constexpr std::size_t kThreads = 3;

  Desk() = default;
  ~Desk() { stop(); }
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  // Until then, errands are turned away. The others outlive the desk.
  void start(ledger::BackendPtr backend, World& world, Staff& staff, const base::Clock& clock, std::uint64_t seed);
  Offer offer(ErrandPtr errand);
  // Abandons what is being answered, forgets what waits, and ends the threads. Takes no more.
  void stop();

 private:
  void work(std::uint64_t seed);
  // Waits for the next; null when the desk stops. `before` is the one this thread is done with.
  ErrandPtr next(const ErrandPtr& before);
  Answer answer(Errand& errand, Books& books, base::UuidGenerator& ids);

  ledger::BackendPtr backend_;
  World* world_ = nullptr;
  Staff* staff_ = nullptr;
  const base::Clock* clock_ = nullptr;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool running_ = false;
  std::deque<ErrandPtr> waiting_;
  std::vector<ErrandPtr> present_;
  std::vector<std::thread> threads_;
};

}  // namespace pointsman::admin
