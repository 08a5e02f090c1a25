#include "limits/time_zone.h"

#include <gtest/gtest.h>
#include <stdlib.h>  // setenv is POSIX, not std
#include <time.h>    // so is localtime_r

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/rng.h"
#include "limits/testing_tzif.h"

namespace pointsman::limits {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using testing_support::rule_zone;
using testing_support::ZoneFile;

std::string problem_of(const std::string& bytes) {
  const auto zone = TimeZone::parse(bytes, "test");
  return zone ? "" : zone.error().message();
}

TEST(TimeZone, IsUtcWithoutAFile) {
  const TimeZone utc;
  EXPECT_EQ(utc.name(), "UTC");
  EXPECT_EQ(utc.piece_at(sys_seconds(1'700'000'000s)), (TimeZone::Piece{0s, sys_seconds::max()}));
}

TEST(TimeZone, TakesTheOffsetOfTheLastChangeAndOfTheFirstTypeBeforeIt) {
  ZoneFile file;
  file.offsets = {100, 3600, 7200};
  file.changes = {{-5, 1}, {1'000, 2}};
  const TimeZone zone = *TimeZone::parse(file.bytes(), "test");
  EXPECT_EQ(zone.piece_at(sys_seconds(-6s)), (TimeZone::Piece{100s, sys_seconds(-5s)}));
  EXPECT_EQ(zone.piece_at(sys_seconds(-5s)), (TimeZone::Piece{3600s, sys_seconds(1'000s)}));
  EXPECT_EQ(zone.piece_at(sys_seconds(1'000s)), (TimeZone::Piece{7200s, sys_seconds::max()}));
}

TEST(TimeZone, ReadsTheFirstVersionWithItsShorterTimes) {
  ZoneFile file;
  file.version = '\0';
  file.offsets = {0, -3600};
  file.changes = {{-1'000'000, 1}};
  const TimeZone zone = *TimeZone::parse(file.bytes(), "test");
  EXPECT_EQ(zone.offset_at(sys_seconds(-1'000'001s)), 0s);
  EXPECT_EQ(zone.offset_at(sys_seconds(-1'000'000s)), -3600s);
}

TEST(TimeZone, FollowsTheRuleOfTheFooterAfterTheLastChange) {
  ZoneFile file;
  file.offsets = {3600};
  file.changes = {{0, 0}};
  file.footer = "\nCET-1CEST,M3.5.0,M10.5.0/3\n";
  const TimeZone berlin = *TimeZone::parse(file.bytes(), "Europe/Berlin");
  const sys_seconds summer = sys_days(std::chrono::year(2999) / 3 / 31) + 1h;
  EXPECT_EQ(berlin.piece_at(summer - 1s).end, summer);
  EXPECT_EQ(berlin.piece_at(summer), (TimeZone::Piece{2h, sys_days(std::chrono::year(2999) / 10 / 27) + 1h}));
}

TEST(TimeZone, KnowsDaysOfTheYearWithAndWithoutLeapDays) {
  // Summer from the 60th day of every year, 1 March, to the 300th counted from 0 with leap days.
  const TimeZone zone = *TimeZone::parse(rule_zone("AAA0BBB,J60/0,300/0"), "test");
  for (const int year : {2023, 2024}) {
    const sys_days march = std::chrono::year(year) / 3 / 1;
    EXPECT_EQ(zone.offset_at(march - 1s), 0s) << year;
    const sys_days new_year = std::chrono::year(year) / 1 / 1;
    EXPECT_EQ(zone.piece_at(march), (TimeZone::Piece{1h, new_year + std::chrono::days(300) - 1h})) << year;
  }
}

TEST(TimeZone, CanHaveSummerTimeAllTheYear) {
  const TimeZone zone = *TimeZone::parse(rule_zone("EST5EDT,0/0,J365/25"), "test");
  base::Rng rng(3);
  for (int i = 0; i < 1'000; ++i)
    EXPECT_EQ(zone.offset_at(sys_seconds(std::chrono::seconds(rng.below(4'000'000'000)))), -4h);
}

TEST(TimeZone, StaysDefinedAtTheEndsOfTime) {
  const TimeZone zone = *TimeZone::parse(rule_zone("CET-1CEST,M3.5.0,M10.5.0/3"), "test");
  EXPECT_EQ(zone.piece_at(sys_seconds::max()), (TimeZone::Piece{1h, sys_seconds::max()}));
  EXPECT_EQ(zone.offset_at(sys_seconds::min()), 1h);
  EXPECT_GT(zone.piece_at(sys_seconds::min()).end, sys_seconds::min());
}

TEST(TimeZone, RefusesRulesThatAreNone) {
  for (const char* const rule : {"CE-1", "CET", "CET-25", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
                                 "CET-1CEST,M3.0.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J1",
                                 "CET-1CEST,366,J1", "CET-1CEST,M3.5.0/168,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0x",
                                 "<CET-1", "CET-1:", "CET-1:60", "C1T-1", "CET-1CEST,M3.5.0,M10.5.0/3\nCET-1"})
    EXPECT_EQ(problem_of(rule_zone(rule)), "not a time zone file: its footer is no rule of POSIX") << rule;
}

TEST(TimeZone, RefusesBytesThatAreNoZone) {
  ZoneFile good;
  good.offsets = {0, 3600};
  good.changes = {{1, 1}, {2, 0}};
  const std::string bytes = good.bytes();
  ASSERT_EQ(problem_of(bytes), "");
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_NE(problem_of(bytes.substr(0, length)), "") << length;
  EXPECT_EQ(problem_of("GZif" + bytes.substr(4)), "not a time zone file: it does not begin with TZif");
  EXPECT_EQ(problem_of(std::string(TimeZone::kMaxBytes + 1, 'x')), "not a time zone file: it is larger than 64 KiB");

  ZoneFile bad = good;
  bad.changes = {{2, 1}, {2, 0}};
  EXPECT_EQ(problem_of(bad.bytes()), "not a time zone file: its times do not ascend");
  bad = good;
  bad.changes = {{1, 2}};
  EXPECT_EQ(problem_of(bad.bytes()), "not a time zone file: a time refers to a type that is not there");
  bad = good;
  bad.offsets = {26 * 3600};
  EXPECT_EQ(problem_of(bad.bytes()), "not a time zone file: an offset of more than 26 hours");
  bad = good;
  bad.leaps = 1;
  EXPECT_NE(problem_of(bad.bytes()).find("leap seconds"), std::string::npos);
  bad = good;
  bad.version = 'x';
  EXPECT_EQ(problem_of(bad.bytes()), "not a time zone file: its version is unknown");
  bad = good;
  bad.offsets = {};
  bad.changes = {};
  EXPECT_EQ(problem_of(bad.bytes()), "not a time zone file: it has no type of local time");
}

// The system's C library reads the same files with its own code.
TEST(TimeZone, AgreesWithTheSystemOnEveryZoneItHas) {
  const std::filesystem::path root = "/usr/share/zoneinfo";
  if (!std::filesystem::exists(root / "Europe/Berlin")) GTEST_SKIP() << "this system has no time zone files";
  base::Rng rng(11);
  int zones = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    const std::string name = entry.path().lexically_relative(root);
    if (!entry.is_regular_file() || name.starts_with("right/") || name.starts_with("posix/")) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!bytes.starts_with("TZif")) continue;
    const auto zone = TimeZone::parse(bytes, name);
    ASSERT_TRUE(zone.has_value()) << name << ": " << zone.error().message();
    ++zones;
    ASSERT_EQ(::setenv("TZ", (":" + name).c_str(), 1), 0);
    ::tzset();
    for (int i = 0; i < 200; ++i) {  // the years 1900 to 2500
      const auto instant = static_cast<std::int64_t>(rng.below(18'934'214'400)) - 2'208'988'800;
      const time_t time = instant;
      tm parts{};
      ASSERT_NE(::localtime_r(&time, &parts), nullptr);
      ASSERT_EQ(zone->offset_at(sys_seconds(std::chrono::seconds(instant))).count(), parts.tm_gmtoff)
          << name << " at " << instant;
    }
  }
  ::unsetenv("TZ");
  EXPECT_GT(zones, 50);
}

}  // namespace
}  // namespace pointsman::limits
