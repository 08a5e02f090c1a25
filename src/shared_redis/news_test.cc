// News as bytes: what is written is read, and what is none of ours counts for nothing.
#include "shared_redis/news.h"

#include <gmock/gmock.h>

#include "base/rng.h"

namespace pointsman::shared_redis {
namespace {

using namespace std::chrono_literals;
using limits::FailureHint;
using route::ConversationNews;
using testing::SizeIs;

ConversationNews talk(std::uint64_t conversation, std::int64_t tokens, std::chrono::seconds age = 0s) {
  return {.conversation = conversation, .last = {.model = 131'071, .tokens = tokens, .kept = true, .age = age}};
}
const FailureHint kFailure{limits::shared_name_of("model"), 5s};

TEST(News, OfConversationsAreReadAsTheyWereWritten) {
  const std::vector<ConversationNews> all{talk(1, 0), talk(~std::uint64_t{0}, 20'000, 61s)};
  const auto read = read_conversations(write_conversations(all));
  ASSERT_TRUE(read.has_value());
  ASSERT_THAT(*read, SizeIs(2));
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ((*read)[i].conversation, all[i].conversation);
    EXPECT_EQ((*read)[i].last.model, all[i].last.model);
    EXPECT_EQ((*read)[i].last.tokens, all[i].last.tokens);
    EXPECT_EQ((*read)[i].last.kept, all[i].last.kept);
    EXPECT_EQ((*read)[i].last.age, all[i].last.age);
  }
}

TEST(News, OfFailuresAreReadAsTheyWereWritten) {
  EXPECT_EQ(read_failures(write_failures(std::vector{kFailure, kFailure})), (std::vector{kFailure, kFailure}));
}

TEST(News, CutOrChangedOrBeyondBoundsTheyAreNone) {
  const std::string conversations = write_conversations(std::vector{talk(77, 5), talk(78, 6)});
  const std::size_t each = (conversations.size() - 1) / 2;
  for (std::size_t i = 0; i < conversations.size(); ++i) {
    EXPECT_EQ(read_conversations(conversations.substr(0, i)).has_value(), i % each == 1) << i << ": whole ones only";
  }
  EXPECT_FALSE(read_conversations("\x02")) << "another version";
  EXPECT_FALSE(read_conversations(write_conversations(std::vector{talk(0, 5)}))) << "conversation 0 is nobody's";
  EXPECT_FALSE(read_failures("\x01short"));
  std::string failures = write_failures(std::vector{kFailure});
  failures[failures.size() - 2] = '\x91';  // the sign
  EXPECT_FALSE(read_failures(failures)) << "less than nothing is left";
}

TEST(News, BytesByChanceAreWithinBoundsOrNothing) {
  base::Rng rng(3);
  for (int i = 0; i < 5000; ++i) {
    std::string bytes(1, '\x01');
    for (std::uint64_t k = rng.below(60); k > 0; --k) bytes.push_back(static_cast<char>(rng.next()));
    for (const auto& one : read_conversations(bytes).value_or(std::vector<ConversationNews>{})) {
      EXPECT_LT(one.last.model, 1U << route::ConversationMemory::kModelBits);
      EXPECT_GE(one.last.tokens, 0);
      EXPECT_LE(one.last.age, kOldestConversation);
    }
    for (const auto& one : read_failures(bytes).value_or(std::vector<FailureHint>{})) {
      EXPECT_GE(one.left, 0s);
      EXPECT_LE(one.left, kLongestFailure);
    }
  }
}

TEST(News, GetOlderAndEnd) {
  News news{{talk(1, 5), talk(2, 5, 118s)}, {kFailure}};
  news.age(3s);
  ASSERT_THAT(news.conversations, SizeIs(1));
  EXPECT_EQ(news.conversations[0].last.age, 3s);
  ASSERT_THAT(news.failures, SizeIs(1));
  EXPECT_EQ(news.failures[0].left, 2s);
  news.age(2s);
  EXPECT_THAT(news.failures, SizeIs(0));
}

}  // namespace
}  // namespace pointsman::shared_redis
