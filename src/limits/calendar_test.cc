#include "limits/calendar.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "limits/testing_tzif.h"

namespace pointsman::limits {
namespace {

using namespace std::chrono_literals;
using base::WallTime;
using std::chrono::sys_days;
using testing_support::rule_zone;
using testing_support::ZoneFile;

WallTime at(int year, unsigned month, unsigned day, std::chrono::seconds time = 0s) {
  return sys_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)) + time;
}

TimeZone zone_of(const std::string& bytes) {
  auto zone = TimeZone::parse(bytes, "test");
  EXPECT_TRUE(zone.has_value()) << zone.error().message();
  return zone.value_or(TimeZone());
}

const char* const kBerlin = "CET-1CEST,M3.5.0,M10.5.0/3";

TEST(Calendar, PeriodsOfUtcBeginAtMidnightOnMondaysAndOnTheFirst) {
  const TimeZone utc;
  const WallTime instant = at(2024, 2, 29, 13h + 7min + 5s) + 17us;  // a Thursday
  EXPECT_EQ(period_at(Period::kHour, instant, utc), (PeriodSpan{at(2024, 2, 29, 13h), at(2024, 2, 29, 14h)}));
  EXPECT_EQ(period_at(Period::kDay, instant, utc), (PeriodSpan{at(2024, 2, 29), at(2024, 3, 1)}));
  EXPECT_EQ(period_at(Period::kWeek, instant, utc), (PeriodSpan{at(2024, 2, 26), at(2024, 3, 4)}));
  EXPECT_EQ(period_at(Period::kMonth, instant, utc), (PeriodSpan{at(2024, 2, 1), at(2024, 3, 1)}));
  EXPECT_EQ(period_at(Period::kTotal, instant, utc), (PeriodSpan{WallTime::min(), WallTime::max()}));
}

TEST(Calendar, AMondayAtMidnightBelongsToTheWeekItBegins) {
  EXPECT_EQ(period_at(Period::kWeek, at(2024, 2, 26), TimeZone()).begin, at(2024, 2, 26));
  EXPECT_EQ(period_at(Period::kWeek, at(2024, 2, 26) - 1us, TimeZone()).end, at(2024, 2, 26));
  EXPECT_EQ(period_at(Period::kMonth, at(2023, 12, 31, 23h), TimeZone()).end, at(2024, 1, 1));
}

TEST(Calendar, DaysOfAZoneWithSummerTimeHave23Or25Hours) {
  const TimeZone berlin = zone_of(rule_zone(kBerlin));
  EXPECT_EQ(period_at(Period::kDay, at(2026, 3, 29, 12h), berlin),
            (PeriodSpan{at(2026, 3, 28, 23h), at(2026, 3, 29, 22h)}));
  EXPECT_EQ(period_at(Period::kDay, at(2026, 10, 25, 12h), berlin),
            (PeriodSpan{at(2026, 10, 24, 22h), at(2026, 10, 25, 23h)}));
  EXPECT_EQ(period_at(Period::kMonth, at(2026, 7, 31, 22h), berlin).begin, at(2026, 7, 31, 22h));
  EXPECT_EQ(period_at(Period::kHour, at(2026, 7, 31, 22h + 30min), berlin).begin, at(2026, 7, 31, 22h));
}

TEST(Calendar, WhereMidnightIsSkippedTheDayBeginsWithTheChange) {
  const TimeZone santiago = zone_of(rule_zone("<-04>4<-03>,M9.1.6/24,M4.1.6/24"));
  // Sunday, 6 September 2026: after 23:59:59 comes 01:00.
  EXPECT_EQ(period_at(Period::kDay, at(2026, 9, 6, 12h), santiago),
            (PeriodSpan{at(2026, 9, 6, 4h), at(2026, 9, 7, 3h)}));
}

TEST(Calendar, WhereMidnightComesTwiceTheDayBeginsWithTheFirst) {
  const TimeZone havana = zone_of(rule_zone("CST5CDT,M3.2.0/0,M11.1.0/1"));
  // Sunday, 1 November 2026: after 00:59:59 comes 00:00 again.
  EXPECT_EQ(period_at(Period::kDay, at(2026, 11, 1, 4h + 30min), havana),
            (PeriodSpan{at(2026, 11, 1, 4h), at(2026, 11, 2, 5h)}));
  EXPECT_EQ(period_at(Period::kDay, at(2026, 11, 1, 5h + 30min), havana).begin, at(2026, 11, 1, 4h));
}

