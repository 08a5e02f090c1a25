// Turns an Error, or what another provider said, into what a client of the Messages API expects: a status and
// {"type":"error","error":{"type","message"}}.
//
// Pure; the one place where this is decided for this protocol. Types and statuses as in the provider's guide to errors.
// Messages of internal faults stay in our log. A request's id travels in the header, where the SDKs look for it.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "llm/answer.h"

namespace pointsman::wire::anthropic_messages {

struct ErrorAnswer {
  int status = 500;
  std::string_view type;  // as the API names them: "invalid_request_error", "overloaded_error", ...
  std::string_view code;  // ours, for headers and logs: to_string(ErrorCode)
  // For x-should-retry: the SDKs retry 408, 409, 429 and 5xx by themselves unless told not to.
  bool should_retry = false;
};

// `has_retry_after`: the answer carries a retry-after, so waiting helps.
ErrorAnswer describe(const base::Error& error, bool has_retry_after = false);

// Appends the JSON body. The place in the request stands in front of the message, as the API writes it:
// "messages.0.role: ...".
void write_error_body(const base::Error& error, std::string& out);
// Appends a server-sent event for a failure after the 200. The SDKs know it by its name. No message_stop follows it.
void write_error_event(const base::Error& error, std::string& out);

// The type of an error of another protocol: by the name it has there if that says something, else by the status
// (0: not known).
std::string_view error_type(const llm::AnswerError& error, int status);
// Appends the JSON body for what another provider said. The message is never empty.
void write_provider_error(const llm::AnswerError& error, int status, std::string& out);
// The same as an event, in the middle of a stream.
void write_provider_error_event(const llm::AnswerError& error, std::string& out);

}  // namespace pointsman::wire::anthropic_messages
