#include "json/schema/decimal.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace pointsman::json::schema {
namespace {

std::string canonical(std::string_view text) {
  std::string out;
  Decimal(text).append_canonical(text, out);
  return out;
}

TEST(Decimal, HasOneTextForAllSpellings) {
  for (const std::string_view text : {"10", "1e1", "1E+1", "10.0", "100e-1", "0.1e2", "1.0e1", "0.0010e4"}) {
    EXPECT_EQ(canonical(text), canonical("10")) << text;
  }
  for (const std::string_view text : {"0", "-0", "0.0", "0e7", "-0.000e-9"}) EXPECT_EQ(canonical(text), "0;") << text;
  EXPECT_NE(canonical("10"), canonical("-10"));
  EXPECT_NE(canonical("10"), canonical("100"));
}

TEST(Decimal, ComparesWhatNoDoubleCanTellApart) {
  EXPECT_LT(Decimal("12345678901234567890"), Decimal("12345678901234567891"));
  EXPECT_LT(Decimal("1e400"), Decimal("1.0000000000000000000001e400"));
  EXPECT_GT(Decimal("-1e400"), Decimal("-1e401"));
  EXPECT_LT(Decimal("-1e-400"), Decimal("0"));
  EXPECT_GT(Decimal("1e-400"), Decimal("-0.0"));
  EXPECT_EQ(Decimal("0.30"), Decimal("3e-1"));
  EXPECT_GT(Decimal("1e99999999999999999999"), Decimal("1e300"));
  EXPECT_LT(Decimal("1e-99999999999999999999"), Decimal("1e-300"));
}

TEST(Decimal, OrdersLikeNumbers) {
  std::mt19937 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const auto draw = [&random] { return static_cast<int>(random() % 20'001) - 10'000; };
    const int a = draw();
    const int b = draw();
    const auto spell = [&random](int n) {
      const std::string digits = std::to_string(n);
      return random() % 2 == 0 ? digits : digits + (random() % 2 == 0 ? ".00" : "000e-3");
    };
    EXPECT_EQ(Decimal(spell(a)) <=> Decimal(spell(b)), a <=> b) << a << " " << b;
  }
}

TEST(Decimal, KnowsWholeNumbers) {
  for (const std::string_view text : {"0", "1.0", "-3", "1.5e1", "1e400", "0.0"}) {
    EXPECT_TRUE(Decimal(text).is_whole()) << text;
  }
  for (const std::string_view text : {"0.5", "-1e-1", "1.25e1", "1e-400"})
    EXPECT_FALSE(Decimal(text).is_whole()) << text;
  EXPECT_EQ(Decimal("2.0").natural(), 2U);
  EXPECT_EQ(Decimal("123e2").natural(), 12300U);
  EXPECT_EQ(Decimal("1e30").natural(), ~std::uint64_t{0});
  EXPECT_EQ(Decimal("-1").natural(), std::nullopt);
  EXPECT_EQ(Decimal("1.5").natural(), std::nullopt);
}

TEST(Divisor, DividesExactly) {
  const auto divides = [](std::string_view divisor, std::string_view number) {
    return Divisor::of(Decimal(divisor))->divides(Decimal(number));
  };
  EXPECT_TRUE(divides("0.1", "0.3"));  // 0.3 / 0.1 is 2.9999999999999996 in doubles
  EXPECT_TRUE(divides("0.01", "19.99"));
  EXPECT_TRUE(divides("0.0001", "0.0075"));
  EXPECT_FALSE(divides("0.01", "0.0075"));
  EXPECT_TRUE(divides("3", "3e400"));
  EXPECT_FALSE(divides("7", "1e400"));
  EXPECT_TRUE(divides("1e-8", "12391239123"));
  EXPECT_FALSE(divides("0.123456789", "1e308"));
  EXPECT_TRUE(divides("5", "-10"));
  EXPECT_TRUE(divides("7", "0"));
  EXPECT_TRUE(divides("999999999999999999", "999999999999999999000"));
  EXPECT_FALSE(divides("999999999999999999", "999999999999999998"));
}

TEST(Divisor, DividesLikeIntegers) {
  for (int divisor = 1; divisor < 60; ++divisor) {
    for (int number = 0; number < 300; ++number) {
      EXPECT_EQ(Divisor::of(Decimal(std::to_string(divisor)))->divides(Decimal(std::to_string(number))),
                number % divisor == 0)
          << number << " by " << divisor;
    }
  }
}

TEST(Divisor, RefusesWhatIsTooLongOrNotPositive) {
  EXPECT_FALSE(Divisor::of(Decimal("0")));
  EXPECT_FALSE(Divisor::of(Decimal("-1")));
  EXPECT_FALSE(Divisor::of(Decimal("1234567890123456789")));
  EXPECT_TRUE(Divisor::of(Decimal("123456789012345678e50")));
}

}  // namespace
}  // namespace pointsman::json::schema
