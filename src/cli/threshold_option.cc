#include "cli/threshold_option.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/text_format.h"
#include "config/units.h"

namespace pointsman::cli {

base::Result<Thresholds> read_thresholds(const std::vector<std::string>& words) {
  Thresholds out;
  const auto wrong = [](std::string_view word, std::string_view why) {
    return base::fail(base::ErrorCode::kInvalidArgument, fmt::format("--thresholds {}: {}", printable(word), why));
  };
  for (const std::string& word : words) {
    const std::size_t equals = word.rfind('=');
    const bool named = equals != std::string::npos;
    const auto value = config::parse_share(named ? std::string_view(word).substr(equals + 1) : std::string_view(word));
    if (!value || *value < 0 || *value > 1 || equals == 0) {
      return wrong(word, "write a probability such as 0.8, or category=0.8");
    }
    const auto threshold = static_cast<float>(*value);
    if (!named) {
      if (out.every) return wrong(word, "there is a threshold for every category already");
      out.every = threshold;
      continue;
    }
    std::string name = word.substr(0, equals);
    const auto same = [&](const auto& one) { return one.first == name; };
    if (std::ranges::any_of(out.some, same)) return wrong(word, "this category has a threshold already");
    out.some.emplace_back(std::move(name), threshold);
  }
  return out;
}

}  // namespace pointsman::cli
