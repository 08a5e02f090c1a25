// What surrounds the texts of a chat prompt, in tokens: constants of prompt_counter.cc alone.
// prompt_counter.h names the sources.
#pragma once

#include <cstdint>

namespace pointsman::tokens {

inline constexpr std::int64_t kPerMessage = 3;
inline constexpr std::int64_t kPerRole = 1;  // "system", "user", "assistant", "tool", "function", "developer"
inline constexpr std::int64_t kPerName = 1;
inline constexpr std::int64_t kAnswerBegins = 3;

inline constexpr std::int64_t kPerCall = 3;               // besides name and arguments
inline constexpr std::int64_t kFunctionRoleDiscount = 2;  // of a message of role "function"

inline constexpr std::int64_t kDefinitions = 9;          // besides their text
inline constexpr std::int64_t kSystemSharesFraming = 4;  // less, where there is a system message too
inline constexpr std::int64_t kNoTool = 1;               // a choice of "none"
inline constexpr std::int64_t kChosenTool = 7;           // a choice of "tools", besides the name
inline constexpr std::int64_t kChosenFunction = 4;       // one of "functions"

// Bounds. Every line of a definition's text is made of members that have more bytes than half the line has tokens:
// "n":{} becomes "n?: any,". Around all of them stands the namespace.
inline constexpr std::int64_t kToolTokensPerByte = 2;
inline constexpr std::int64_t kToolFraming = kDefinitions + 32;
// Around the messages of a model whose template is not published: its own system prompt, instructions for tools.
inline constexpr std::int64_t kUnknownTemplate = 1024;

// Estimates, for what no rule is published for.
inline constexpr std::int64_t kAudioBytesPerToken = 512;  // base64 of 32 kbit/s at 10 tokens a second
inline constexpr std::int64_t kLeastFile = 1500;          // a page
inline constexpr std::int64_t kFileBytesPerToken = 64;

}  // namespace pointsman::tokens
