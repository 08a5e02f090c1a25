// Reads what an OpenAI-compatible server says went wrong, in whichever of the usual shapes, or in none.
//
// Pure; accepts any bytes. {"error": {"message", "type", "code"}}, {"error": "text"}, {"object": "error", "message"}
// (older vLLM), {"detail": ...} (FastAPI), [{"error": ...}] (Gemini), OpenRouter's metadata, plain text.
#pragma once

#include <string_view>

#include "json/document.h"
#include "llm/answer.h"
#include "wire/json_value.h"

namespace pointsman::wire::openai_chat {

// Longer texts of a provider are cut: they may quote the whole request.
inline constexpr std::size_t kMaxErrorText = 2048;

// The message is never empty.
llm::AnswerError read_error(std::string_view body, json::Document& document);

// The same of a value that is such a body.
llm::AnswerError error_of(const JsonValue& body);

}  // namespace pointsman::wire::openai_chat
