// How many tokens a request's prompt has, and a shorter form of one that no model has room for.
//
// One per worker: it keeps vocabularies' scratch and what it counted. Counting is exact for models whose tokenizer is
// public and says so; it happens only where something depends on it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/document.h"
#include "llm/chat_request.h"
#include "llm/outline.h"
#include "llm/trim.h"
#include "tokens/prompt_counter.h"

namespace pointsman::gateway {

class PromptFit {
 public:
  explicit PromptFit(std::uint64_t seed);

  // As o200k_base and GPT-4o's framing count it: the measure that windows and prices are compared by.
  tokens::PromptCount count(const llm::ChatRequest& request);
  // Whether the prompt has no more than that many tokens, shown by its length alone.
  static bool proves_fit(const llm::ChatRequest& request, std::int64_t tokens);

  // Of a text on its own, as the only message of a prompt, framing included.
  std::int64_t count_text(std::string_view text);
  // The text, or its beginning with "..." behind it, so that it has at most that many tokens by that count.
  std::string cut_to(std::string text, std::int64_t tokens);

  // What to leave out of the request so that it fits the rules, or, if it does not fit even then, what is needed.
  base::Result<llm::TrimPlan> plan(const llm::ChatRequest& request, const llm::TrimRules& rules,
                                   json::Document& document);

 private:
  // Tokens of the pieces that stand in [begin, end).
  std::int64_t count_part(const llm::ChatRequest& request, llm::ByteRange part);

  tokens::Family family_;
  tokens::PromptCounter counter_;
  llm::ChatRequest part_;
  llm::Outline outline_;
  std::vector<std::int64_t> items_;
  std::vector<std::int64_t> results_;
};

}  // namespace pointsman::gateway
