// The write side of a ledger, whatever database it is in: a crash journal for each worker, a lock on their directory,
// and the thread that moves entries on.
//
// Opened by the composition root before the workers start; sinks are handed to the workers, one each. Opening recovers
// what a dead process left in its journals. What is promised: after append() an entry survives kill -9; after the
// writer's next commit (at most about 5 ms later, or 128 rows, while the database answers) also a power cut; nothing is
// dropped silently. Destroyed after the last use of any sink: it then commits what is waiting and closes.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "journal/journal_folder.h"
#include "journal/journal_sink.h"
#include "journal/writer.h"

namespace pointsman::journal {

struct StoreOptions {
  std::string directory;  // made with mode 0700 if absent; its parent must exist
  std::size_t workers = 1;
  // Each worker's journal, allocated up front. At most ring_bytes / max_record requests can be open per worker.
  std::size_t ring_bytes = 32U << 20;
  // Longer entries are cut (ledger/entry_codec.h). 32 KiB suits a policy that keeps prompt texts.
  std::size_t max_record = 8U << 10;
  WriterOptions writer;  // clock may be left out
};

class Store {
 public:
  // Called once the directory is locked.
  using MakeDestination = std::function<base::Result<std::unique_ptr<Destination>>()>;

  // Fails with kInvalidArgument if another process has the directory open, or with what the database or the system
  // says.
  static base::Result<std::unique_ptr<Store>> open(StoreOptions options, const MakeDestination& make);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // `worker` < options.workers.
  JournalSink& sink(std::size_t worker) { return *sinks_[worker]; }

  // Everything appended before the call is committed when it returns. From any thread but a worker's event loop.
  base::Result<void> flush();
  // As Destination's, on the writer's thread; they wait for it.
  base::Result<void> save_policy(const std::string& version, const std::string& document);
  base::Result<void> save_calibrations(const std::vector<ledger::KeptCalibration>& changed);
  // Deletes what is beyond the retention limits now, instead of a little at a time.
  base::Result<void> prune() { return writer_->prune(); }
  // flush(), then end the writer; further flushes fail. The result says whether everything was committed.
  base::Result<void> close();

  // Entries that were appended and are not committed yet; from any thread.
  std::uint64_t waiting_rows() const;
  bool failed() const { return health_.failed(); }
  std::string failure() const { return health_.reason(); }
  WriterStats stats() const { return writer_->stats(); }
  // Entries that this opening found in the journals of an earlier process.
  std::uint64_t recovered() const { return recovered_; }

 private:
  explicit Store(JournalFolder folder) : folder_(std::move(folder)) {}

  base::SystemClock system_clock_;
  JournalFolder folder_;
  Health health_;
  WakeFlag wake_;
  std::vector<std::unique_ptr<JournalSink>> sinks_;
  std::unique_ptr<Writer> writer_;
  std::uint64_t recovered_ = 0;
  bool closed_ = false;
};

}  // namespace pointsman::journal
