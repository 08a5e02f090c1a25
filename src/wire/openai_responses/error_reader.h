// Reads what a provider of the Responses API says of a request that it did not serve.
// Pure; any bytes.
#pragma once

#include <string_view>

#include "json/document.h"
#include "llm/answer.h"

namespace pointsman::wire::openai_responses {

// The message is never empty: where the body has none, it says so.
llm::AnswerError read_error(std::string_view body, json::Document& document);

// The members message, type and code of an error object at the cursor: those of a body, of a failed response and of an
// event.
void read_error_object(json::Cursor& cursor, llm::AnswerError& out);
// What stands for the message where there is none.
void name_error(llm::AnswerError& out);

}  // namespace pointsman::wire::openai_responses
