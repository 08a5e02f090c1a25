// What an answer's writer must know besides the answer: who answers, and what the client's request said that the answer
// has to repeat or leave out. A plain value; its views are the caller's.
#pragma once

#include <cstdint>
#include <string_view>

namespace pointsman::llm {

struct AnswerContext {
  // The client's body: answers of the Responses API repeat parts of it (tools, instructions, metadata, ...).
  std::string_view request;
  std::string_view id;         // for answers whose upstream names none: without a protocol's prefix
  std::string_view model;      // likewise
  std::int64_t created = 0;    // likewise, seconds since 1970
  bool include_usage = false;  // of a chat completion's stream: the client asked for the report
};

// What a request's writer must know besides the conversation.
struct UpstreamContext {
  std::string_view model;  // the name the upstream knows
  // The most it can generate: for protocols that demand a limit where the client set none. 0: not known.
  std::int64_t max_output = 0;
  bool ask_usage = false;  // have a chat completion's stream report usage
  // What many servers of chat completions know less of, or more, than OpenAI's.
  bool old_limit_name = false;   // the limit is "max_tokens", not "max_completion_tokens"
  bool system_only = false;      // there is no role "developer": its messages go as "system"
  bool string_content = false;   // texts must be one string: parts are joined by blank lines
  bool takes_reasoning = false;  // earlier reasoning goes back, as "reasoning_content"
};

}  // namespace pointsman::llm
