// What commands about feedback work on: the ledger's decisions, and what is said about them.
//
// Opens both in the ledger's directory; the ledger itself may be gone or empty, since feedback keeps the decisions it
// speaks of. One thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/uuid.h"
#include "cli/context.h"
#include "cli/ledger_at.h"
#include "ledger/feedback_store.h"
#include "ledger/store.h"

namespace pointsman::cli {

class FeedbackBooks {
 public:
  // Nothing after a failure, which has been told.
  static std::optional<FeedbackBooks> open(const LedgerChoice& choice, Context& context);
  // Over books that somebody else has open, for as long as they are.
  static FeedbackBooks over(ledger::FeedbackStore& store, ledger::Reader& ledger);

  ledger::FeedbackStore& store() { return *store_; }
  // Null where no gateway has kept a ledger.
  ledger::Reader* ledger() { return ledger_; }

  // The decision's entry: from the ledger, or as it was kept with feedback. Nothing: unknown, or forgotten.
  base::Result<std::optional<ledger::Entry>> find(const base::Uuid& decision);
  // The same by the whole id or by its beginning. kNotFound, kInvalidArgument.
  base::Result<ledger::Entry> find(std::string_view id);

  // The categories that an answer about that decision may name: those of the policy it was made under, and of the
  // newest one. Empty: the ledger does not say, and any name is taken.
  base::Result<std::vector<std::string>> categories(const ledger::Entry& entry);
  // Those of the policy it was made under, in the order of its probabilities.
  base::Result<std::vector<std::string>> categories_then(const ledger::Entry& entry);
  // Those of the newest decision's policy.
  base::Result<std::vector<std::string>> categories_now();
  // What is wrong with a category that an answer names: "there is no category 'x'; did you mean 'y'?". Empty: nothing.
  base::Result<std::string> wrong_category(const ledger::Entry& entry, const std::string& category);

 private:
  FeedbackBooks() = default;
  base::Result<const std::vector<std::string>*> categories_of(const std::string& policy);
  base::Result<const std::string*> newest_policy();

  std::unique_ptr<ledger::FeedbackStore> own_store_;  // null where both are somebody else's
  std::unique_ptr<ledger::Reader> own_ledger_;
  ledger::FeedbackStore* store_ = nullptr;
  ledger::Reader* ledger_ = nullptr;
  std::map<std::string, std::vector<std::string>> categories_;  // by policy version
  std::optional<std::string> newest_;
};

// Ids for feedback that no other process makes.
base::UuidGenerator feedback_ids();

// Who speaks: what --who says, or the user at the terminal. kInvalidArgument where neither gives a name.
base::Result<std::string> annotator(const std::string& who, const Context& context);

}  // namespace pointsman::cli
