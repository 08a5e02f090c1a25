// Reading what people said about decisions from JSON Lines, as `pointsman feedback --import` takes it:
// {"decision_id": "...", "category": "refunds"}. Members: decision_id, category (null: none of them), verdict, rating,
// comment, corrected_output, annotator, golden, idempotency_key; the API names them so, too. `decision` and `who` mean
// decision_id and annotator. Every other member is refused: a typo must not lose a correction.
//
// Pure. Bounded; collects every problem.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/feedback.h"

namespace pointsman::cli {

struct FeedbackLine {
  ledger::Feedback said;  // without an id
  std::size_t line = 0;   // from 1
  std::size_t decision_column = 0;
  std::size_t category_column = 0;
};

inline constexpr std::size_t kMaxFeedbackLines = 100'000;

// All lines, or every problem as "name:line:column: what is wrong", one a line (kParse, or kTooLarge for a limit). A
// line that chooses no idempotency key gets one from its content, so that importing it again adds nothing.
// `annotator` speaks where a line names nobody.
base::Result<std::vector<FeedbackLine>> read_feedback_lines(std::string_view bytes, std::string_view name,
                                                            const std::string& annotator);

// What is wrong with a name that others are shown, if anything: "is empty", "has control characters", ...
std::string wrong_name(std::string_view name, std::size_t most);

// The key of a statement that comes without one: the same for the same content.
std::string content_key(const ledger::Feedback& said);
// The key that somebody at the command line chose: never one that came over HTTP or was made of content.
std::string chosen_key(std::string_view key);

}  // namespace pointsman::cli
