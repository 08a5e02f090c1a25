// Which decisions a person is asked about next: what the ledger and earlier answers give to learn/review_queue.h, and
// what it chose of that.
//
// Reads the ledger and the feedback once; holds features of at most kMostCandidates decisions, and texts of those that
// were chosen. Deterministic. One thread.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cli/feedback_books.h"
#include "learn/label_card.h"
#include "learn/review_queue.h"

namespace pointsman::cli {

inline constexpr std::size_t kMostCandidates = 20'000;

struct BatchOptions {
  base::WallTime since{};
  base::WallTime until{};
  std::size_t count = 25;
  // Decisions between `since` and `until` that belong to the random slice, on average; at most a fifth of them.
  double slice_labels = 200;
  // Of what others have labelled and this person has not, by chance, so that it is known how far people agree; empty:
  // of what nobody has labelled.
  std::string again;
  // Not to be offered: somebody is at them, or the person would not say.
  std::set<base::Uuid> without;
  // So many candidates are looked at, the newest; at most kMostCandidates.
  std::size_t most = kMostCandidates;
};

struct LabelPick {
  ledger::Entry entry;
  learn::ReviewReason reason = learn::ReviewReason::kUnsure;
  std::string why;
  double slice = 0;  // Feedback::slice
};

struct LabelBatch {
  std::vector<std::string> categories;  // of the newest decision's policy
  std::vector<LabelPick> picks;
  std::size_t decisions = 0;     // that the router made in that time
  std::size_t labelled = 0;      // of these, by people
  std::size_t without_text = 0;  // of these, that cannot be shown
  std::size_t beyond_limit = 0;  // that were too many to look at
  double slice_rate = 0;         // of decisions that belong to the random slice
};

base::Result<LabelBatch> choose_batch(FeedbackBooks& books, const BatchOptions& options);

// What a person sees of a pick. The probabilities follow `categories`, whatever policy the decision was made under.
base::Result<learn::LabelItem> label_item(const LabelPick& pick, const std::vector<std::string>& categories,
                                          FeedbackBooks& books);

}  // namespace pointsman::cli
