// Which trace a request belongs to, what its calls are told of it, and how calls keep in step with attempts.
#include "gateway/span_notes.h"

#include <gmock/gmock.h>

#include <set>

namespace pointsman::gateway {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

constexpr std::string_view kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr base::MonoTime kStart{1h};

class SpanNotesTest : public testing::Test {
 protected:
  void begin(std::initializer_list<http::Field> fields, double share = 1) {
    http::FieldList list;
    for (const http::Field& one : fields) list.add(one);
    notes_.begin(list, share, rng_);
  }

  base::Rng rng_{1};
  SpanNotes notes_;
};

TEST_F(SpanNotesTest, DoNothingWhileNothingIsTraced) {
  notes_.begin_call(kStart);
  notes_.begin_early();
  notes_.decided(kStart, kStart + 1s);
  EXPECT_FALSE(notes_.on());
  EXPECT_FALSE(notes_.sampled());
  EXPECT_THAT(notes_.fields(), IsEmpty());
  EXPECT_THAT(notes_.calls(), IsEmpty());
  begin({});
  notes_.rest();
  EXPECT_THAT(notes_.fields(), IsEmpty());
}

TEST_F(SpanNotesTest, FollowAClientsTrace) {
  begin({{"TraceParent", kParent}, {"tracestate", "a=1"}, {"tracestate", "b=2"}}, 0);
  EXPECT_EQ(notes_.trace(), (trace::TraceId{0x4bf92f3577b34da6, 0xa3ce929d0e0e4736}));
  EXPECT_EQ(notes_.parent(), trace::SpanId{0x00f067aa0ba902b7});
  EXPECT_TRUE(notes_.sampled());
  notes_.begin_call(kStart);
  EXPECT_THAT(std::string(notes_.fields()),
              MatchesRegex("traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]+-01\r\ntracestate: a=1,b=2\r\n"));
}

TEST_F(SpanNotesTest, BeginATraceOfTheirOwnWhereThereIsNoneOrMoreThanOne) {
  for (const bool twice : {false, true}) {
    if (twice) {
      begin({{"traceparent", kParent}, {"traceparent", kParent}, {"tracestate", "a=1"}});
    } else {
      begin({{"tracestate", "a=1"}});
    }
    EXPECT_FALSE(notes_.parent());
    EXPECT_TRUE(notes_.trace());
    EXPECT_THAT(std::string(notes_.state()), IsEmpty());
    EXPECT_TRUE(notes_.sampled());
  }
  begin({}, 0);
  EXPECT_FALSE(notes_.sampled());
  EXPECT_TRUE(notes_.on()) << "what is not recorded is handed on all the same";
  notes_.begin_call(kStart);
  EXPECT_THAT(std::string(notes_.fields()), MatchesRegex("traceparent: 00-[0-9a-f]+-[0-9a-f]+-00\r\n"));
}

TEST_F(SpanNotesTest, ForgetTheRequestBefore) {
  begin({{"traceparent", kParent}, {"tracestate", "a=1"}});
  notes_.begin_call(kStart);
  notes_.decided(kStart, kStart + 1s);
  begin({});
  EXPECT_THAT(notes_.calls(), IsEmpty());
  EXPECT_THAT(std::string(notes_.state()), IsEmpty());
  EXPECT_FALSE(notes_.choice().id);
}

TEST_F(SpanNotesTest, GiveEveryCallAnIdOfItsOwn) {
  begin({});
  std::set<std::uint64_t> ids{notes_.root().value};
  for (int i = 0; i < 3; ++i) {
    notes_.begin_call(kStart + i * 1s);
    notes_.end_call(kStart + i * 1s + 500ms);
    ids.insert(notes_.calls().back().id.value);
  }
  EXPECT_EQ(ids.size(), 4U);
  EXPECT_EQ(notes_.calls()[1].ended, kStart + 1500ms);
  notes_.end_call(0, kStart + 9s);
  EXPECT_EQ(notes_.calls()[0].ended, kStart + 9s);
}

TEST_F(SpanNotesTest, PutALostCallInFrontOfTheOneThatFollowedIt) {
  begin({});
  notes_.begin_call(kStart);
  notes_.begin_call(kStart + 1s);
  const trace::SpanId last = notes_.calls().back().id;
  notes_.add_lost();
  ASSERT_EQ(notes_.calls().size(), 3U);
  EXPECT_EQ(notes_.calls()[2].id, last);
  EXPECT_EQ(notes_.calls()[1].began, kStart + 1s);
  EXPECT_NE(notes_.calls()[1].id, last);
}

TEST_F(SpanNotesTest, RememberAnEarlyCallByTheIdThatItWasToldOf) {
  begin({{"traceparent", kParent}});
  notes_.begin_early();
  const std::string told(notes_.fields());
  EXPECT_THAT(notes_.calls(), IsEmpty()) << "not before it is on record";
  notes_.record_early(kStart, kStart + 2s, true);
  ASSERT_EQ(notes_.calls().size(), 2U);
  std::string id;
  append_hex(notes_.calls()[1].id, id);
  EXPECT_THAT(told, testing::HasSubstr(id));
  EXPECT_EQ(notes_.calls()[1].ended, kStart + 2s);
}

}  // namespace
}  // namespace pointsman::gateway
