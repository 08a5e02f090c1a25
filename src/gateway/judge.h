// Whether an answer is good enough to be released, or another model should be asked first (strategy escalate).
//
// Pure functions; see the table in the test. What a client asked for and got is worth more than a guess: only what is
// plainly wrong with an answer counts, and how sure the model itself was of its words.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "gateway/decision.h"
#include "llm/chat_request.h"
#include "wire/openai_chat/answer_facts.h"

namespace pointsman::gateway {

enum class Worth : std::uint8_t {
  kGood,
  kNotWhole,    // it broke off, or is no answer at all
  kFiltered,    // a content filter ended it
  kEmpty,       // it says nothing
  kBrokenCall,  // it calls a tool with arguments that are no JSON object
  kBrokenJson,  // it had to be JSON and is not
  kCutShort,    // it ran into its model's limit, not one that the client set
  kUnsure,      // its tokens were too improbable to the model itself
  kTooLong,     // it did not fit the memory that holding may take
};
std::string_view to_string(Worth worth);  // "good", "not_whole", "filtered", "empty", "broken_call", ...

// How probable the model found its own tokens, as their geometric mean; unknown without log-probabilities.
std::optional<float> confidence_of(const wire::openai_chat::AnswerFacts& facts);

Worth judge(const wire::openai_chat::AnswerFacts& facts, const llm::ChatRequest& request, float min_confidence);

// Whether the answer of the candidate at `place` is to be judged: the category's strategy says so, the request is no
// stream, and the candidate behind it is healthy and stronger: the next of the category, or the first of the fallback
// list. The rest of that list is weaker than its first, and doubt never leads down (I9).
bool is_judged(const Decision& decision, const route::Market& market, const llm::ChatRequest& request,
               std::size_t place);

}  // namespace pointsman::gateway
