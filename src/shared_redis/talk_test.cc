// What replicas say to each other in a stream, over a stream that the test plays: once each, in time, and not at all
// from what is no entry.
#include "shared_redis/talk.h"

#include <gmock/gmock.h>

#include "base/rng.h"
#include "limits/quota_definition.h"
#include "shared_redis/rate_record.h"
#include "shared_redis/resp_reader.h"

namespace pointsman::shared_redis {
namespace {

using namespace std::chrono_literals;
using base::ErrorCode;
using base::MonoTime;
using limits::RateChange;
using limits::RateKind;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr MonoTime kStart{1h};
const limits::SharedName kKey = limits::shared_name_of("key");

RateChange requests(std::int64_t amount, std::uint8_t age = 0) {
  return {kKey, RateKind::kRequests, age, amount};
}

RespValue text(std::string value) {
  RespValue out;
  out.kind = RespValue::Kind::kText;
  out.text = std::move(value);
  return out;
}
RespValue list(std::vector<RespValue> items) {
  RespValue out;
  out.kind = RespValue::Kind::kList;
  out.items = std::move(items);
  return out;
}

// Redis, as far as Talk needs it.
class Stream {
 public:
  std::int64_t ms = 1'000'000;
  bool old_protocol = false;

  std::vector<RespValue> answer(const RespCommands& commands) {
    std::vector<RespValue> out;
    RespReader reader;
    for (std::string_view rest = commands.bytes(); !rest.empty();) {
      rest.remove_prefix(*reader.read(rest));
      out.push_back(answer(reader.take().items));
    }
    return out;
  }
  void add(std::vector<std::string> fields) {
    std::vector<RespValue> said;
    for (std::string& one : fields) said.push_back(text(std::move(one)));
    entries_.push_back(list({text(std::to_string(ms) + "-" + std::to_string(entries_.size())), list(std::move(said))}));
  }
  std::size_t size() const { return entries_.size(); }

