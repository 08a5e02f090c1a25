#include "gateway/rate_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace pointsman::gateway {
namespace {

struct Names {
  std::string_view limit;
  std::string_view remaining;
  std::string_view reset;
};
constexpr Names kRequests{
    "x-ratelimit-limit-requests: ", "\r\nx-ratelimit-remaining-requests: ", "\r\nx-ratelimit-reset-requests: "};
constexpr Names kTokens{
    "x-ratelimit-limit-tokens: ", "\r\nx-ratelimit-remaining-tokens: ", "\r\nx-ratelimit-reset-tokens: "};

// All fields of one answer, so that its head grows once: every answer to a key with limits has them.
class Text {
 public:
  void add(std::string_view text) {
    std::memcpy(end_, text.data(), text.size());
    end_ += text.size();
  }
  void add(std::int64_t number) {
    const fmt::format_int digits(number);
    add(std::string_view(digits.data(), digits.size()));
  }
  std::string_view view() const { return {text_.data(), static_cast<std::size_t>(end_ - text_.data())}; }

 private:
  static constexpr std::size_t kName = 40;    // no name is longer, line break included
  static constexpr std::size_t kNumber = 24;  // nor a number
  std::array<char, 2 * 3 * (kName + kNumber)> text_;
  char* end_ = text_.data();
};

// Three digits, without zeros at the end of a fraction. A busy window's wait is between ten seconds and 61, and writing
// that as a double would cost more than the rest of the fields.
void add_seconds(base::Duration duration, Text& out) {
  using Tenths = std::chrono::duration<std::int64_t, std::deci>;
  if (duration < std::chrono::seconds(10) || duration > std::chrono::seconds(99)) {
    char digits[16];
    const auto written =
        fmt::format_to_n(digits, sizeof digits, FMT_STRING("{:.3g}"), std::chrono::duration<double>(duration).count());
    out.add(std::string_view(digits, std::min(written.size, sizeof digits)));
    return;
  }
  const std::int64_t tenths = std::chrono::round<Tenths>(duration).count();
  out.add(tenths / 10);
  if (tenths % 10 == 0) return;
  const char fraction[] = {'.', static_cast<char>('0' + tenths % 10)};
  out.add(std::string_view(fraction, sizeof fraction));
}

void add_standing(const std::optional<limits::RateStanding>& one, const Names& names, Text& out) {
  if (!one) return;
  out.add(names.limit);
  out.add(one->limit);
  out.add(names.remaining);
  out.add(std::max<std::int64_t>(one->remaining, 0));
  out.add(names.reset);
  add_seconds(one->reset, out);
  out.add("s\r\n");
}

}  // namespace

void append_rate_fields(const limits::RateStandings& standings, std::string& head) {
  Text text;
  add_standing(standings.requests, kRequests, text);
  add_standing(standings.tokens, kTokens, text);
  head += text.view();
}

}  // namespace pointsman::gateway
