#include "app/ledger_changes.h"

namespace pointsman::app {

using ledger::Change;

LedgerChanges::LedgerChanges(const ledger::Backend& backend, const base::Clock& clock)
    : clock_(clock), feed_(backend.changes()) {
  if (std::string file = backend.feedback_file(); !file.empty()) file_.emplace(std::move(file));
}

bool LedgerChanges::worth(Follower follower) {
  if (!feed_) return true;
  if (feed_->take(Change::kKeys)) told_[kKeys] = true;
  if (feed_->take(Change::kLearning)) told_[kClassifiers] = told_[kCorrections] = true;
  const base::Duration since = clock_.mono() - looked_[follower];
  if (!feed_->connected()) {
    if (follower != kKeys || since < kKeysAnyway) return false;
  } else if (!told_[follower] && since < ledger::ChangeFeed::kLookAnyway) {
    return false;
  }
  told_[follower] = false;
  looked_[follower] = clock_.mono();
  return true;
}

bool LedgerChanges::corrections() {
  return feed_ || !file_ ? worth(kCorrections) : file_->changed();
}

}  // namespace pointsman::app
