// Documents of events, letter by letter: what receivers parse must not change.
#include "webhook/event.h"

#include <gtest/gtest.h>

namespace pointsman::webhook {
namespace {

using limits::LimitKind;
using limits::Period;

constexpr base::WallTime kNow(std::chrono::microseconds(1'767'323'045'678'901));  // 2026-01-02T03:04:05.678901Z
constexpr base::WallTime kEnd(std::chrono::seconds(1'769'904'000));               // 2026-02-01T00:00:00Z

base::Uuid id() {
  return *base::Uuid::parse("019b7c6e-0000-7000-8000-000000000001");
}

limits::ThresholdEvent threshold(std::string node, int percent) {
  return {.node = std::move(node),
          .period = Period::kMonth,
          .span = {base::WallTime(), kEnd},
          .limit = LimitKind::kMoney,
          .percent = percent,
          .maximum = 10'000'000'000,
          .spent = 8'020'000'001,
          .reserved = 500'000'000};
}

limits::Denial denial(std::string node) {
  limits::Denial out;
  out.limit = LimitKind::kTokens;
  out.recovery = limits::Recovery::kAfter;
  out.node = std::move(node);
  out.period = Period::kDay;
  out.maximum = 1000;
  out.used = 990;
  out.asked = 40;
  return out;
}

TEST(Event, WarnsOfAShareThatIsUsed) {
  EXPECT_EQ(document(event_of(threshold("acme/search@ci", 80), kNow), id(), "gw-1"),
            R"({"id":"019b7c6e-0000-7000-8000-000000000001","type":"budget.warning","version":1,)"
            R"("time":"2026-01-02T03:04:05.678Z","instance":"gw-1","data":{"owner":"acme/search","key":"ci",)"
            R"("end_user":null,"period":"month","resets_at":"2026-02-01T00:00:00.000Z","unit":"usd","limit":"10",)"
            R"("used":"8.020000001","reserved":"0.5","threshold_percent":80}})");
}

TEST(Event, SaysWhenAllIsUsed) {
  const Event event = event_of(threshold("acme", 100), kNow);
  EXPECT_EQ(event.type, EventType::kBudgetExhausted);
  EXPECT_EQ(sentence(event), "budget: 100 % of $10 (month) is used by 'acme'");
}

TEST(Event, HasNoResetForATotal) {
  limits::ThresholdEvent total = threshold("acme", 100);
  total.period = Period::kTotal;
  total.span = {base::WallTime::min(), base::WallTime::max()};
  EXPECT_TRUE(document(event_of(total, kNow), id(), "gw").contains(R"("period":"total","resets_at":null)"));
}

TEST(Event, SaysThatRequestsAreRefused) {
  const limits::Refusal refusal{denial("acme/search@ci#00f3a1b2c3d4e5f6"), kNow, kEnd};
  EXPECT_EQ(document(event_of(refusal), id(), "gw-1"),
            R"({"id":"019b7c6e-0000-7000-8000-000000000001","type":"budget.refused","version":1,)"
            R"("time":"2026-01-02T03:04:05.678Z","instance":"gw-1","data":{"owner":"acme/search","key":"ci",)"
            R"("end_user":"00f3a1b2c3d4e5f6","period":"day","resets_at":"2026-02-01T00:00:00.000Z","unit":"tokens",)"
            R"("limit":1000,"used":990,"reserved":0,"asked":40}})");
}

TEST(Event, SaysThatTheCapOnDoubtIsReached) {
  limits::Denial cap = denial("fallback");
  cap.limit = LimitKind::kMoney;
  const Event event = event_of_cap({cap, kNow, kEnd});
  const std::string text = document(event, id(), "gw");
  EXPECT_TRUE(text.contains(R"("type":"fallback_cap.reached")")) << text;
  EXPECT_FALSE(text.contains("owner")) << text;
}

TEST(Event, EscapesWhateverNamesHold) {
  const std::string text = document(event_of(threshold("a\"},\"x\":{\"y@k\xff\n", 80), kNow), id(), "<gw>\"\\");
  EXPECT_TRUE(text.contains(R"("owner":"a\"},\"x\":{\"y")")) << text;
  EXPECT_TRUE(text.contains("\"key\":\"k\xEF\xBF\xBD\\n\"")) << text;
  EXPECT_TRUE(text.contains(R"("instance":"<gw>\"\\")")) << text;
}

TEST(Event, OfATestHoldsNoFigures) {
  EXPECT_EQ(document({EventType::kTest, kNow, {}}, id(), "gw"),
            R"({"id":"019b7c6e-0000-7000-8000-000000000001","type":"webhook.test","version":1,)"
            R"("time":"2026-01-02T03:04:05.678Z","instance":"gw","data":{}})");
}

TEST(Event, TakesNodesApart) {
  EXPECT_EQ(holder_of("acme").owner, "acme");
  EXPECT_EQ(holder_of("acme").key, "");
  EXPECT_EQ(holder_of("@ci").owner, "");
  EXPECT_EQ(holder_of("@ci").key, "ci");
  EXPECT_EQ(holder_of("acme@ci#").end_user, "");
}

}  // namespace
}  // namespace pointsman::webhook
