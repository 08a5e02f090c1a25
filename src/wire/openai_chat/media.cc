#include "wire/openai_chat/media.h"

#include <algorithm>

namespace pointsman::wire::openai_chat {
namespace {

constexpr std::string_view kScheme = "data:";
constexpr std::string_view kBase64 = ";base64";

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

void set_url(std::string url, llm::Media& out) {
  const std::string_view text = url;
  const std::size_t comma = equals_ignoring_case(text.substr(0, kScheme.size()), kScheme) ? text.find(',') : text.npos;
  if (comma != text.npos) {
    const std::string_view head = text.substr(kScheme.size(), comma - kScheme.size());
    const bool base64 =
        head.size() >= kBase64.size() && equals_ignoring_case(head.substr(head.size() - kBase64.size()), kBase64);
    if (base64) {
      out.media_type = head.substr(0, head.find(';'));
      out.data = text.substr(comma + 1);
      return;
    }
  }
  out.url = std::move(url);
}

std::string url_of(const llm::Media& media) {
  if (!media.url.empty() || media.data.empty()) return media.url;
  std::string out(kScheme);
  out.reserve(out.size() + media.media_type.size() + kBase64.size() + 1 + media.data.size());
  return out.append(media.media_type).append(kBase64).append(",").append(media.data);
}

std::string audio_type_of(std::string_view format) {
  return format == "mp3" ? "audio/mpeg" : "audio/" + std::string(format);
}

}  // namespace pointsman::wire::openai_chat
