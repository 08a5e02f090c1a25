#include "json/schema/decimal.h"

#include <algorithm>
#include <limits>

namespace pointsman::json::schema {
namespace {

constexpr std::int64_t kMaxExponent = 1'000'000'000'000'000;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The exponent after 'e', held at the bound.
std::int64_t read_exponent(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  std::int64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) break;
    value = std::min(kMaxExponent, value * 10 + (c - '0'));
  }
  return negative ? -value : value;
}

// (a * b) mod m.
std::uint64_t multiply_mod(std::uint64_t a, std::uint64_t b, std::uint64_t m) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>(static_cast<Wide>(a) * b % m);
}

std::uint64_t power_of_ten_mod(std::uint64_t exponent, std::uint64_t m) {
  std::uint64_t result = 1 % m;
  for (std::uint64_t base = 10 % m; exponent != 0; exponent >>= 1U) {
    if ((exponent & 1U) != 0) result = multiply_mod(result, base, m);
    base = multiply_mod(base, base, m);
  }
  return result;
}

}  // namespace

void Decimal::read(std::string_view text) {
  digits_.clear();
  negative_ = !text.empty() && text.front() == '-';
  if (negative_) text.remove_prefix(1);
  const std::size_t e = text.find_first_of("eE");
  const std::string_view mantissa = text.substr(0, e);
  const std::int64_t shift = e == std::string_view::npos ? 0 : read_exponent(text.substr(e + 1));
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  const std::size_t first = mantissa.find_first_not_of("0.");
  huge_ = false;
  exponent_ = 0;
  if (first == std::string_view::npos) {
    negative_ = false;
    return;
  }
  for (const char c : mantissa.substr(first)) {
    if (is_digit(c)) digits_ += c;
  }
  digits_.erase(digits_.find_last_not_of('0') + 1);
  const auto place = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);
  exponent_ = shift + (place > 0 ? place - 1 : place);
  huge_ = shift == kMaxExponent || shift == -kMaxExponent;
}

std::optional<std::uint64_t> Decimal::natural() const {
  if (negative_ || !is_whole()) return std::nullopt;
  if (is_zero()) return 0;
  if (exponent_ >= 19) return std::numeric_limits<std::uint64_t>::max();
  std::uint64_t value = 0;
  for (std::int64_t place = 0; place <= exponent_; ++place) {
    const auto at = static_cast<std::size_t>(place);
    value = value * 10 + (at < digits_.size() ? static_cast<std::uint64_t>(digits_[at] - '0') : 0);
  }
  return value;
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  if (a.negative_ != b.negative_) return a.negative_ ? std::strong_ordering::less : std::strong_ordering::greater;
  std::strong_ordering order = std::strong_ordering::equal;
  if (a.is_zero() || b.is_zero()) {
    order = static_cast<int>(b.is_zero()) <=> static_cast<int>(a.is_zero());
  } else if (a.exponent_ != b.exponent_) {
    order = a.exponent_ <=> b.exponent_;
  } else {
    // No zeros at the end: of two texts one of which begins the other, the longer is the greater number.
    order = a.digits_.compare(b.digits_) <=> 0;
  }
  return a.negative_ ? 0 <=> order : order;
}

void Decimal::append_canonical(std::string_view spelt, std::string& out) const {
  if (huge_) {
    out += '~';
    out += spelt;
  } else if (is_zero()) {
    out += '0';
  } else {
    if (negative_) out += '-';
    out += digits_;
    out += '@';
    out += std::to_string(exponent_);
  }
  out += ';';
}

std::optional<Divisor> Divisor::of(const Decimal& decimal) {
  if (decimal.is_zero() || decimal.is_negative() || decimal.is_huge() || decimal.digits_.size() > 18) {
    return std::nullopt;
  }
  Divisor divisor;
  divisor.digits_ = 0;
  for (const char c : decimal.digits_) divisor.digits_ = divisor.digits_ * 10 + static_cast<std::uint64_t>(c - '0');
  divisor.exponent_ = decimal.last_exponent();
  return divisor;
}

// With a = A * 10^p and b = B * 10^q, A without a zero at its end: if p < q, A would have to be a multiple of ten;
// otherwise A * 10^(p - q) must be a multiple of B.
bool Divisor::divides(const Decimal& number) const {
  if (number.is_zero()) return true;
  const std::int64_t shift = number.last_exponent() - exponent_;
  if (shift < 0) return false;
  if (number.is_huge()) return true;
  std::uint64_t rest = 0;
  for (const char c : number.digits_) rest = (rest * 10 + static_cast<std::uint64_t>(c - '0')) % digits_;
  return multiply_mod(rest, power_of_ten_mod(static_cast<std::uint64_t>(shift), digits_), digits_) == 0;
}

}  // namespace pointsman::json::schema
