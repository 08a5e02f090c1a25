// Counting instead of answering: POST /v1/messages/count_tokens takes the body of a Messages request, in which
// max_tokens may be absent, and answers {"input_tokens": N} (the provider's types MessageCountTokensParams and
// MessageTokensCount). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "llm/chat_request.h"
#include "wire/anthropic_messages/request.h"

namespace pointsman::wire::anthropic_messages {

// As read_messages_request().
base::Result<void> read_count_tokens_request(std::string_view body, Reader& reader, llm::ChatRequest& out);

// Appends the body of the answer.
void write_count_tokens_body(std::int64_t input_tokens, std::string& out);

// The count that an answer states; nothing if it is anything else.
std::optional<std::int64_t> read_count_tokens_body(std::string_view body, json::Document& document);

}  // namespace pointsman::wire::anthropic_messages
