#include "gateway/rate_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>

namespace pointsman::gateway {
namespace {

void append_number(std::int64_t number, std::string& out) {
  char digits[20];
  out.append(digits, std::to_chars(std::begin(digits), std::end(digits), number).ptr);
}

// Three digits, without zeros at the end of a fraction. A busy window's wait is between ten seconds and 61, and writing
// that as a double would cost more than the rest of the fields.
void append_seconds(base::Duration duration, std::string& out) {
  using Tenths = std::chrono::duration<std::int64_t, std::deci>;
  if (duration < std::chrono::seconds(10) || duration > std::chrono::seconds(99)) {
    fmt::format_to(std::back_inserter(out), "{:.3g}", std::chrono::duration<double>(duration).count());
    return;
  }
  const std::int64_t tenths = std::chrono::round<Tenths>(duration).count();
  append_number(tenths / 10, out);
  if (tenths % 10 == 0) return;
  out += '.';
  out += static_cast<char>('0' + tenths % 10);
}

void append_of(const std::optional<limits::RateStanding>& one, std::string_view unit, std::string& head) {
  if (!one) return;
  const auto name = [&](std::string_view what) { head.append("x-ratelimit-").append(what).append(unit).append(": "); };
  name("limit-");
  append_number(one->limit, head);
  head += "\r\n";
  name("remaining-");
  append_number(std::max<std::int64_t>(one->remaining, 0), head);
  head += "\r\n";
  name("reset-");
  append_seconds(one->reset, head);
  head += "s\r\n";
}

}  // namespace

void append_rate_fields(const limits::RateStandings& standings, std::string& head) {
  append_of(standings.requests, "requests", head);
  append_of(standings.tokens, "tokens", head);
}

}  // namespace pointsman::gateway
