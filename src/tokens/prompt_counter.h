// Counts the tokens of a request's prompt as the upstream will, from the pieces that the protocol's reader recorded.
//
// One per worker thread; it keeps its memory and, by hash, what it counted: a growing conversation costs its new
// messages. Pure: the same request always gives the same count, cached or not. The work grows linearly with the body.
//
// Sources. Messages: 3 tokens each, 1 for a name, 3 to begin the answer (OpenAI cookbook, "How to count tokens with
// tiktoken"). Calls, results of functions, definitions and choices of tools: worked out by others from what the API
// reports (tool_text.h names them). Images: image_tokens.h. A message never merges across its borders, so counts add
// up; texts of several parts are counted one by one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llm/chat_request.h"
#include "text/bpe.h"
#include "tokens/count_cache.h"
#include "tokens/family.h"
#include "tokens/tool_text.h"

namespace pointsman::tokens {

// Why a count is an estimate.
enum class Doubt : std::uint8_t {
  kTokenizer,  // the model's is not public, or not in this build: counted as o200k_base, or from bytes
  kFraming,    // what surrounds messages is assumed to be that of GPT-4o
  kTools,      // definitions whose rendering is partly a guess
  kToolCalls,  // calls of tools and their results: their framing is assumed
  kImages,     // of a size or a price that is not known: the most it can be
  kFiles,
  kAudio,
  kAnswerFormat,  // how the model is told the schema is not known
  kReasoning,     // earlier thoughts, which may be left out of the prompt
  kOther,         // members that a model may be shown or not
  kElsewhere,     // part of the prompt is in the provider's store, and not counted
};
inline constexpr int kDoubts = 11;
std::string_view to_string(Doubt doubt);  // "tokenizer", "framing", ...

class Doubts {
 public:
  void add(Doubt one) { bits_ |= bit(one); }
  bool has(Doubt one) const { return (bits_ & bit(one)) != 0; }
  bool empty() const { return bits_ == 0; }
  bool operator==(const Doubts&) const = default;

 private:
  static constexpr std::uint32_t bit(Doubt one) { return 1U << static_cast<unsigned>(one); }
  std::uint32_t bits_ = 0;
};

struct PromptCount {
  std::int64_t tokens = 0;
  std::int64_t estimated = 0;  // of them, those that an estimate stands for; all of them if the tokenizer is in doubt
  Doubts doubts;
  bool exact() const { return doubts.empty(); }
};

// One line of a count, for people.
struct PromptItem {
  enum class Kind : std::uint8_t { kMessage, kText, kTools, kToolChoice, kAnswerFormat, kAnswer };
  Kind kind = Kind::kMessage;
  llm::PieceRole role = llm::PieceRole::kOther;  // of kMessage
  std::int64_t tokens = 0;
};

// Null: not in this build, and then estimated.
struct Vocabularies {
  std::shared_ptr<const text::BpeVocabulary> o200k;
  std::shared_ptr<const text::BpeVocabulary> cl100k;
};

class PromptCounter {
 public:
  static constexpr std::size_t kCached = 4096;

  // `seed` is secret to the process (count_cache.h). `cached` entries of 40 bytes; 0 caches nothing.
  PromptCounter(const Vocabularies& vocabularies, std::uint64_t seed, std::size_t cached = kCached);

  PromptCount count(const llm::ChatRequest& request, const Family& family);
  // The count, or nothing when it is more than `limit`, which is found out without reading much more than that.
  std::optional<PromptCount> count_up_to(const llm::ChatRequest& request, const Family& family, std::int64_t limit);
  // count(), and what it consists of. Replaces `items`.
  PromptCount itemise(const llm::ChatRequest& request, const Family& family, std::vector<PromptItem>& items);

  // How many tokens were considered since this counter was made: what the work is proportional to.
  std::uint64_t steps() const;

 private:
  friend class PromptWalk;

  std::optional<text::TokenCounter> o200k_;
  std::optional<text::TokenCounter> cl100k_;
  CountCache cache_;
  ToolText tool_text_;
  std::string scratch_;
  std::uint64_t seed_;
};

// Whether the prompt has no more than `free_tokens` tokens, shown by its length alone: a token is at least one byte of
// a text (byte-pair vocabularies and SentencePiece with bytes to fall back on). False where only counting can tell, and
// where the prompt has parts whose tokens no length bounds: files, sounds, images of a model that we do not know.
bool proves_fit(const llm::ChatRequest& request, const Family& family, std::int64_t free_tokens);

}  // namespace pointsman::tokens
