// The one thread that moves entries from the workers' journals into the database.
//
// Group commit: a batch is committed when `gather_time` has passed since its first entry was noticed or one worker has
// `gather_rows` waiting, whichever is first; what piled up during a commit follows in transactions of at most
// kMaxTransaction rows. Idle, it sleeps on a futex and costs nothing. While the database is away the journals take what
// comes until they are full. A full disk makes the store failed until a retry succeeds; an error after which the
// database is not to be trusted makes it failed for good: nothing is written any more, and what was not committed stays
// in the journals for the next start. What is thrown (memory is short) ends a batch or a task, never the thread: the
// batch comes again.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "journal/destination.h"
#include "journal/health.h"
#include "journal/journal.h"
#include "journal/wake_flag.h"

namespace pointsman::journal {

struct RetentionOptions {
  std::optional<std::chrono::seconds> max_age;
  std::optional<std::uint64_t> max_bytes;  // what counts is the destination's to say
};

struct WriterOptions {
  std::chrono::microseconds gather_time{5'000};
  std::uint64_t gather_rows = 128;
  RetentionOptions retention;  // for the destination
  std::chrono::seconds retention_interval{10};
  const base::Clock* clock = nullptr;  // wall time for upkeep; read on the writer's thread, outlives it
  std::function<void()> on_commit;     // called on the writer's thread after each commit; may be empty
};

struct WriterStats {
  std::uint64_t rows = 0;
  std::uint64_t commits = 0;
  std::chrono::nanoseconds cpu{0};  // of the writer's thread, up to its last commit
};

class Writer {
 public:
  static constexpr std::size_t kMaxTransaction = 1024;
  // Runs on the writer's thread once everything appended before was committed, or with the error why it was not.
  using Task = std::function<base::Result<void>(Destination&, const base::Result<void>& committed)>;

  // The journals, `health` and `wake` outlive the writer. start() is called once.
  Writer(std::unique_ptr<Destination> destination, std::vector<Journal*> journals, WriterOptions options,
         Health& health, WakeFlag& wake);
  void start();
  // Commits what is waiting and ends the thread. The result says whether everything was committed.
  base::Result<void> stop();

  // Any thread but the writer's: runs the task there and waits for its result.
  base::Result<void> run(Task task);
  // One round of deleting and summing up, until nothing is beyond the limits.
  base::Result<void> prune();
  WriterStats stats() const;

 private:
  struct Request {
    Task task;
    std::function<void(base::Result<void>)> done;
  };

  void loop();
  bool waiting() const;
  bool hurried() const;
  bool called() const;
  void idle(std::chrono::microseconds most);
  void gather();
  base::Result<void> commit_waiting();
  base::Result<void> commit_appended();
  base::Result<std::size_t> commit_batch(const std::vector<std::uint64_t>& until);
  void note_failure(const base::Error& error);
  void note_commit(std::size_t rows);
  void serve(std::vector<Request> requests, const base::Result<void>& committed);
  base::Result<void> perform(const Task& task, const base::Result<void>& committed);
  std::vector<Request> take_requests();
  void retain();
  void step_upkeep();
  void tell_away(const base::Error& error);

  const std::unique_ptr<Destination> destination_;
  const std::vector<Journal*> journals_;
  const WriterOptions options_;
  Health& health_;
  WakeFlag& wake_;

  // The writer thread's own.
  std::vector<PendingRow> rows_;
  bool distrusted_ = false;
  base::MonoTime next_retention_{};
  std::optional<base::MonoTime> told_away_;  // when it was last said that the database is away; unset: it is there

  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  WriterStats stats_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> requested_{false};
  base::Result<void> final_result_;
  std::thread thread_;
};

}  // namespace pointsman::journal
