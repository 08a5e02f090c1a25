#include "gateway/savings_query.h"

#include <fmt/format.h>

#include <limits>
#include <optional>
#include <string>

#include "config/instant.h"

namespace pointsman::gateway {

using base::Error;
using base::Result;

namespace {

constexpr std::chrono::hours kUsual{24 * 30};

Error wrong(std::string_view name, std::string_view message) {
  return Error(base::ErrorCode::kInvalidArgument, fmt::format("{}: {}", name.substr(0, 40), message),
               base::Origin::kClient)
      .at(std::string(name.substr(0, 40)));
}

std::optional<int> hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

// RFC 3986, section 2.1, with '+' for a space as forms write it; nothing if it is broken.
std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const auto high = hex(text[i + 1]);
    const auto low = hex(text[i + 2]);
    if (!high || !low) return std::nullopt;
    out += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return out;
}

Result<void> take(std::string_view name, const std::string& value, base::WallTime now, SavingsQuery& out) {
  if (name == "since" || name == "until") {
    const auto instant = config::parse_instant(value, now);
    if (!instant) return base::fail(wrong(name, "write 1h or 7d (ago), 2026-01-02 or 2026-01-02T15:04 (UTC)"));
    (name == "since" ? out.filter.since : out.filter.until) = *instant;
  } else if (name == "by") {
    const auto by = ledger::savings_by_from(value);
    if (!by) return base::fail(wrong(name, "write route, model, day, key or owner"));
    out.by = *by;
  } else if (name == "category") {
    out.filter.category = value;
  } else if (name == "model") {
    out.filter.model = value;
  } else {
    return base::fail(wrong(name, "is unknown; known are since, until, by, category and model"));
  }
  return {};
}

}  // namespace

Result<SavingsQuery> read_savings_query(std::string_view query, base::WallTime now) {
  SavingsQuery out;
  out.filter.since = now - kUsual;
  out.filter.newest_first = false;
  out.filter.limit = std::numeric_limits<std::size_t>::max();
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto value = decoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!value) return base::fail(wrong(pair.substr(0, equals), "is not percent-encoded as it should be"));
    PM_CHECK(take(pair.substr(0, equals), *value, now, out));
  }
  return out;
}

}  // namespace pointsman::gateway