TEST(Calendar, ADateThatComesBackForAnHourStaysWithTheDayThatHadBegun) {
  ZoneFile file;  // at 00:01 the clocks go back to 23:01 of the day before
  file.offsets = {-9000, -12600};
  const WallTime change = at(2010, 11, 7, 2h + 31min);
  file.changes = {{std::chrono::floor<std::chrono::seconds>(change).time_since_epoch().count(), 1}};
  const TimeZone zone = zone_of(file.bytes());
  const PeriodSpan sunday{at(2010, 11, 7, 2h + 30min), at(2010, 11, 8, 3h + 30min)};
  EXPECT_EQ(period_at(Period::kDay, change - 1s, zone), sunday);
  EXPECT_EQ(period_at(Period::kDay, change + 10min, zone), sunday);  // the clocks show Saturday, 23:11
  EXPECT_EQ(period_at(Period::kDay, sunday.begin - 1us, zone).end, sunday.begin);
}

TEST(Calendar, ADateThatWasSkippedHasNoInstants) {
  ZoneFile file;  // Samoa crossed the date line: 29 December 2011 was followed by the 31st
  file.offsets = {-36000, 50400};
  const WallTime change = at(2011, 12, 30, 10h);
  file.changes = {{std::chrono::floor<std::chrono::seconds>(change).time_since_epoch().count(), 1}};
  const TimeZone apia = zone_of(file.bytes());
  EXPECT_EQ(period_at(Period::kDay, change - 1us, apia), (PeriodSpan{at(2011, 12, 29, 10h), change}));
  EXPECT_EQ(period_at(Period::kDay, change, apia), (PeriodSpan{change, at(2011, 12, 31, 10h)}));
}

TEST(Calendar, InstantsBeyondItsYearsCountAsTheNearest) {
  EXPECT_EQ(period_at(Period::kMonth, WallTime::max(), TimeZone()).begin, at(9000, 1, 1));
  EXPECT_EQ(period_at(Period::kMonth, WallTime::min(), TimeZone()).begin, at(1000, 1, 1));
}

TEST(Calendar, PeriodNamesAreReadBack) {
  for (const Period period : {Period::kHour, Period::kDay, Period::kWeek, Period::kMonth, Period::kTotal})
    EXPECT_EQ(parse_period(to_string(period)), period);
  EXPECT_EQ(parse_period("year"), std::nullopt);
}

// A zone with changes at random instants to random offsets, then one of several rules.
TimeZone random_zone(base::Rng& rng) {
  ZoneFile file;
  file.offsets.clear();
  for (int i = 0; i < 8; ++i) file.offsets.push_back(static_cast<std::int32_t>(rng.below(2 * 93'000)) - 93'000);
  std::int64_t at = 0;
  for (std::uint64_t i = rng.below(40); i > 0; --i) {
    at += 1 + static_cast<std::int64_t>(rng.below(i % 3 == 0 ? 90'000 : 40 * 86'400));
    file.changes.push_back({at, static_cast<std::uint8_t>(rng.below(8))});
  }
  const std::string_view rules[] = {"",
                                    kBerlin,
                                    "A-3",
                                    "EST5EDT,0/0,J365/25",
                                    "<+0330>-3:30<+0430>,J79/24,J263/24",
                                    "IST-2IDT,M3.4.4/26,M10.5.0",
                                    "<-02>2<-01>,M3.5.0/-1,M10.5.0/0"};
  file.footer = "\n";
  std::string_view rule = rules[rng.below(std::size(rules))];
  if (rule == "A-3") rule = "ABC-3";
  file.footer.append(rule).append("\n");
  return zone_of(file.bytes());
}

TEST(Calendar, PeriodsCoverAllOfTimeWithoutGapsWhateverTheClocksDo) {
  base::Rng rng(7);
  for (int round = 0; round < 400; ++round) {
    const TimeZone zone = random_zone(rng);
    for (int i = 0; i < 20; ++i) {
      const WallTime instant{std::chrono::microseconds(rng.below(2'000ULL * 86'400 * 1'000'000))};
      for (const Period period : {Period::kHour, Period::kDay, Period::kWeek, Period::kMonth}) {
        const PeriodSpan span = period_at(period, instant, zone);
        ASSERT_TRUE(span.holds(instant)) << round << ' ' << to_string(period);
        ASSERT_EQ(period_at(period, span.end, zone).begin, span.end) << round << ' ' << to_string(period);
        ASSERT_EQ(period_at(period, span.begin - 1us, zone).end, span.begin) << round << ' ' << to_string(period);
        ASSERT_EQ(period_at(period, span.end - 1us, zone), span) << round << ' ' << to_string(period);
      }
    }
  }
}

}  // namespace
}  // namespace pointsman::limits
