#include "ledger/feedback_store.h"

namespace pointsman::ledger {

base::Result<std::vector<Receipt>> FeedbackStore::add_all(std::span<const Statement> statements) {
  std::vector<Receipt> receipts;
  for (const Statement& one : statements) {
    auto receipt = add(one.feedback, one.about);
    if (!receipt) {
      for (const Receipt& before : receipts) {
        if (!before.repeated) PM_CHECK(retract(before.id));
      }
      return base::fail(std::move(receipt).error());
    }
    receipts.push_back(*receipt);
  }
  return receipts;
}

}  // namespace pointsman::ledger
