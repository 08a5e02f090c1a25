#include "gateway/rate_fields.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace pointsman::gateway {
namespace {

using limits::RateStanding;

std::string fields_of(const limits::RateStandings& standings) {
  std::string head;
  append_rate_fields(standings, head);
  return head;
}

TEST(RateFields, SayWhatIsLimitedAndNothingElse) {
  EXPECT_EQ(fields_of({}), "");
  const RateStanding tokens{.limit = 1'000'000'000'000, .remaining = -4, .reset = std::chrono::seconds(60)};
  EXPECT_EQ(fields_of({.requests = std::nullopt, .tokens = tokens}),
            "x-ratelimit-limit-tokens: 1000000000000\r\nx-ratelimit-remaining-tokens: 0\r\n"
            "x-ratelimit-reset-tokens: 60s\r\n");
  const RateStanding requests{.limit = 2, .remaining = 1, .reset = std::chrono::milliseconds(1'234)};
  EXPECT_EQ(fields_of({.requests = requests, .tokens = tokens}).find("x-ratelimit-limit-requests: 2\r\n"), 0U);
}

TEST(RateFields, WriteDurationsWithThreeDigits) {
  const auto written = [](base::Duration reset) {
    const std::string head = fields_of({.requests = RateStanding{.limit = 1, .remaining = 1, .reset = reset}});
    const std::size_t at = head.find("reset-requests: ") + 16;
    return head.substr(at, head.find("\r\n", at) - at);
  };
  EXPECT_EQ(written(base::Duration(0)), "0s");
  EXPECT_EQ(written(std::chrono::microseconds(12'300)), "0.0123s");
  EXPECT_EQ(written(std::chrono::seconds(1)), "1s");
  EXPECT_EQ(written(std::chrono::milliseconds(60'960)), "61s");
  for (std::int64_t ms = 0; ms < 100'000; ms += 37) {
    if (ms % 100 == 50) continue;  // between two tenths, and neither is wrong
    const std::chrono::milliseconds reset(ms);
    ASSERT_EQ(written(reset), fmt::format("{:.3g}s", static_cast<double>(ms) / 1000)) << ms;
  }
}

}  // namespace
}  // namespace pointsman::gateway
