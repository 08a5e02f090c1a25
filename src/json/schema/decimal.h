// A JSON number taken exactly, as decimal digits: 1e400, 0.1 and 12345678901234567890 are what they say.
//
// A plain value; reading reuses its storage. Exponents beyond 10^15 either way are held at that bound and marked huge:
// such numbers compare rightly with every number that is not huge.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pointsman::json::schema {

class Decimal {
 public:
  Decimal() = default;
  // `text` follows the grammar of RFC 8259, section 6; whatever else it is, the result is some number.
  explicit Decimal(std::string_view text) { read(text); }
  void read(std::string_view text);

  bool is_zero() const { return digits_.empty(); }
  bool is_negative() const { return negative_; }
  bool is_huge() const { return huge_; }
  // Whether there is no fractional part: 1.0 and 1e2 are whole (JSON Schema 2020-12, section 6.1.1).
  bool is_whole() const { return is_zero() || last_exponent() >= 0; }
  // The value of a whole number that is not negative; the largest possible one stands for all above it.
  std::optional<std::uint64_t> natural() const;

  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
  friend bool operator==(const Decimal& a, const Decimal& b) { return (a <=> b) == 0; }

  // One text for all spellings of a number, ending in ';'. Huge numbers keep their own spelling.
  void append_canonical(std::string_view spelt, std::string& out) const;

 private:
  friend class Divisor;
  std::int64_t last_exponent() const { return exponent_ - static_cast<std::int64_t>(digits_.size()) + 1; }

  std::string digits_;         // no zero at either end; none at all for zero
  std::int64_t exponent_ = 0;  // of the first digit
  bool negative_ = false;
  bool huge_ = false;
};

// A multipleOf: at most 18 digits, greater than 0.
class Divisor {
 public:
  static std::optional<Divisor> of(const Decimal& decimal);
  // Exact; a huge number counts as a multiple.
  bool divides(const Decimal& number) const;

 private:
  std::uint64_t digits_ = 1;
  std::int64_t exponent_ = 0;  // of the last digit
};

}  // namespace pointsman::json::schema
