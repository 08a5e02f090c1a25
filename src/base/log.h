// The log front: levelled lines to stderr, cheap when the level is off, safe from any thread.
//
// Text or JSON is chosen once at start. Never pass prompts, keys or header values; Secret does not format.
#pragma once

#include <fmt/format.h>

#include <string_view>

namespace pointsman::base {

enum class LogLevel : int { kDebug, kInfo, kWarn, kError, kOff };

void set_log(LogLevel level, bool json);
bool log_enabled(LogLevel level);
void log_line(LogLevel level, std::string_view message);

template <class... Args>
void log(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
  if (log_enabled(level)) log_line(level, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void log_info(fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::kInfo, format, std::forward<Args>(args)...);
}
template <class... Args>
[[gnu::cold]] void log_warn(fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::kWarn, format, std::forward<Args>(args)...);
}
template <class... Args>
[[gnu::cold]] void log_error(fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::kError, format, std::forward<Args>(args)...);
}

}  // namespace pointsman::base
