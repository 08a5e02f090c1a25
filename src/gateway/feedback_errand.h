// One statement about a decision, or an import of many, on its way into the store.
//
// Whoever asks makes it, offers it to the desk (feedback_desk.h) and leaves it alone until done() was called. It is
// worked off in slices, so that a long import holds up nobody, and never waits itself: a decision that is missing may
// have ended just now and be on its way into the ledger, so it is looked for again for a quarter of a second.
// Time is an argument; one thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/uuid.h"
#include "gateway/feedback_body.h"
#include "ledger/feedback_store.h"
#include "ledger/store.h"

namespace pointsman::gateway {

// Where decisions are looked up and what is said about them is kept.
struct FeedbackBooks {
  std::unique_ptr<ledger::FeedbackStore> store;
  std::unique_ptr<ledger::Reader> ledger;
};
using OpenBooks = std::function<base::Result<FeedbackBooks>()>;

struct FeedbackAnswer {
  ImportCount count;                       // what was kept, also when there is an error
  std::optional<ledger::Receipt> receipt;  // of a single statement
  std::vector<std::string> problems;       // why an import was refused: the first of `wrong`
  std::size_t wrong = 0;                   // lines
  std::optional<base::Error> error;        // kNotFound: no such decision
  bool conflict = false;                   // the error: an idempotency key came before with another content
};

class FeedbackErrand {
 public:
  static constexpr std::size_t kMaxProblems = 20;
  static constexpr std::size_t kSlice = 128;      // lines read, or decisions looked up, at once
  static constexpr std::size_t kKeepSlice = 128;  // statements kept in one go, which waits for the disk once

  explicit FeedbackErrand(ledger::Feedback said);
  FeedbackErrand(std::string lines, std::vector<std::string> categories);
  virtual ~FeedbackErrand() = default;
  // Called once, by the thread that worked it off.
  virtual void done() = 0;

  struct Next {
    bool over = false;
    base::Duration pause{};  // before the next step
  };
  // Fails when the books do; the errand is not over then, fail() ends it.
  base::Result<Next> step(FeedbackBooks& books, base::UuidGenerator& ids, base::WallTime now);
  void fail(base::Error error) { answer_.error = std::move(error); }

  // For the asker, after done().
  const FeedbackAnswer& answer() const { return answer_; }
  const base::Uuid& decision() const { return items_.front().said.decision; }
  // What its text takes.
  std::size_t bytes() const { return bytes_; }

 private:
  struct Item {
    ledger::Feedback said;
    FeedbackLines::Line place;  // of an import; its `said` is empty
  };
  enum class Phase : std::uint8_t { kRead, kFind, kKeep };

  Next read();
  base::Result<Next> find(FeedbackBooks& books, base::UuidGenerator& ids, base::WallTime now);
  base::Result<Next> keep(FeedbackBooks& books, base::UuidGenerator& ids, base::WallTime now);
  // The next statements with the entries they speak of; up to one whose entry is gone.
  base::Result<std::vector<ledger::Statement>> take_slice(FeedbackBooks& books, base::UuidGenerator& ids,
                                                          base::WallTime now);
  // What to do after they could not be kept.
  base::Result<Next> broken_off(base::Error why, std::size_t tried);
  base::Result<void> refuse_missing(FeedbackBooks& books, base::WallTime now);
  // Where an import broke off, for its error.
  std::string where(const Item& item) const;
  void problem(std::string what);

  std::optional<FeedbackLines> lines_;  // of an import
  std::vector<Item> items_;
  std::vector<std::size_t> open_;  // items whose decision is looked for
  std::vector<std::size_t> missing_;
  std::size_t at_ = 0;
  std::size_t tries_ = 0;
  bool one_by_one_ = false;  // to find the statement that is in conflict
  Phase phase_;
  std::size_t bytes_;
  FeedbackAnswer answer_;
};
using FeedbackErrandPtr = std::shared_ptr<FeedbackErrand>;

}  // namespace pointsman::gateway
