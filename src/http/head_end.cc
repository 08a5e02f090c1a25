#include <algorithm>
#include <string>

#include "http/characters.h"
#include "http/head.h"

namespace pointsman::http {
base::Result<std::optional<std::size_t>> head_end(std::string_view buffer, std::size_t scanned_from,
                                                  const Limits& limits, Peer peer) {
  const char* const begin = buffer.data();
  // Only the first head_bytes are ever looked at, so that the verdict does not depend on how the bytes arrive.
  const char* const end = begin + std::min(buffer.size(), limits.head_bytes);
  const char* const p = begin + std::min(scanned_from, static_cast<std::size_t>(end - begin));
  const char* stop = nullptr;
  const bool stopped = any_line_feed(p, end, [&](const char* line_feed) {
    stop = line_feed;
    return line_feed < begin + 2 || line_feed[-1] != '\r' || line_feed[-2] == '\n';
  });
  if (stopped) {
    if (stop == begin || stop[-1] != '\r') {
      return base::fail(codec_error(peer, base::ErrorCode::kParse, "a line of the head ends in LF without CR", "head"));
    }
    if (stop == begin + 1) {
      return base::fail(codec_error(peer, base::ErrorCode::kParse, "the head begins with an empty line", "head"));
    }
    return static_cast<std::size_t>(stop + 1 - begin);
  }
  if (buffer.size() < limits.head_bytes) return std::nullopt;
  return base::fail(codec_error(peer, base::ErrorCode::kTooLarge,
                                "the head is larger than " + std::to_string(limits.head_bytes) + " bytes", "head"));
}

}  // namespace pointsman::http
