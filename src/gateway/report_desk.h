// The thread that folds the ledger into reports, so that no event loop ever waits for the disk.
//
// One per process; outlives everything that asks it. start() and stop() belong to the thread that made it, the rest may
// be called from any. Reports are made one after the other, on a connection of the desk's own that is opened with the
// first and again after it failed; at most kWaiting are taken at a time.
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

#include "base/result.h"
#include "ledger/store.h"

namespace pointsman::gateway {

using OpenReader = std::function<base::Result<std::unique_ptr<ledger::Reader>>()>;

// One report that is wanted.
class ReportErrand {
 public:
  virtual ~ReportErrand() = default;
  // On the desk's thread; ends soon where wanted() is false.
  virtual base::Result<std::string> make(ledger::Reader& ledger) = 0;
  // Once, on the desk's thread, unless the desk stops first.
  virtual void done(base::Result<std::string> report) = 0;

  // From any thread: nobody waits for it any more.
  void abandon() { wanted_ = false; }
  bool wanted() const { return wanted_; }

 private:
  std::atomic<bool> wanted_{true};
};
using ReportErrandPtr = std::shared_ptr<ReportErrand>;

class ReportDesk {
 public:
  enum class Offer : std::uint8_t { kTaken, kFull, kClosed };
  static constexpr std::size_t kWaiting = 8;

  ReportDesk() = default;
  ~ReportDesk() { stop(); }
  ReportDesk(const ReportDesk&) = delete;
  ReportDesk& operator=(const ReportDesk&) = delete;

  // Until then, errands are turned away.
  void start(OpenReader open);
  Offer offer(ReportErrandPtr errand);
  // Abandons the report that is being made, forgets those that wait, and ends the thread. Takes no more.
  void stop();

 private:
  void work();
  // Waits for the next; null when the desk stops.
  ReportErrandPtr next();
  base::Result<std::string> make(ReportErrand& errand);

  OpenReader open_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool running_ = false;
  std::deque<ReportErrandPtr> waiting_;
  ReportErrandPtr present_;

  std::unique_ptr<ledger::Reader> reader_;  // the thread's own
  std::thread thread_;
};

}  // namespace pointsman::gateway
