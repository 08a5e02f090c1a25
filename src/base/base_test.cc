#include <gtest/gtest.h>

#include <set>

#include "base/hash.h"
#include "base/money.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/suggest.h"
#include "base/uuid.h"

namespace pointsman::base {
namespace {

TEST(Uuid, SortsInTheOrderMadeAlsoWhenTheClockGoesBack) {
  UuidGenerator make(7);
  WallTime now(std::chrono::seconds(1'700'000'000));
  Uuid last = make.next(now);
  for (int i = 0; i < 20'000; ++i) {
    if (i == 500) now -= std::chrono::seconds(5);
    const Uuid id = make.next(now);
    ASSERT_LT(last, id);
    last = id;
  }
}

TEST(Uuid, CarriesVersionVariantAndTime) {
  UuidGenerator make(1);
  const WallTime now(std::chrono::milliseconds(1'700'000'000'123));
  const Uuid id = make.next(now);
  EXPECT_EQ(id.to_string()[14], '7');
  EXPECT_NE(std::string("89ab").find(id.to_string()[19]), std::string::npos);
  EXPECT_EQ(id.time(), now);
  EXPECT_EQ(Uuid::parse(id.to_string()), id);
  EXPECT_LE(Uuid::at(now), id);
}

TEST(Uuid, RefusesWhatIsNotOne) {
  EXPECT_FALSE(Uuid::parse(""));
  EXPECT_FALSE(Uuid::parse("018bcfe5-687b-7000-8000-00000000000g"));
  EXPECT_FALSE(Uuid::parse("018bcfe5x687b-7000-8000-000000000000"));
}

TEST(Money, PrintsAndReadsEveryNanoDollar) {
  for (const std::int64_t nanos : {0L, 1L, -1L, 999'999'999L, 1'000'000'000L, 150'000L, -1'500'000'000L}) {
    EXPECT_EQ(Money::parse(Money{nanos}.to_string()), Money{nanos}) << nanos;
  }
  EXPECT_EQ(Money{1'230'000}.to_string(), "0.00123");
  for (const char* bad : {"", ".", "1e3", "+1", "1.0000000001", "99999999999999999999", "1,5", "--1"}) {
    EXPECT_FALSE(Money::parse(bad)) << bad;
  }
}

TEST(TokenPrice, IsExactAndRoundsOnlyTheProduct) {
  const TokenPrice price = TokenPrice::per_million(*Money::parse("0.15"));
  EXPECT_EQ(price.picos, 150'000);
  EXPECT_EQ(price.times(1'000'000).to_string(), "0.15");
  EXPECT_EQ((TokenPrice{1}.times(499)).nanos, 0);
  EXPECT_EQ((TokenPrice{1}.times(500)).nanos, 1);
}

TEST(Secret, ShowsOnlyAHint) {
  const Secret secret("sk-proj-0123456789abcdef");
  EXPECT_EQ(secret.hint().find("0123456789"), std::string::npos);
  EXPECT_EQ(Secret("short").hint(), "…(5)");
}

TEST(Suggest, FindsTheNearestNamesFirst) {
  EXPECT_EQ(edit_distance("gpt-4o-mini", "gpt-4o-imni"), 1U);
  const auto names = nearest_names("gpt4o-mini", {"claude-haiku", "gpt-4o-mini", "gpt-4o"});
  ASSERT_FALSE(names.empty());
  EXPECT_EQ(names[0], "gpt-4o-mini");
  EXPECT_TRUE(nearest_names("zzz", {"claude-haiku", "gpt-4o-mini"}).empty());
}

TEST(Hash, MatchesThePublishedTestVector) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Hash, OfAFileThatHoldsItTakesItAsZeros) {
  const std::string before = "head ";
  const std::string zeros(32, '\0');
  for (const std::string behind : {"", " and tail"}) {
    const std::string file = before + std::string(32, 'x') + behind;
    EXPECT_EQ(sha256_around(file, before.size()), sha256(before + zeros + behind));
    EXPECT_NE(sha256_around(file, before.size()), sha256(file));
  }
}

Result<int> half(int x) {
  if (x % 2 != 0) return fail(ErrorCode::kInvalidArgument, "odd", Origin::kClient);
  return x / 2;
}
Result<int> quarter(int x) {
  PM_TRY(const int h, half(x));
  return half(h);
}

TEST(Error, IsCopiedMovedAndAddedTo) {
  Error first = Error(ErrorCode::kParse, "odd", Origin::kClient, Retry::kOtherTarget).at("/a").with_status(418);
  const Error copy = first;
  first.at("/b");
  EXPECT_EQ(copy.place(), "/a");
  EXPECT_EQ(copy.upstream_status(), 418);
  const Error moved = std::move(first).in("reading");
  EXPECT_EQ(moved.message(), "reading: odd");
  EXPECT_EQ(moved.place(), "/b");
  EXPECT_EQ(moved.retry(), Retry::kOtherTarget);
  first = copy;
  EXPECT_EQ(first.origin(), Origin::kClient);
  Error last = std::move(first);
  EXPECT_EQ(first.code(), ErrorCode::kInternal) << "what is left behind says nothing";  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(first.message(), "");
  first = std::move(last);
  EXPECT_EQ(first.message(), "odd");
  static_assert(sizeof(Result<void>) <= 2 * sizeof(void*));
}

TEST(Result, TryReturnsTheFirstError) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(6).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(quarter(6).error().origin(), Origin::kClient);
}

}  // namespace
}  // namespace pointsman::base
