// Reads the bodies of the two plain endpoints of the OpenAI API into the view that routing works on: legacy completions
// (POST /v1/completions) and embeddings (POST /v1/embeddings).
//
// Pure. They are forwarded, never translated: what a ChatRequest filled here is good for is openai_chat's
// forward_body() (the model, and the report of usage of a completion's stream), and their answers go by openai_chat's
// meters, which know that embeddings have no output. Whole bodies are checked in one walk; unknown members survive; a
// member we interpret may stand only once.
#pragma once

#include <string_view>

#include "base/result.h"
#include "llm/chat_request.h"
#include "wire/body_reading.h"

namespace pointsman::wire::openai_plain {

// Most answers for each prompt (openapi.yaml, CreateCompletionRequest: n; best_of is at most 20 there, more elsewhere).
inline constexpr std::int64_t kMaxChoices = 128;
// Most prompts or inputs in one body (openapi.yaml, CreateEmbeddingRequest: input).
inline constexpr std::int64_t kMaxPrompts = 2048;

// Fill `out` from `body`, which must outlive it. Errors are the client's: kParse with the position, kTooLarge, or
// kInvalidArgument whose place() is the JSON pointer of the member.
//
// Of a completion: `text` is that of its prompts, `choices` how many answers are generated for all of them (the larger
// of n and best_of for each), `messages` the number of prompts. Tokens that the client counted itself count as such.
base::Result<void> read_completion_request(std::string_view body, ReadingSpace& space, llm::ChatRequest& out);
// Of embeddings: there is no text to route by, and no output.
base::Result<void> read_embedding_request(std::string_view body, ReadingSpace& space, llm::ChatRequest& out);

}  // namespace pointsman::wire::openai_plain
