#include "journal/writer.h"

#include <pthread.h>

#include <algorithm>
#include <ctime>
#include <exception>
#include <future>

#include "base/log.h"

namespace pointsman::journal {
namespace {

constexpr std::chrono::microseconds kRetryPause{200'000};
// How often it is said that the database is still away.
constexpr std::chrono::seconds kTellAway{10};

std::chrono::nanoseconds thread_cpu() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

// As if the database were away: it is tried again, and the journals hold what comes. Asks for no memory of its own.
std::unexpected<base::Error> thrown(const std::exception& broken) {
  return base::fail(base::Error(base::ErrorCode::kOverloaded, broken.what()));
}

bool is_away(base::ErrorCode code) {
  using base::ErrorCode;
  return code == ErrorCode::kOverloaded || code == ErrorCode::kConnect || code == ErrorCode::kReset ||
         code == ErrorCode::kTimeout;
}

}  // namespace

Writer::Writer(std::unique_ptr<Destination> destination, std::vector<Journal*> journals, WriterOptions options,
               Health& health, WakeFlag& wake)
    : destination_(std::move(destination)),
      journals_(std::move(journals)),
      options_(std::move(options)),
      health_(health),
      wake_(wake) {
  rows_.reserve(kMaxTransaction);
}

void Writer::start() {
  thread_ = std::thread([this] { loop(); });
}

base::Result<void> Writer::stop() {
  if (!thread_.joinable()) return final_result_;
  stopping_.store(true);
  wake_.wake();
  thread_.join();
  return final_result_;
}

base::Result<void> Writer::run(Task task) {
  std::promise<base::Result<void>> promise;
  auto future = promise.get_future();
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_.load()) return base::fail(base::ErrorCode::kCancelled, "the ledger is closing");
    requests_.push_back(
        {std::move(task), [&promise](base::Result<void> result) { promise.set_value(std::move(result)); }});
    requested_.store(true);
  }
  wake_.wake();
  return future.get();
}

base::Result<void> Writer::prune() {
  return run([this](Destination& destination, const base::Result<void>&) -> base::Result<void> {
    for (;;) {
      PM_TRY(const bool more, destination.upkeep(options_.clock->wall()));
      if (!more) return {};
    }
  });
}

WriterStats Writer::stats() const {
  const std::scoped_lock lock(mutex_);
  return stats_;
}

bool Writer::waiting() const {
  return std::ranges::any_of(journals_, [](const Journal* one) { return one->appended() != one->committed(); });
}

bool Writer::hurried() const {
  return stopping_.load() || requested_.load() || std::ranges::any_of(journals_, [this](const Journal* one) {
           return one->waiting_rows() >= options_.gather_rows;
         });
}

bool Writer::called() const {
  return stopping_.load() || requested_.load() || (!distrusted_ && waiting());
}

void Writer::idle(std::chrono::microseconds most) {
  wake_.announce(WakeFlag::kIdle);
  if (called()) return wake_.awake();
  wake_.sleep(WakeFlag::kIdle, most);
}

void Writer::gather() {
  const auto until = std::chrono::steady_clock::now() + options_.gather_time;
  while (!hurried()) {
    const auto left = std::chrono::duration_cast<std::chrono::microseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return;
    wake_.announce(WakeFlag::kGathering);
    if (hurried()) break;
    wake_.sleep(WakeFlag::kGathering, left);
  }
  wake_.awake();
}

std::vector<Writer::Request> Writer::take_requests() {
  const std::scoped_lock lock(mutex_);
  requested_.store(false);
  return std::exchange(requests_, {});
}

base::Result<void> Writer::perform(const Task& task, const base::Result<void>& committed) {
  try {
    if (distrusted_) return base::fail(base::ErrorCode::kIo, health_.reason());
    return task(*destination_, committed);
  } catch (const std::exception& broken) {
    return thrown(broken);
  }
}

void Writer::serve(std::vector<Request> requests, const base::Result<void>& committed) {
  for (Request& request : requests) request.done(perform(request.task, committed));
}

