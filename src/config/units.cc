#include "config/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace pointsman::config {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::int64_t kSecond = 1'000;
constexpr std::int64_t kDay = 86'400 * kSecond;
constexpr std::int64_t kMaxMilliseconds = 36'525 * kDay;
constexpr std::array<Unit, 5> kDurations = {
    {{"ms", 1}, {"s", kSecond}, {"m", 60 * kSecond}, {"h", 3'600 * kSecond}, {"d", kDay}}};
constexpr std::array<Unit, 11> kSizes = {{{"", 1},
                                          {"B", 1},
                                          {"kB", 1'000},
                                          {"KB", 1'000},
                                          {"MB", 1'000'000},
                                          {"GB", 1'000'000'000},
                                          {"TB", 1'000'000'000'000},
                                          {"KiB", 1LL << 10},
                                          {"MiB", 1LL << 20},
                                          {"GiB", 1LL << 30},
                                          {"TiB", 1LL << 40}}};
constexpr std::int64_t kNano = 1'000'000'000;

// Splits "1.5h" into the number in billionths and the unit.
std::optional<std::pair<__int128, std::string_view>> split(std::string_view text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::string_view number = text.substr(0, end);
  const std::size_t point = std::min(number.find('.'), number.size());
  const std::size_t decimals = point == number.size() ? 0 : number.size() - point - 1;
  if (point == 0 || point > 18 || decimals > 9) return std::nullopt;
  if (point + 1 == number.size() || number.find('.', point + 1) != std::string_view::npos) return std::nullopt;
  __int128 value = 0;
  for (const char c : number) value = c == '.' ? value : value * 10 + (c - '0');
  for (std::size_t i = decimals; i < 9; ++i) value *= 10;
  return std::pair<__int128, std::string_view>(value, text.substr(end));
}

template <std::size_t N>
std::optional<std::int64_t> quantity(std::string_view text, const std::array<Unit, N>& units, std::int64_t max) {
  const auto parts = split(text);
  if (!parts) return std::nullopt;
  const auto unit = std::ranges::find(units, parts->second, &Unit::name);
  if (unit == units.end()) return std::nullopt;
  const __int128 scaled = parts->first * unit->factor;
  if (scaled % kNano != 0 || scaled / kNano > max) return std::nullopt;
  return static_cast<std::int64_t>(scaled / kNano);
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto value = quantity(text, kDurations, kMaxMilliseconds);
  if (!value) return std::nullopt;
  return std::chrono::milliseconds(*value);
}

std::string format_duration(std::chrono::milliseconds duration) {
  const std::int64_t count = duration.count();
  if (count == 0) return "0s";
  for (auto unit = kDurations.rbegin(); unit != kDurations.rend(); ++unit) {
    if (count % unit->factor == 0) return fmt::format("{}{}", count / unit->factor, unit->name);
  }
  return fmt::format("{}ms", count);
}

std::optional<std::int64_t> parse_size(std::string_view text) {
  return quantity(text, kSizes, std::numeric_limits<std::int64_t>::max());
}

std::string format_size(std::int64_t bytes) {
  std::int64_t best = 1;
  std::string_view name = "B";
  for (const Unit& unit : kSizes) {
    if (unit.factor <= best || bytes == 0 || bytes % unit.factor != 0) continue;
    best = unit.factor;
    name = unit.name;
  }
  return fmt::format("{}{}", bytes / best, name);
}

std::optional<double> parse_decimal(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_share(std::string_view text) {
  if (!text.ends_with('%')) return parse_decimal(text);
  text.remove_suffix(1);
  const std::optional<double> percent = parse_decimal(text);
  if (!percent) return std::nullopt;
  return *percent / 100;
}

double shortest_double(float value) {
  const std::string text = fmt::format("{}", value);
  double out = value;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

std::string format_share(double share) {
  const std::string percent = fmt::format("{:.6f}", share * 100);
  const std::size_t last = percent.find_last_not_of('0');
  return percent.substr(0, percent[last] == '.' ? last : last + 1) + "%";
}

std::string format_decimal(double value) {
  return fmt::format("{}", value);
}

std::optional<base::TokenPrice> parse_price(std::string_view dollars_per_million) {
  const std::optional<base::Money> money = base::Money::parse(dollars_per_million);
  if (!money || money->nanos < 0 || money->nanos % 1000 != 0) return std::nullopt;
  return base::TokenPrice::per_million(*money);
}

std::string format_price(base::TokenPrice price) {
  const __int128 nanos = static_cast<__int128>(price.picos) * 1000;
  if (nanos > std::numeric_limits<std::int64_t>::max()) return fmt::format("{}", price.picos / 1'000'000);
  return base::Money{static_cast<std::int64_t>(nanos)}.to_string();
}

}  // namespace pointsman::config
