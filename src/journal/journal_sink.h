// A worker's way into the store: its journal, the store's health, and the writer's alarm clock.
//
// Used from one thread only, but for committed(). append() costs one encode and one atomic store; a system call only
// when the writer is asleep and the entry is the one to wake it.
#pragma once

#include <memory>

#include "journal/health.h"
#include "journal/journal.h"
#include "journal/wake_flag.h"
#include "ledger/store.h"

namespace pointsman::journal {

class JournalSink final : public ledger::Sink {
 public:
  // `health` and `wake` outlive the sink; `gather_rows` waiting rows end the writer's gathering.
  JournalSink(std::unique_ptr<Journal> journal, const Health& health, WakeFlag& wake, std::uint64_t gather_rows)
      : journal_(std::move(journal)), health_(health), wake_(wake), gather_rows_(gather_rows) {}

  base::Result<void> reserve() override;
  void release() override { journal_->release(); }
  void append(const ledger::Entry& entry) override;

  // The position of everything appended so far; once committed() has reached it, it would survive a power cut. For
  // holding back the last byte of an answer until then.
  std::uint64_t appended() const { return journal_->appended(); }
  // Any thread.
  std::uint64_t committed() const { return journal_->committed(); }

  Journal& journal() { return *journal_; }

 private:
  std::unique_ptr<Journal> journal_;
  const Health& health_;
  WakeFlag& wake_;
  const std::uint64_t gather_rows_;
};

}  // namespace pointsman::journal
