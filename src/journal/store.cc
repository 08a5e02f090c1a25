#include "journal/store.h"

#include <unistd.h>

#include "base/log.h"

namespace pointsman::journal {

base::Result<std::unique_ptr<Store>> Store::open(StoreOptions options, const MakeDestination& make) {
  PM_TRY(JournalFolder folder, JournalFolder::open(options.directory));
  std::unique_ptr<Store> store(new Store(std::move(folder)));
  if (options.writer.clock == nullptr) options.writer.clock = &store->system_clock_;
  PM_TRY(std::unique_ptr<Destination> destination, make());
  PM_TRY(store->recovered_,
         store->folder_.recover([&](std::span<PendingRow> rows) { return destination->insert(rows); }));
  std::vector<Journal*> journals;
  for (std::size_t i = 0; i < options.workers; ++i) {
    PM_TRY(auto journal, store->folder_.make(i, options.ring_bytes, options.max_record));
    journals.push_back(journal.get());
    store->sinks_.push_back(
        std::make_unique<JournalSink>(std::move(journal), store->health_, store->wake_, options.writer.gather_rows));
  }
  store->writer_ = std::make_unique<Writer>(std::move(destination), std::move(journals), std::move(options.writer),
                                            store->health_, store->wake_);
  store->writer_->start();
  return store;
}

Store::~Store() {
  if (writer_) static_cast<void>(close());
}

base::Result<void> Store::close() {
  const auto result = writer_->stop();
  if (!closed_ && !result) {
    base::log_error("ledger: closed with entries left in the journals, to be recovered at the next start: {}",
                    result.error().message());
  }
  if (!closed_ && result) {
    for (const auto& sink : sinks_) ::unlink(sink->journal().path().c_str());
  }
  closed_ = true;
  return result;
}

std::uint64_t Store::waiting_rows() const {
  std::uint64_t rows = 0;
  for (const auto& sink : sinks_) rows += sink->journal().waiting_rows();
  return rows;
}

base::Result<void> Store::flush() {
  return writer_->run([](Destination&, const base::Result<void>& committed) { return committed; });
}

base::Result<void> Store::save_policy(const std::string& version, const std::string& document) {
  return writer_->run(
      [&](Destination& destination, const base::Result<void>&) { return destination.save_policy(version, document); });
}

base::Result<void> Store::save_calibrations(const std::vector<ledger::KeptCalibration>& changed) {
  return writer_->run(
      [&](Destination& destination, const base::Result<void>&) { return destination.save_calibrations(changed); });
}

}  // namespace pointsman::journal
