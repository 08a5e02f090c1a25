#include "journal/journal_sink.h"

namespace pointsman::journal {
namespace {

base::Result<void> overloaded(std::string message) {
  return base::fail(base::ErrorCode::kOverloaded, std::move(message), base::Origin::kGateway, base::Retry::kSameTarget);
}

}  // namespace

base::Result<void> JournalSink::reserve() {
  if (health_.failed()) return overloaded("the ledger cannot be written: " + health_.reason());
  if (!journal_->reserve()) return overloaded("the ledger's journal has no room for another open request");
  return {};
}

void JournalSink::append(const ledger::Entry& entry) {
  journal_->append(entry);
  switch (wake_.state()) {
    case WakeFlag::kAwake:
      break;
    case WakeFlag::kIdle:
      wake_.wake();
      break;
    case WakeFlag::kGathering:
      if (journal_->waiting_rows() >= gather_rows_) wake_.wake();
      break;
  }
}

}  // namespace pointsman::journal
