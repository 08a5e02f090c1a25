#include "ledger_postgres/change_listener.h"

#include <array>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "ledger_postgres/session.h"

namespace pointsman::ledger_postgres {
namespace {

using base::Result;
using ledger::Change;

constexpr std::chrono::seconds kTryAgain{1};

class ChangeListener final : public ledger::ChangeFeed {
 public:
  ChangeListener(Target target, Leading leading)
      : target_(std::move(target)), leading_(leading), thread_([this] { work(); }) {}
  ~ChangeListener() override {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }
  ChangeListener(const ChangeListener&) = delete;
  ChangeListener& operator=(const ChangeListener&) = delete;

  bool take(Change change) override { return told_[static_cast<std::size_t>(change)].exchange(false); }
  bool connected() const override { return connected_; }
  bool leads() const override { return leads_; }

 private:
  void work() {
    while (!over_) {
      try {
        const auto done = follow();
        if (!done && !over_ && !complained_) base::log_warn("ledger: changes are not told: {}", done.error().message());
        complained_ = true;
      } catch (const std::exception& broken) {  // the task boundary: it connects anew
        base::log_error("ledger: unexpected exception: {}", broken.what());
      }
      leads_ = false;
      connected_ = false;
      if (over_) return;
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, kTryAgain, [this] { return over_.load(); });
    }
  }

  // For as long as one connection lasts.
  Result<void> follow() {
    PM_TRY(Connection connection, Connection::open(target_));
    PM_CHECK(connection.run("LISTEN " + std::string(kChannel)));
    for (auto& one : told_) one = true;
    connected_ = true;
    complained_ = false;
    while (!over_) {
      PM_CHECK(beat(connection));
      PM_TRY(const auto told, connection.notices(kBeat));
      for (const std::string& one : told) hear(one);
    }
    return {};
  }

  // Also what notices that the server is gone.
  Result<void> beat(Connection& connection) {
    if (leads_ || leading_ == Leading::kNo) {
      PM_CHECK(connection.run("SELECT 1"));
      return {};
    }
    PM_TRY(const Rows row, connection.run("SELECT pg_try_advisory_lock($1)", Params().integer(key_of(Lock::kLeading))));
    if (!row.boolean(0, 0)) return {};
    leads_ = true;
    base::log_info("ledger: this replica leads training");
    return {};
  }

  void hear(std::string_view what) {
    if (what == told_as(Lock::kKeys)) told_[static_cast<std::size_t>(Change::kKeys)] = true;
    if (what == told_as(Lock::kConfig)) told_[static_cast<std::size_t>(Change::kConfig)] = true;
    if (what == told_as(Lock::kLearning)) told_[static_cast<std::size_t>(Change::kLearning)] = true;
  }

  const Target target_;
  const Leading leading_;
  std::array<std::atomic<bool>, ledger::kChanges> told_{true, true, true};
  std::atomic<bool> connected_{true};  // until it is known to be otherwise
  std::atomic<bool> leads_{false};
  std::atomic<bool> over_{false};
  bool complained_ = false;  // the thread's
  std::mutex mutex_;
  std::condition_variable wake_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<ledger::ChangeFeed> listen_for_changes(Target target, Leading leading) {
  return std::make_unique<ChangeListener>(std::move(target), leading);
}

}  // namespace pointsman::ledger_postgres
