// What models thought, in the dialects of Chat Completions servers.
//
// The protocol itself has no member for it. Read are "reasoning_content" (DeepSeek, older vLLM, xAI, Qwen), "reasoning"
// (OpenRouter, Groq, newer vLLM, Ollama), "thinking" (Ollama's own), and "reasoning_details" (OpenRouter: texts with
// signatures, summaries, encrypted blocks). Servers that send the same text under two names are read once. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "llm/conversation.h"
#include "wire/json_value.h"

namespace pointsman::wire::openai_chat {

inline constexpr std::array<std::string_view, 4> kReasoningNames = {"reasoning_details", "reasoning_content",
                                                                    "reasoning", "thinking"};

// Most pieces of one message or delta that are read.
inline constexpr std::size_t kMaxReasoningPieces = 1024;

struct ReasoningPiece {
  llm::Part part;           // of kind kReasoning
  std::int64_t block = -1;  // pieces of different blocks are different parts; -1: not said
};

// The pieces of one message or delta, from the values of kReasoningNames.
std::vector<ReasoningPiece> read_reasoning(const std::array<JsonValue, kReasoningNames.size()>& members);

// A part of a content array, {"type": "thinking", "thinking": "..." or [{"type": "text", "text": "..."}]} (Mistral).
std::string read_thinking_part(const JsonValue& thinking);

}  // namespace pointsman::wire::openai_chat
