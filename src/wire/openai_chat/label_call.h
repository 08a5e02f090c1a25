// A labelling question as a Chat Completions request, and its answer.
//
// Pure. The members are those of openapi.yaml (CreateChatCompletionRequest, CreateChatCompletionResponse,
// ChatCompletionTokenLogprob); `structured_outputs` is vLLM's (docs, "Structured Outputs"). Which of them a provider
// takes is found out by asking it, elsewhere: the dialect and the question say what to send. The system prompt comes
// first and the text last, so that what questions have in common is a prefix that a server can keep.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "json/document.h"
#include "llm/label_call.h"

namespace pointsman::wire::openai_chat {

// What servers of this protocol differ in.
struct LabelDialect {
  bool max_completion_tokens = true;  // else max_tokens, which older servers know and reasoning models refuse
  bool temperature = true;            // reasoning models refuse any but their own
  // Sent if it is not empty: models that can do without reasoning give log-probabilities only then ("none").
  std::string_view reasoning_effort;
};

inline constexpr int kMaxTopLogprobs = 20;
inline constexpr std::size_t kMaxAnswerTokens = 128;
inline constexpr std::size_t kMaxTokenBytes = 256;

// Appends the body.
void write_label_request(const llm::LabelQuestion& question, const LabelDialect& dialect, std::string& out);

// Reads the body of a 2xx answer: its first choice. A longer text (wire/label_format.h) is cut and says so; tokens past
// kMaxAnswerTokens are dropped. Fails with kParse if it is not JSON or holds no choice with a message, with what
// label_error() says of status 200 if it is an error after all; the origin is the upstream.
base::Result<llm::LabelAnswer> read_label_answer(std::string_view body, json::Document& document);

}  // namespace pointsman::wire::openai_chat
