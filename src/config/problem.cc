#include "config/problem.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/suggest.h"

namespace pointsman::config {
namespace {

constexpr std::size_t kMaxShown = 60;
constexpr std::size_t kMaxListed = 12;
constexpr std::size_t kMaxCompared = 500;  // keeps a huge file of wrong names from taking seconds

}  // namespace

std::string Problem::to_string() const {
  std::string out = file;
  if (mark.line > 0) out += fmt::format(":{}:{}", mark.line, mark.column);
  if (!key.empty()) out += ": " + key;
  return out + ": " + message;
}

void Problems::add(Mark mark, std::string_view key, std::string message) {
  if (full()) {
    ++left_out_;
    return;
  }
  all_.push_back({file_, mark, std::string(key), std::move(message)});
}

std::vector<Problem> Problems::take() {
  std::ranges::sort(all_, {}, [](const Problem& one) { return std::tie(one.mark, one.key, one.message); });
  if (left_out_ > 0) all_.push_back({file_, {}, "", fmt::format("{} more problems are not shown", left_out_)});
  left_out_ = 0;
  return std::exchange(all_, {});
}

std::string quoted(std::string_view text) {
  const bool cut = text.size() > kMaxShown;
  if (cut) {
    text = text.substr(0, kMaxShown);
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) text.remove_suffix(1);
    if (!text.empty() && (static_cast<unsigned char>(text.back()) & 0x80) != 0) text.remove_suffix(1);
  }
  std::string out = "\"";
  for (const char c : text) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return out + (cut ? "…\"" : "\"");
}

std::string hint_for(std::string_view wrong, const std::vector<std::string>& known) {
  const auto compared = static_cast<std::ptrdiff_t>(std::min(known.size(), kMaxCompared));
  const std::vector<std::string> near = base::nearest_names(wrong, {known.begin(), known.begin() + compared}, 1);
  if (!near.empty()) return fmt::format("; did you mean {}?", quoted(near.front()));
  if (known.empty()) return "; none is defined";
  const std::size_t shown = std::min(known.size(), kMaxListed);
  const std::vector<std::string> first(known.begin(), known.begin() + static_cast<std::ptrdiff_t>(shown));
  return fmt::format("; known are: {}{}", fmt::join(first, ", "), shown < known.size() ? ", …" : "");
}

}  // namespace pointsman::config
