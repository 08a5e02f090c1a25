#include "gateway/report_desk.h"

#include <pthread.h>

#include <exception>
#include <utility>

#include "base/log.h"

namespace pointsman::gateway {

using base::ErrorCode;
using base::Result;

void ReportDesk::start(OpenReader open) {
  open_ = std::move(open);
  {
    const std::lock_guard lock(mutex_);
    running_ = true;
  }
  thread_ = std::thread([this] { work(); });
}

ReportDesk::Offer ReportDesk::offer(ReportErrandPtr errand) {
  {
    const std::lock_guard lock(mutex_);
    if (!running_) return Offer::kClosed;
    if (waiting_.size() + (present_ ? 1 : 0) >= kWaiting) return Offer::kFull;
    waiting_.push_back(std::move(errand));
  }
  wake_.notify_one();
  return Offer::kTaken;
}

void ReportDesk::stop() {
  {
    const std::lock_guard lock(mutex_);
    running_ = false;
    waiting_.clear();
    if (present_) present_->abandon();
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

ReportErrandPtr ReportDesk::next() {
  std::unique_lock lock(mutex_);
  present_ = nullptr;
  wake_.wait(lock, [this] { return !running_ || !waiting_.empty(); });
  if (!running_) return nullptr;
  present_ = std::move(waiting_.front());
  waiting_.pop_front();
  return present_;
}

Result<std::string> ReportDesk::make(ReportErrand& errand) {
  try {
    if (!reader_) {
      PM_TRY(reader_, open_());
    }
    auto report = errand.make(*reader_);
    if (!report) reader_ = nullptr;  // opened anew for the next, in case that helps
    return report;
  } catch (const std::exception& broken) {  // the task boundary: the thread must go on
    reader_ = nullptr;
    return base::fail(ErrorCode::kInternal, std::string("unexpected exception: ") + broken.what());
  }
}

void ReportDesk::work() {
  ::pthread_setname_np(::pthread_self(), "reports");
  while (const ReportErrandPtr errand = next()) {
    if (!errand->wanted()) continue;
    auto report = make(*errand);
    if (!report && errand->wanted()) base::log_error("a report could not be made: {}", report.error().message());
    errand->done(std::move(report));
  }
  reader_ = nullptr;
}

}  // namespace pointsman::gateway
