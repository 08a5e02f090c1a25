// How an Error looks to clients of OpenAI's APIs, whichever of them they speak: a status, type and code, whether to
// retry, and the object {message,type,param,code}.
//
// Pure. The folders of these protocols wrap the object in their own bodies and events.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "json/writer.h"
#include "llm/answer.h"

namespace pointsman::wire {

struct OpenAiError {
  int status = 500;
  std::string_view type;  // as OpenAI names them: "invalid_request_error", ...
  std::string_view code;  // ours: to_string(ErrorCode)
  // For x-should-retry: clients of OpenAI retry 408, 409, 429 and 5xx by themselves unless told not to.
  bool should_retry = false;
};

// `has_retry_after`: the answer carries a retry-after, so waiting helps.
OpenAiError describe_for_openai(const base::Error& error, bool has_retry_after);

// OpenAI's name for what a status means.
std::string_view openai_error_type(int status);

// OpenAI's spelling of a JSON pointer: "/messages/2/role" -> "messages[2].role". Empty for anything else.
std::string openai_param(std::string_view pointer);

// Writes the members message, type, param and code into the object that the writer is in.
void write_openai_error(const base::Error& error, json::Writer& writer);
// The same for what a provider of another protocol said.
void write_openai_error(const llm::AnswerError& error, int status, json::Writer& writer);

}  // namespace pointsman::wire
