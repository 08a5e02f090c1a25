// Turns an Error into what an OpenAI client expects: a status, {"error":{message,type,param,code}}, and whether to
// retry.
//
// Pure; the one place where this is decided for this protocol. Messages of internal faults stay in our log.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "llm/answer.h"
#include "wire/openai_error.h"

namespace pointsman::wire::openai_chat {

using ErrorAnswer = OpenAiError;

// `has_retry_after`: the answer carries a retry-after, so waiting helps.
ErrorAnswer describe(const base::Error& error, bool has_retry_after = false);

// Appends the JSON body.
void write_error_body(const base::Error& error, std::string& out);
// Appends a server-sent event for a failure after the 200: "data: {"error":...}" and a blank line. No [DONE] follows
// it.
void write_error_event(const base::Error& error, std::string& out);

// Appends the JSON body for an error of a provider with another protocol, which the client gets with `status`: the
// message as it is, the type that this status has here, the provider's own code or type as the code. Status 0: in the
// middle of a stream; the type is then what the provider's type means here.
void write_provider_error(const llm::AnswerError& error, int status, std::string& out);

}  // namespace pointsman::wire::openai_chat
