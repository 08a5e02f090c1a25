#include "gateway/retry_after.h"

#include <algorithm>
#include <charconv>

namespace pointsman::gateway {

std::optional<base::Duration> retry_after(const http::ResponseHead& head) {
  const auto number = [](std::string_view text) -> std::optional<std::int64_t> {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
    return std::min<std::int64_t>(value, 86'400'000);
  };
  if (const auto field = head.find("retry-after-ms")) {
    if (const auto ms = number(*field)) return std::chrono::milliseconds(*ms);
  }
  if (const auto field = head.find("retry-after")) {
    if (const auto seconds = number(*field)) return std::chrono::seconds(std::min<std::int64_t>(*seconds, 86'400));
  }
  return std::nullopt;
}

}  // namespace pointsman::gateway
