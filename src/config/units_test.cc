#include "config/units.h"

#include <gtest/gtest.h>

#include "config/address.h"

namespace pointsman::config {
namespace {

using std::chrono::milliseconds;

TEST(Duration, ReadsNumbersWithUnits) {
  EXPECT_EQ(parse_duration("250ms"), milliseconds(250));
  EXPECT_EQ(parse_duration("1.5s"), milliseconds(1'500));
  EXPECT_EQ(parse_duration("30d"), std::chrono::hours(720));
  EXPECT_EQ(parse_duration("0s"), milliseconds(0));
  for (const char* bad : {"", "s", "10", "10 s", "-1s", "1e3s", "0.5ms", "1.s", ".5s", "1..5s", "99999999d", "1S"}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
}

TEST(Duration, PrintsWhatReadsBack) {
  for (const std::int64_t ms : {0LL, 1LL, 250LL, 1'000LL, 90'000LL, 300'000LL, 86'400'000LL, 1'234'567LL}) {
    EXPECT_EQ(parse_duration(format_duration(milliseconds(ms))), milliseconds(ms)) << format_duration(milliseconds(ms));
  }
  EXPECT_EQ(format_duration(std::chrono::hours(720)), "30d");
  EXPECT_EQ(format_duration(std::chrono::seconds(90)), "90s");
}

TEST(Size, ReadsPowersOfTenAndOfTwo) {
  EXPECT_EQ(parse_size("32KiB"), 32'768);
  EXPECT_EQ(parse_size("1GB"), 1'000'000'000);
  EXPECT_EQ(parse_size("1.5MiB"), 1'572'864);
  EXPECT_EQ(parse_size("123456789012"), 123'456'789'012);
  for (const char* bad : {"", "KiB", "1 KiB", "1kib", "1.0001KiB", "-1", "99999999999TiB", "1e9"}) {
    EXPECT_FALSE(parse_size(bad)) << bad;
  }
}

TEST(Size, PrintsWhatReadsBack) {
  for (const std::int64_t bytes : {0LL, 1LL, 1'023LL, 1'024LL, 20'971'520LL, 1'000'000LL, 10'000'000'001LL}) {
    EXPECT_EQ(parse_size(format_size(bytes)), bytes) << format_size(bytes);
  }
  EXPECT_EQ(format_size(1LL << 30), "1GiB");
}

TEST(Price, IsExactAndRefusesWhatItCannotHold) {
  EXPECT_EQ(parse_price("0.25")->picos, 250'000);
  EXPECT_EQ(parse_price("0.000001")->picos, 1);
  EXPECT_EQ(format_price({250'000}), "0.25");
  for (const char* bad : {"", "-1", "$1", "1,5", "0.0000001", "1e-3"}) EXPECT_FALSE(parse_price(bad)) << bad;
}

TEST(Share, ReadsPercentAndFraction) {
  EXPECT_EQ(parse_share("10%"), 0.1);
  EXPECT_EQ(parse_share("0.1"), 0.1);
  EXPECT_EQ(format_share(0.1), "10%");
  EXPECT_EQ(format_share(0.125), "12.5%");
  for (const char* bad : {"", "%", "ten", "-1%", "1e2%", "inf", "nan"}) EXPECT_FALSE(parse_share(bad)) << bad;
}

TEST(Decimal, PrintsAFloatAsItWasWritten) {
  EXPECT_EQ(format_decimal(shortest_double(0.6F)), "0.6");
}

TEST(Address, ReadsHostsAndPorts) {
  EXPECT_EQ(Address::parse("127.0.0.1:80")->to_string(), "127.0.0.1:80");
  EXPECT_EQ(Address::parse("[::1]:0")->host, "::1");
  EXPECT_EQ(Address::parse(":8080")->host, "127.0.0.1");
  EXPECT_TRUE(Address::parse("localhost:1")->is_loopback());
  EXPECT_FALSE(Address::parse("0.0.0.0:1")->is_loopback());
  for (const char* bad : {"", "h", "h:", "h:-1", "h:65536", "::1:80", "[::1]", "[]:1", "a b:1", "[::1]80", "-h:1"}) {
    EXPECT_FALSE(Address::parse(bad)) << bad;
  }
}

TEST(UrlText, ReadsBaseUrlsAndNothingElse) {
  EXPECT_EQ(Url::parse("https://api.example.com/v1/")->to_string(), "https://api.example.com/v1");
  EXPECT_EQ(Url::parse("http://h:8080")->address, (Address{"h", 8080}));
  EXPECT_EQ(Url::parse("https://h:443/a")->to_string(), "https://h/a");
  EXPECT_EQ(Url::parse("http://[::1]:1/v1")->to_string(), "http://[::1]:1/v1");
  for (const char* bad :
       {"", "h", "//h", "https://", "https:///v1", "https://u@h", "https://h?q", "https://h#f", "https://h:0",
        "https://h:x", "https://h/a b", "https://h\\x", "https://[::1", "HTTPS//h", "https://h/\r\nX: y"}) {
    EXPECT_FALSE(Url::parse(bad)) << bad;
  }
}

}  // namespace
}  // namespace pointsman::config
