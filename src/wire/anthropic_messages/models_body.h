// The answer to GET /v1/models for clients of Anthropic's API, which say so by their anthropic-version.
// Pure; appends to the caller's string.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace pointsman::wire::anthropic_messages {

// Appends one page with all of them, in the order given (API reference, "List Models"). When a model was made nobody
// knows; the API demands a time, and has 1970 for that case.
void write_models_body(std::span<const std::string_view> names, std::string& out);

}  // namespace pointsman::wire::anthropic_messages