void Writer::loop() {
  ::pthread_setname_np(::pthread_self(), "ledger");
  next_retention_ = std::chrono::steady_clock::now();
  for (;;) {
    const bool stopping = stopping_.load();
    if (!stopping && !called()) {
      retain();
      const auto pause =
          std::chrono::duration_cast<std::chrono::microseconds>(next_retention_ - std::chrono::steady_clock::now());
      idle(std::max(pause, std::chrono::microseconds(1000)));
      continue;
    }
    if (!stopping) gather();
    std::vector<Request> requests = take_requests();
    const base::Result<void> committed = commit_waiting();
    serve(std::move(requests), committed);
    if (stopping) {
      final_result_ = committed;
      serve(take_requests(), committed);
      return;
    }
    if (!committed && !distrusted_) {
      wake_.announce(WakeFlag::kGathering);
      wake_.sleep(WakeFlag::kGathering, kRetryPause);
    }
    if (std::chrono::steady_clock::now() >= next_retention_) retain();
  }
}

base::Result<void> Writer::commit_waiting() {
  try {
    return commit_appended();
  } catch (const std::exception& broken) {
    auto error = thrown(broken);
    try {
      tell_away(error.error());
    } catch (const std::exception&) {  // there is not even memory to say so
    }
    return error;
  }
}

base::Result<void> Writer::commit_appended() {
  if (distrusted_) return base::fail(base::ErrorCode::kIo, health_.reason());
  std::vector<std::uint64_t> until;
  until.reserve(journals_.size());
  for (const Journal* one : journals_) until.push_back(one->appended());
  for (;;) {
    const auto rows = commit_batch(until);
    if (!rows) {
      note_failure(rows.error());
      return base::fail(rows.error());
    }
    if (*rows == 0) return {};
    note_commit(*rows);
  }
}

base::Result<std::size_t> Writer::commit_batch(const std::vector<std::uint64_t>& until) {
  struct Taken {
    std::uint64_t position = 0;
    std::uint64_t rows = 0;
  };
  std::vector<Taken> taken(journals_.size());
  rows_.clear();
  for (std::size_t i = 0; i < journals_.size(); ++i) {
    taken[i].position = journals_[i]->committed();
    std::string_view record;
    while (rows_.size() < kMaxTransaction && taken[i].position < until[i] &&
           journals_[i]->next(taken[i].position, record)) {
      rows_.push_back({id_of(record), record});
      ++taken[i].rows;
    }
  }
  for (Journal* one : journals_) one->prefault();
  if (rows_.empty()) return 0;
  PM_CHECK(destination_->insert(rows_));
  for (std::size_t i = 0; i < journals_.size(); ++i) {
    if (taken[i].rows > 0) journals_[i]->commit(taken[i].position, taken[i].rows);
  }
  return rows_.size();
}

void Writer::tell_away(const base::Error& error) {
  const auto now = std::chrono::steady_clock::now();
  if (told_away_ && now - *told_away_ < kTellAway) return;
  told_away_ = now;
  base::log_warn("ledger: {}; trying again, the journals hold what comes", error.message());
}

void Writer::note_failure(const base::Error& error) {
  if (is_away(error.code())) return tell_away(error);
  if (error.retry() == base::Retry::kNo) distrusted_ = true;
  const bool news = !health_.failed() || distrusted_;
  health_.fail(error.message());
  if (news) {
    base::log_error("ledger: {}; {}", error.message(),
                    distrusted_ ? "it is not trusted any more: stop, check the disk, start again"
                                : "refusing requests until it can be written again");
  }
}

void Writer::note_commit(std::size_t rows) {
  if (health_.failed() || told_away_) base::log_info("ledger: writing again");
  if (health_.failed()) health_.recover();
  told_away_.reset();
  {
    const std::scoped_lock lock(mutex_);
    stats_.rows += rows;
    ++stats_.commits;
    stats_.cpu = thread_cpu();
  }
  if (options_.on_commit) options_.on_commit();
}

void Writer::retain() {
  if (distrusted_) {
    next_retention_ = std::chrono::steady_clock::now() + options_.retention_interval;
    return;
  }
  if (std::chrono::steady_clock::now() < next_retention_) return;
  try {
    step_upkeep();
  } catch (const std::exception&) {  // later, when there may be memory again
    next_retention_ = std::chrono::steady_clock::now() + options_.retention_interval;
  }
}

void Writer::step_upkeep() {
  const auto more = destination_->upkeep(options_.clock->wall());
  if (!more && more.error().retry() == base::Retry::kNo) note_failure(more.error());
  if (!more && !distrusted_ && !told_away_)
    base::log_warn("ledger: retention: {}; trying again later", more.error().message());
  // A step at a time while there is more, each followed by whatever the workers have appended meanwhile.
  if (!more || !*more) next_retention_ = std::chrono::steady_clock::now() + options_.retention_interval;
}

}  // namespace pointsman::journal
