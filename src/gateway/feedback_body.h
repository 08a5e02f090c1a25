// What people send about decisions (POST /v1/feedback, and many lines of it at once), read strictly, and what they are
// answered.
//
// Pure. Every member is known, stands once and is of its kind, or the message names it: a typo must not lose a
// correction. Who speaks over HTTP speaks as "api:<annotator>", and keys that clients choose begin with "api:" too, so
// that nobody can pass for a person at the command line or take a key that we make ourselves.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "json/document.h"
#include "ledger/feedback.h"
#include "ledger/feedback_store.h"

namespace pointsman::gateway {

inline constexpr std::string_view kApiVoice = "api:";
inline constexpr std::size_t kMaxFeedbackBytes = 256U << 10;  // of one statement: its longest texts, all escaped
inline constexpr std::size_t kMaxFeedbackLines = 10'000;      // of one import
inline constexpr std::size_t kMaxAnnotator = ledger::Feedback::kMaxWho - kApiVoice.size();
inline constexpr std::size_t kMaxClientKey = ledger::Feedback::kMaxIdempotencyKey - kApiVoice.size();

// One statement; its id is left to whoever keeps it. Errors are the client's: kTooLarge, kParse at "line:column", or
// kInvalidArgument at a JSON pointer. `categories` are those of the configuration.
base::Result<ledger::Feedback> read_feedback(std::string_view body, std::span<const std::string> categories,
                                             json::Document& document);

// Takes the key of an Idempotency-Key header, in quotes (draft-ietf-httpapi-idempotency-key-header) or without. Fails
// where it is none, or the body named another.
base::Result<void> take_key(std::string_view header, ledger::Feedback& feedback);

// The statements of an import, one JSON object a line; empty lines are passed over. A statement without a key gets one
// from its content, so that sending the same lines again adds nothing; one key with two contents is refused here.
//
// Holds the text; one thread.
class FeedbackLines {
 public:
  struct Line {
    std::size_t number = 0;               // from 1
    std::size_t begin = 0;                // of the line in the text
    std::size_t decision_at = 0;          // of the decision's id in the line
    base::Result<ledger::Feedback> said;  // or what is wrong: "line:column: ..."
  };

  FeedbackLines(std::string text, std::vector<std::string> categories);

  // Nothing at the end. Beyond kMaxFeedbackLines there is one more, which says so, and then the end.
  std::optional<Line> next();
  // "line:column" of the decision's id.
  std::string place_of_decision(const Line& line) const;

 private:
  std::string_view take_line();
  // Gives the statement its key. False: the client chose one that an earlier line has for another content.
  bool settle_key(ledger::Feedback& said);

  std::string text_;
  std::vector<std::string> categories_;
  json::Document document_{kMaxFeedbackBytes};
  std::size_t at_ = 0;
  std::size_t number_ = 0;
  std::size_t statements_ = 0;
  std::unordered_map<std::string, std::string> contents_;  // by the key that the client chose
};

// What an import came to.
struct ImportCount {
  std::uint64_t accepted = 0;
  std::uint64_t repeated = 0;                 // said before under the same key
  std::array<std::uint64_t, 4> by_verdict{};  // of the accepted ones, by ledger::Fit
};

// Each appends one JSON object.
void write_receipt(const base::Uuid& decision, const ledger::Receipt& receipt, std::string& out);
void write_import(const ImportCount& count, std::string& out);
// Why an import was refused: the first problems, of `wrong` in all.
void write_refused_import(std::span<const std::string> problems, std::size_t wrong, std::string& out);

}  // namespace pointsman::gateway
