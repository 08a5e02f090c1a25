#include "wire/openai_responses/media.h"

namespace pointsman::wire::openai_responses {
namespace {

// The media type and the content of "data:image/png;base64,AAAA"; false for anything else.
bool split_data_url(std::string_view url, llm::Media& out) {
  constexpr std::string_view kScheme = "data:";
  constexpr std::string_view kBase64 = ";base64";
  if (!url.starts_with(kScheme)) return false;
  const std::size_t comma = url.find(',');
  if (comma == std::string_view::npos) return false;
  const std::string_view head = url.substr(kScheme.size(), comma - kScheme.size());
  if (!head.ends_with(kBase64)) return false;
  out.media_type = head.substr(0, head.size() - kBase64.size());
  out.data = url.substr(comma + 1);
  return true;
}

}  // namespace

void set_url(std::string_view url, llm::Media& out) {
  if (!split_data_url(url, out)) out.url = url;
}

void set_file_data(std::string_view data, llm::Media& out) {
  if (!split_data_url(data, out)) out.data = data;
}

std::string url_of(const llm::Media& media, std::string_view usual_type) {
  if (media.data.empty()) return media.url;
  std::string out = "data:";
  out += media.media_type.empty() ? usual_type : std::string_view(media.media_type);
  return out.append(";base64,").append(media.data);
}

}  // namespace pointsman::wire::openai_responses
