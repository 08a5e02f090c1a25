#include "gateway/stream_tail.h"

#include <algorithm>
#include <array>

namespace pointsman::gateway {
namespace {

constexpr std::string_view kLineEnds = "\r\n";
constexpr std::array<std::string_view, 4> kFields = {"data", "event", "id", "retry"};

bool is_field(std::string_view line) {
  return std::ranges::find(kFields, line.substr(0, line.find(':'))) != kFields.end();
}

// What a server sends in data is JSON or a word like [DONE].
bool ends_like_data(std::string_view line) {
  return line.ends_with('}') || line.ends_with(']');
}

}  // namespace

void StreamTail::take(std::string_view bytes) {
  if (bytes.size() >= kLongest) {
    all_ = all_ && kept_.empty() && bytes.size() == kLongest;
    kept_ = bytes.substr(bytes.size() - kLongest);
    return;
  }
  const std::size_t room = kLongest - bytes.size();
  if (kept_.size() > room) {
    kept_.erase(0, kept_.size() - room);
    all_ = false;
  }
  kept_ += bytes;
}

bool StreamTail::sound() const {
  const std::string_view kept = kept_;
  const std::size_t last = kept.find_last_not_of(kLineEnds);
  if (last == std::string_view::npos) return true;
  const std::size_t before = kept.find_last_of(kLineEnds, last);
  const std::string_view line = kept.substr(before + 1, last - before);
  if (before == std::string_view::npos && !all_) return true;
  if (line.starts_with(':')) return true;
  if (!is_field(line)) return false;
  const bool ended = last + 1 < kept.size();
  return ended || !line.starts_with("data") || ends_like_data(line);
}

}  // namespace pointsman::gateway
