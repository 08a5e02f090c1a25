// Turns an Error into what a client of the Responses API expects: a status, {"error":{message,type,param,code}}, and
// whether to retry.
//
// Pure; the names are those of all of OpenAI's APIs (wire/openai_error.h). Messages of internal faults stay in our log.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "llm/answer.h"
#include "wire/openai_error.h"

namespace pointsman::wire::openai_responses {

using ErrorAnswer = OpenAiError;

// `has_retry_after`: the answer carries a retry-after, so waiting helps.
ErrorAnswer describe(const base::Error& error, bool has_retry_after = false);

// Appends the JSON body.
void write_error_body(const base::Error& error, std::string& out);
// Appends the body for what a provider of another protocol said, answered with `status`.
void write_provider_error(const llm::AnswerError& error, int status, std::string& out);

// Appends a server-sent event for a failure in the middle of a stream that was passed through. It ends the stream:
// clients raise what it says. A stream that is written here ends by itself (stream_writer.h).
void write_error_event(const base::Error& error, std::string& out);
// The same for what a provider said, as event number `sequence` of a stream. openapi.yaml (ResponseErrorEvent) has
// code, message and param in the event itself, the service and its clients in a member "error": both are there.
void write_error_event(const llm::AnswerError& error, std::uint64_t sequence, std::string& out);

}  // namespace pointsman::wire::openai_responses