 private:
  RespValue answer(const std::vector<RespValue>& words) {
    if (words[0].text == "PEXPIRE") return {RespValue::Kind::kInteger, 1, {}, {}};
    if (words[0].text == "XADD") {
      EXPECT_EQ(words[1].text, "p:{p}:rates");
      std::vector<std::string> fields;
      for (std::size_t i = 6; i < words.size(); ++i) fields.push_back(words[i].text);
      add(std::move(fields));
      return entries_.back().items[0];
    }
    EXPECT_EQ(words[0].text, "XREAD");
    const auto most = static_cast<std::size_t>(std::stoll(words[2].text));
    std::vector<RespValue> found;
    for (const RespValue& one : entries_) {
      if (order(one.items[0].text) > order(words[5].text) && found.size() < most) found.push_back(one);
    }
    if (found.empty()) return {};
    if (old_protocol) return list({list({words[4], list(std::move(found))})});
    return list({words[4], list(std::move(found))});
  }
  static std::pair<long long, long long> order(const std::string& id) {
    return {std::stoll(id), std::stoll(id.substr(id.find('-') + 1))};
  }
  std::vector<RespValue> entries_;
};

class TalkTest : public testing::Test {
 protected:
  Talk::Heard exchange(Talk& talk) {
    auto heard = talk.hear(stream_.answer(talk.ask(now_)), now_);
    EXPECT_TRUE(heard.has_value()) << heard.error().message();
    return heard.value_or(Talk::Heard());
  }
  void pass(std::chrono::milliseconds time) {
    now_ += time;
    stream_.ms += time.count();
  }
  MonoTime now_ = kStart;
  Stream stream_;
  Talk a_{"p", "a"};
  Talk b_{"p", "b"};
};

TEST_F(TalkTest, EachHearsTheOthersOnceAndNeverItself) {
  for (const bool old_protocol : {false, true}) {
    stream_.old_protocol = old_protocol;
    a_.say({requests(3)}, {}, now_);
    EXPECT_THAT(exchange(a_).changes, IsEmpty());
    EXPECT_THAT(exchange(b_).changes, ElementsAre(requests(3)));
    EXPECT_THAT(exchange(b_).changes, IsEmpty());
    EXPECT_THAT(exchange(a_).changes, IsEmpty());
    pass(100ms);
  }
  EXPECT_EQ(a_.replicas(), 2);
  EXPECT_EQ(b_.replicas(), 2);
}

TEST_F(TalkTest, WhatMayOrMayNotHaveBeenTakenIsSaidAgainAndHeardOnce) {
  exchange(b_);
  a_.say({requests(3)}, {}, now_);
  (void)stream_.answer(a_.ask(now_));  // Redis took it, and the reply was lost
  a_.failed();
  EXPECT_FALSE(a_.may_say());
  pass(2'500ms);
  exchange(a_);
  EXPECT_TRUE(a_.may_say());
  EXPECT_EQ(stream_.size(), 3U);
  EXPECT_THAT(exchange(b_).changes, ElementsAre(requests(3, 2))) << "once, and as old as it is";
}

TEST_F(TalkTest, WhatIsOlderThanAMinuteIsNotHeard) {
  a_.say({requests(3), requests(2, 50)}, {}, now_);
  exchange(a_);
  pass(11s);
  EXPECT_THAT(exchange(b_).changes, ElementsAre(requests(3, 11)));
}

TEST_F(TalkTest, AReplicaIsOneOfUsUntilItLeavesOrSaysNothing) {
  exchange(a_);
  exchange(b_);
  exchange(a_);
  EXPECT_EQ(a_.replicas(), 2);
  b_.leave();
  exchange(b_);
  exchange(a_);
  EXPECT_EQ(a_.replicas(), 1);
  Talk c("p", "c");
  exchange(c);
  exchange(a_);
  EXPECT_EQ(a_.replicas(), 2);
  for (int second = 0; second < 6; ++second) {
    pass(1s);
    exchange(a_);
  }
  EXPECT_EQ(a_.replicas(), 1) << "c says nothing";
}

TEST_F(TalkTest, ReadsOnWhereThereIsMoreAndLessAtATimeAfterAFailure) {
  exchange(b_);
  for (int i = 1; i <= 300; ++i) stream_.add({"r", "x", "s", std::to_string(i), "c", write_rates({{requests(1)}})});
  b_.failed();
  std::size_t heard = 0;
  int exchanges = 0;
  for (bool more = true; more; ++exchanges) {
    const Talk::Heard part = exchange(b_);
    heard += part.changes.size();
    more = part.more;
  }
  EXPECT_EQ(heard, 300U);
  EXPECT_GT(exchanges, 2);
}

TEST_F(TalkTest, EntriesThatAreNoneOfOursAreCountedAndDoNoHarm) {
  exchange(b_);
  stream_.add({"hello", "world"});
  stream_.add({"r", "x", "s", "0"});
  stream_.add({"r", "x", "s", "1", "c", "nonsense"});
  stream_.add({"r", "y", "s", "7", "c", write_rates({{requests(4)}})});
  const Talk::Heard heard = exchange(b_);
  EXPECT_EQ(heard.unreadable, 3U);
  EXPECT_THAT(heard.changes, ElementsAre(requests(4)));
}

TEST_F(TalkTest, AServerWhoseClockIsBehindIsReadFromItsBeginning) {
  exchange(b_);
  stream_ = Stream();
  stream_.ms = 500'000;
  a_.say({requests(3)}, {}, now_);
  exchange(a_);
  pass(1s);
  exchange(b_);
  EXPECT_THAT(exchange(b_).changes, ElementsAre(requests(3, 1)));
}

TEST_F(TalkTest, AnEntryOfAnyAgeIsOldAtMost) {
  stream_.add({"r", "x", "s", "1", "c", write_rates({{requests(4)}}), "b",
               write_failures({{{limits::shared_name_of("model"), kLongestFailure}}})});
  for (const std::int64_t ms : {15'300'000'000'001LL, 1LL << 48}) {
    stream_.ms = ms;
    Talk late("p", "late" + std::to_string(ms));
    const Talk::Heard heard = exchange(late);
    EXPECT_THAT(heard.changes, IsEmpty());
    EXPECT_TRUE(heard.news.empty());
  }
  stream_.ms = std::numeric_limits<std::int64_t>::max();
  Talk never("p", "never");
  EXPECT_FALSE(never.hear(stream_.answer(never.ask(now_)), now_)) << "no time of Redis's";
}

TEST_F(TalkTest, ARefusalIsAnErrorAndWhatWasSaidIsSaidAgain) {
  a_.say({requests(3)}, {}, now_);
  auto replies = stream_.answer(a_.ask(now_));
  replies[0] = {RespValue::Kind::kError, 0, "NOPERM no permissions", {}};
  const auto heard = a_.hear(replies, now_);
  ASSERT_FALSE(heard);
  EXPECT_EQ(heard.error().code(), ErrorCode::kUnsupported);
  EXPECT_FALSE(a_.may_say());
  EXPECT_FALSE(a_.hear({}, now_)) << "replies that do not fit";
}

TEST(RateRecord, ReadsWhatWasWrittenAndNothingElse) {
  base::Rng rng(3);
  std::vector<RateChange> changes;
  for (int i = 0; i < 1'000; ++i) {
    changes.push_back({limits::shared_name_of(std::to_string(rng.below(40))),
                       rng.below(2) == 0 ? RateKind::kRequests : RateKind::kTokens,
                       static_cast<std::uint8_t>(rng.below(61)),
                       static_cast<std::int64_t>(rng.next() % limits::kLargestRate) * (rng.below(2) == 0 ? 1 : -1)});
  }
  std::ranges::sort(changes, {}, &RateChange::node);
  const std::string bytes = write_rates(changes);
  EXPECT_EQ(*read_rates(bytes), changes);
  EXPECT_EQ(read_rates("").error().code(), ErrorCode::kCorrupt);
  const std::string one = write_rates({{requests(300, 60)}});
  for (std::size_t cut = 2; cut < one.size(); ++cut) EXPECT_FALSE(read_rates(one.substr(0, cut))) << cut;
  std::string old = one;
  old[18] = 61;
  EXPECT_FALSE(read_rates(old)) << "an age of more than a minute";
  for (int round = 0; round < 20'000; ++round) {
    std::string broken = bytes.substr(0, rng.below(200));
    if (!broken.empty()) broken[rng.below(broken.size())] = static_cast<char>(rng.below(256));
    const auto read = read_rates(broken);
    if (!read) continue;
    for (const RateChange& change : *read) ASSERT_LT(change.age, 61);
  }
}

TEST_F(TalkTest, NewsGetOlderOnTheirWayAndAreHeardOnce) {
  const limits::FailureHint failure{limits::shared_name_of("model"), 5s};
  exchange(b_);
  a_.say({}, {{{.conversation = 7, .last = {.model = 3, .tokens = 20, .kept = true}}}, {failure}}, now_);
  pass(1'000ms);
  exchange(a_);
  pass(2'000ms);
  const News heard = exchange(b_).news;
  ASSERT_EQ(heard.conversations.size(), 1U);
  EXPECT_EQ(heard.conversations[0].conversation, 7U);
  EXPECT_EQ(heard.conversations[0].last.tokens, 20);
  EXPECT_EQ(heard.conversations[0].last.age, 3s);
  ASSERT_EQ(heard.failures.size(), 1U);
  EXPECT_EQ(heard.failures[0].left, 2s);
  EXPECT_TRUE(exchange(b_).news.empty());
  EXPECT_TRUE(exchange(a_).news.empty()) << "its own";
}

TEST_F(TalkTest, NewsThatCannotBeReadCostOnlyThemselves) {
  exchange(b_);
  stream_.add({"r", "x", "s", "1", "v", "nonsense", "b", "nonsense", "c", write_rates(std::vector{requests(2)})});
  const Talk::Heard heard = exchange(b_);
  EXPECT_TRUE(heard.news.empty());
  EXPECT_EQ(heard.unreadable, 2U);
  EXPECT_THAT(heard.changes, ElementsAre(requests(2)));
}

}  // namespace
}  // namespace pointsman::shared_redis
