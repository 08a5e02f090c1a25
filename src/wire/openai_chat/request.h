// Reads a Chat Completions request body into the provider-neutral view that routing works on.
//
// Pure. One Reader per worker thread, reused; in the steady state nothing is allocated. The whole body is checked
// (UTF-8, grammar, depth 128) in the same walk that reads it; unknown members and values are none of our business and
// survive. A body that could be read in two ways is refused: a member we interpret may stand only once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "json/document.h"
#include "llm/chat_request.h"
#include "wire/body_reading.h"

namespace pointsman::wire::openai_chat {

// Most answers one request may ask for (openapi.yaml, CreateChatCompletionRequest: n).
inline constexpr std::int64_t kMaxChoices = 128;

// What the token estimate takes for content that is not text (upper figures; exact ones depend on the model).
inline constexpr std::int64_t kImageTokens = 1445;        // 85 + 8 tiles of 170, a large image in high detail
inline constexpr std::int64_t kAudioBytesPerToken = 512;  // base64 of 32 kbit/s audio at 10 tokens a second
inline constexpr std::int64_t kFileTokens = 1500;         // at least a page
inline constexpr std::int64_t kFileBytesPerToken = 64;
inline constexpr std::int64_t kMessageTokens = 4;  // role, separators, a name
inline constexpr std::int64_t kPrimingTokens = 3;  // the beginning of the answer

class Reader {
 public:
  explicit Reader(std::size_t max_body_bytes = 20U << 20) : space_(max_body_bytes) {}

 private:
  friend base::Result<void> read_chat_request(std::string_view body, Reader& reader, llm::ChatRequest& out);
  ReadingSpace space_;
};

// Fills `out` from `body`, which must outlive it. Errors are the client's: kParse with the position, kTooLarge, or
// kInvalidArgument whose place() is the JSON pointer of the offending member ("/messages/2/content/0/type").
base::Result<void> read_chat_request(std::string_view body, Reader& reader, llm::ChatRequest& out);

}  // namespace pointsman::wire::openai_chat
