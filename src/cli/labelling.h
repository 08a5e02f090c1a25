// Labelling at work: what a key brings about in the session (learn/label_session.h) is kept in the store, and each
// decision is leased to whoever looks at it, so that two people never get the same one at once.
//
// One thread. The books outlive it. Answers are on the disk when press() returns.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/feedback_books.h"
#include "cli/label_batch.h"
#include "learn/label_session.h"

namespace pointsman::cli {

class Labelling {
 public:
  static constexpr std::chrono::minutes kLease{10};

  Labelling(FeedbackBooks& books, const base::Clock& clock, LabelBatch batch, std::string who, bool golden);
  // Gives back what nobody answered.
  ~Labelling();
  Labelling(const Labelling&) = delete;
  Labelling& operator=(const Labelling&) = delete;

  // Takes the decisions that nobody else is at. Call it once, first.
  base::Result<void> begin();
  // True when the person wants to end.
  base::Result<bool> press(const learn::LabelKey& key);

  const learn::LabelSession& session() const { return session_; }
  // Decisions that others are at.
  std::size_t taken() const { return taken_; }

 private:
  base::Result<void> label(std::size_t item, std::size_t category);
  base::Result<void> take_back(std::size_t item);
  base::Result<bool> lease(std::size_t item);
  base::Result<void> release(std::size_t item);
  // Goes past decisions whose lease ended and that somebody else is at by now. True: there were some.
  base::Result<bool> pass_taken();
  std::size_t at() const { return session_.labelled() + session_.skipped(); }

  struct Item {
    LabelPick pick;
    base::WallTime leased_until{};
    std::optional<base::Uuid> feedback;  // what was kept of the answer
  };

  FeedbackBooks& books_;
  const base::Clock& clock_;
  std::vector<std::string> categories_;
  std::vector<LabelPick> picks_;  // until begin()
  std::string who_;
  bool golden_;
  base::UuidGenerator ids_;
  learn::LabelSession session_;
  std::vector<Item> items_;  // as the session's
  std::size_t taken_ = 0;
};

}  // namespace pointsman::cli
