#include "admin/query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace pointsman::admin {
namespace {

using testing::HasSubstr;

constexpr base::WallTime kNow{std::chrono::seconds(1'700'000'000)};
constexpr std::array<std::string_view, 10> kKnown = {"since",   "until", "category", "model", "stage",
                                                     "outcome", "key",   "fallback", "limit", "cursor"};

base::Result<Query> parse(std::string_view text) {
  return Query::parse(text, kKnown, kNow);
}

std::string complaint(std::string_view text) {
  const auto query = parse(text);
  if (!query) return query.error().place() + " | " + query.error().message();
  const auto range = query->range();
  if (!range) return range.error().place() + " | " + range.error().message();
  const auto filter = query->filter(*range);
  if (!filter) return filter.error().place() + " | " + filter.error().message();
  if (const auto limit = query->limit(); !limit) return limit.error().place() + " | " + limit.error().message();
  if (const auto cursor = query->cursor(); !cursor) return cursor.error().place() + " | " + cursor.error().message();
  return {};
}

TEST(Query, ReadsWhatItKnows) {
  const auto query = parse("since=2h&category=a%20b+c&outcome=cut&fallback=1&limit=7&key=ci");
  ASSERT_TRUE(query.has_value());
  const auto range = query->range();
  EXPECT_EQ(range->since, kNow - std::chrono::hours(2));
  EXPECT_EQ(range->until, kNow);
  const auto filter = query->filter(*range);
  EXPECT_EQ(filter->category, "a b c");
  EXPECT_EQ(filter->outcome, ledger::Outcome::kCut);
  EXPECT_TRUE(filter->only_fallback);
  EXPECT_EQ(filter->key, "ci");
  EXPECT_EQ(query->limit(), 7U);
}

TEST(Query, WithoutAnythingItIsTheLastDay) {
  const auto query = parse("");
  EXPECT_EQ(query->range()->since, kNow - std::chrono::hours(24));
  EXPECT_EQ(query->limit(), Query::kUsualRows);
  EXPECT_EQ(*query->cursor(), std::nullopt);
}

TEST(Query, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(complaint("categry=x"), HasSubstr("categry | categry: is unknown; did you mean category?"));
  EXPECT_THAT(complaint("since=1h&since=2h"), HasSubstr("since: is given twice"));
  EXPECT_THAT(complaint("model=%zz"), HasSubstr("model: is not percent-encoded"));
  EXPECT_THAT(complaint("model=%4"), HasSubstr("model: is not percent-encoded"));
  EXPECT_THAT(complaint("since=yesterday"), HasSubstr("since: write 1h or 7d"));
  EXPECT_THAT(complaint("since=1h&until=2h"), HasSubstr("since: is not before until"));
  EXPECT_THAT(complaint("outcome=fine"), HasSubstr("outcome: write ok"));
  EXPECT_THAT(complaint("fallback=yes"), HasSubstr("fallback: write 1"));
  EXPECT_THAT(complaint("limit=1001"), HasSubstr("limit: write a number from 1 to 1000"));
  EXPECT_THAT(complaint("limit=7x"), HasSubstr("limit: write"));
  EXPECT_THAT(complaint("cursor=7"), HasSubstr("cursor: is not one"));
  EXPECT_THAT(complaint(std::string(5000, 'x')), HasSubstr("is too long"));
  EXPECT_EQ(complaint("since=7d&limit=1000&&"), "");
}

}  // namespace
}  // namespace pointsman::admin
