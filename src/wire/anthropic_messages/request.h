// Reads a Messages request body into the provider-neutral view that routing works on.
//
// Pure. One Reader per worker thread, reused; in the steady state nothing is allocated. The whole body is checked
// (UTF-8, grammar, depth 128) in the same walk that reads it; unknown members and values are none of our business and
// survive. A body that could be read in two ways is refused: a member we interpret may stand only once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "llm/chat_request.h"
#include "wire/body_reading.h"

namespace pointsman::wire::anthropic_messages {

// What the token estimate takes for content that is not text (upper figures; exact ones depend on the model).
inline constexpr std::int64_t kImageTokens = 1600;  // the provider's guide to vision: width * height / 750, scaled down
inline constexpr std::int64_t kFileTokens = 3000;   // its guide to PDFs: a page is up to 3,000 tokens of text
inline constexpr std::int64_t kFileBytesPerToken = 64;
inline constexpr std::int64_t kMessageTokens = 4;  // role and separators
inline constexpr std::int64_t kPrimingTokens = 3;  // the beginning of the answer

class Reader {
 public:
  explicit Reader(std::size_t max_body_bytes = 20U << 20) : space_(max_body_bytes) {}

 private:
  friend class Reading;
  ReadingSpace space_;
};

// Fills `out` from `body`, which must outlive it. Errors are the client's: kParse with the position, kTooLarge, or
// kInvalidArgument whose place() is the JSON pointer of the offending member ("/messages/2/content/0/type"). The API
// demands max_tokens; a body without it is refused.
base::Result<void> read_messages_request(std::string_view body, Reader& reader, llm::ChatRequest& out);

}  // namespace pointsman::wire::anthropic_messages
