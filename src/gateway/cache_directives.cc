#include "gateway/cache_directives.h"

#include <algorithm>
#include <charconv>

namespace pointsman::gateway {
namespace {

constexpr std::int64_t kLongest = 0x7fff'ffff;  // "infinity" where a number is larger (RFC 9111 section 1.2.2)

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

// The next element of a list; commas within quotes do not end it.
std::string_view take_element(std::string_view& rest) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < rest.size() && (quoted || rest[end] != ','); ++end) {
    if (rest[end] == '"') quoted = !quoted;
    if (quoted && rest[end] == '\\') ++end;
  }
  end = std::min(end, rest.size());
  const std::string_view out = trimmed(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return out;
}

// A number of seconds may be quoted, too.
std::optional<std::chrono::seconds> seconds(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || text.front() == '-' || end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return std::chrono::seconds(kLongest);
  if (error != std::errc()) return std::nullopt;
  return std::chrono::seconds(std::min(number, kLongest));
}

void read(std::string_view element, CacheDirectives& out) {
  const std::size_t equals = element.find('=');
  const std::string_view name = trimmed(element.substr(0, equals));
  if (http::equal_ignoring_case(name, "no-cache")) out.no_cache = true;
  if (http::equal_ignoring_case(name, "no-store")) out.no_store = true;
  if (http::equal_ignoring_case(name, "max-age") && equals != std::string_view::npos) {
    if (const auto age = seconds(trimmed(element.substr(equals + 1)))) out.max_age = age;
  }
}

}  // namespace

CacheDirectives cache_directives(const http::FieldList& fields) {
  CacheDirectives out;
  for (const http::Field& field : fields) {
    if (!http::equal_ignoring_case(field.name, "cache-control")) continue;
    for (std::string_view rest = field.value; !rest.empty();) read(take_element(rest), out);
  }
  return out;
}

}  // namespace pointsman::gateway
