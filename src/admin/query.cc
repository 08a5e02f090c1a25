#include "admin/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/suggest.h"
#include "config/instant.h"

namespace pointsman::admin {
namespace {

using base::Result;

constexpr std::size_t kLongest = 4096;

std::unexpected<base::Error> wrong(std::string_view name, std::string_view message) {
  return std::unexpected(base::Error(base::ErrorCode::kInvalidArgument,
                                     fmt::format("{}: {}", name.substr(0, 40), message), base::Origin::kClient)
                             .at(std::string(name.substr(0, 40))));
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

std::unexpected<base::Error> unknown(std::string_view name, std::span<const std::string_view> known) {
  const auto near = base::nearest_names(name.substr(0, 40), {known.begin(), known.end()}, 1);
  if (!near.empty()) return wrong(name, "is unknown; did you mean " + near.front() + "?");
  if (known.empty()) return wrong(name, "is unknown: nothing can be asked for here");
  return wrong(name, fmt::format("is unknown; known are {}", fmt::join(known, ", ")));
}

}  // namespace

Result<Query> Query::parse(std::string_view text, std::span<const std::string_view> known, base::WallTime now) {
  Query out;
  out.now_ = now;
  if (text.size() > kLongest) return wrong("query", "is too long");
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.empty()) continue;
    const std::string_view name = pair.substr(0, std::min(pair.find('='), pair.size()));
    if (std::ranges::find(known, name) == known.end()) return unknown(name, known);
    auto value = decoded(pair.substr(std::min(name.size() + 1, pair.size())));
    if (!value) return wrong(name, "is not percent-encoded as it should be");
    if (std::ranges::any_of(out.values_, [name](const auto& one) { return one.first == name; })) {
      return wrong(name, "is given twice");
    }
    out.values_.emplace_back(name, std::move(*value));
  }
  return out;
}

const std::string& Query::text(std::string_view name) const {
  static const std::string kNothing;
  const auto found = std::ranges::find(values_, name, [](const auto& one) { return std::string_view(one.first); });
  return found == values_.end() ? kNothing : found->second;
}

Result<std::size_t> Query::choice(std::string_view name, std::span<const std::string_view> words) const {
  if (!has(name)) return std::size_t{0};
  const auto found = std::ranges::find(words, text(name));
  if (found == words.end()) return wrong(name, fmt::format("write {}", fmt::join(words, ", ")));
  return static_cast<std::size_t>(found - words.begin());
}

Result<TimeRange> Query::range(base::Duration usual) const {
  TimeRange out{.since = now_ - std::chrono::duration_cast<base::WallTime::duration>(usual), .until = now_};
  for (const std::string_view name : {"since", "until"}) {
    if (!has(name)) continue;
    const auto instant = config::parse_instant(text(name), now_);
    if (!instant) return wrong(name, "write 1h or 7d (ago), 2026-01-02 or 2026-01-02T15:04 (UTC)");
    (name == "since" ? out.since : out.until) = *instant;
  }
  if (out.until <= out.since) return wrong("since", "is not before until");
  return out;
}

Result<std::size_t> Query::limit() const {
  if (!has("limit")) return kUsualRows;
  const std::string& digits = text("limit");
  std::size_t rows = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), rows);
  if (failed != std::errc() || end != digits.data() + digits.size() || rows < 1 || rows > kMostRows) {
    return wrong("limit", fmt::format("write a number from 1 to {}", kMostRows));
  }
  return rows;
}

Result<std::optional<base::Uuid>> Query::cursor() const {
  if (!has("cursor")) return std::optional<base::Uuid>();
  const auto id = base::Uuid::parse(text("cursor"));
  if (!id) return wrong("cursor", "is not one that an answer gave as `next`");
  return id;
}

Result<ledger::Filter> Query::filter(const TimeRange& range) const {
  ledger::Filter out{.since = range.since, .until = range.until};
  out.category = text("category");
  out.model = text("model");
  out.stage = text("stage");
  out.key = text("key");
  out.limit = std::numeric_limits<std::size_t>::max();
  if (has("outcome")) {
    out.outcome = ledger::outcome_from(text("outcome"));
    if (!out.outcome)
      return wrong("outcome", "write ok, client_error, upstream_error, cut, client_gone or gateway_error");
  }
  if (has("fallback")) {
    if (text("fallback") != "1") return wrong("fallback", "write 1, or leave it out");
    out.only_fallback = true;
  }
  return out;
}

}  // namespace pointsman::admin
