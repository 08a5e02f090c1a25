// Reads a Responses request body into the provider-neutral view that routing works on.
//
// Pure. One Reader per worker thread, reused; in the steady state nothing is allocated. The whole body is checked
// (UTF-8, grammar, depth 128) in the same walk that reads it; unknown members, items and values are none of our
// business and survive. A body that could be read in two ways is refused: a member we interpret may stand only once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "llm/chat_request.h"
#include "wire/body_reading.h"

namespace pointsman::wire::openai_responses {

// What the token estimate takes for content that is not text (upper figures; exact ones depend on the model).
inline constexpr std::int64_t kImageTokens = 1445;        // 85 + 8 tiles of 170, a large image in high detail
inline constexpr std::int64_t kAudioBytesPerToken = 512;  // base64 of 32 kbit/s audio at 10 tokens a second
inline constexpr std::int64_t kFileTokens = 1500;         // at least a page
inline constexpr std::int64_t kFileBytesPerToken = 64;
inline constexpr std::int64_t kItemTokens = 4;     // role, separators
inline constexpr std::int64_t kPrimingTokens = 3;  // the beginning of the answer

class Reader {
 public:
  explicit Reader(std::size_t max_body_bytes = 20U << 20) : space_(max_body_bytes) {}

 private:
  friend base::Result<void> read_responses_request(std::string_view body, Reader& reader, llm::ChatRequest& out);
  ReadingSpace space_;
};

// Fills `out` from `body`, which must outlive it. `messages` counts the items of "input". Errors are the client's:
// kParse with the position, kTooLarge, kUnsupported for work in the background (what it used would never be known), or
// kInvalidArgument whose place() is the JSON pointer of the offending member ("/input/2/role").
base::Result<void> read_responses_request(std::string_view body, Reader& reader, llm::ChatRequest& out);

}  // namespace pointsman::wire::openai_responses
