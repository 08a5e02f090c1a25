#include "route/prompt_size.h"

#include <fmt/format.h>

#include <charconv>

#include "route/market.h"

namespace pointsman::route {
namespace {

constexpr std::string_view kMark = " calibrated ";

// "claude=142/161".
bool read_one(std::string_view text, const Market& market, std::vector<PromptSize>& sizes) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string_view::npos) return false;
  const auto model = market.find(text.substr(0, equals));
  if (!model) return false;
  PromptSize size;
  const char* const end = text.data() + text.size();
  const auto expected = std::from_chars(text.data() + equals + 1, end, size.expected);
  if (expected.ec != std::errc() || expected.ptr == end || *expected.ptr != '/') return false;
  const auto most = std::from_chars(expected.ptr + 1, end, size.most);
  if (most.ec != std::errc() || most.ptr != end || size.expected < 0 || size.most < size.expected) return false;
  sizes[*model] = size;
  return true;
}

}  // namespace

std::string describe_sizes(std::string_view measure, std::int64_t measured, std::span<const PromptSize> sizes,
                           const Market& market) {
  std::string out(measure);
  bool first = true;
  for (ModelIndex i = 0; i < sizes.size(); ++i) {
    if (sizes[i].expected == measured && sizes[i].most == measured) continue;
    if (first) out += kMark;
    first = false;
    // For every request, and a format string would be read anew for each model.
    out.append(market.model(i).name).append("=").append(fmt::format_int(sizes[i].expected).c_str());
    out.append("/").append(fmt::format_int(sizes[i].most).c_str()).append("; ");
  }
  if (!first) out.pop_back();
  return out;
}

std::vector<PromptSize> read_sizes(std::string_view text, std::int64_t measured, const Market& market) {
  const std::size_t mark = text.find(kMark);
  if (mark == std::string_view::npos) return {};
  text.remove_prefix(mark + kMark.size());
  std::vector<PromptSize> sizes(market.models().size(), {.expected = measured, .most = measured});
  bool any = false;
  for (std::size_t end = text.find(';'); end != std::string_view::npos; end = text.find(';')) {
    any = read_one(text.substr(0, end), market, sizes) || any;
    text.remove_prefix(end + 1);
    if (text.starts_with(' ')) text.remove_prefix(1);
  }
  if (!any) sizes.clear();
  return sizes;
}

}  // namespace pointsman::route
