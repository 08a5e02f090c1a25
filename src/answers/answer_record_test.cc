#include "answers/answer_record.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace pointsman::answers {
namespace {

const base::WallTime kMade{std::chrono::milliseconds(1'790'000'000'123)};

KeptAnswer some() {
  KeptAnswer out{.body = std::string("{\"a\":\0}", 7) + std::string(3000, 'x'),
                 .content_type = "application/json",
                 .stream = true,
                 .decision = "0199-7",
                 .model = "gpt-5",
                 .provider = "openai",
                 .upstream = "messages",
                 .losses = {"top_k", ""},
                 .told = {"top_k"},
                 .usage = {.input_tokens = 100, .output_tokens = 0, .cache_write_tokens = 7},
                 .snapshot = 42};
  out.usage.tier = llm::ServiceTier::kFlex;
  return out;
}

TEST(AnswerRecord, ReadsWhatWasWritten) {
  const auto read = read_answer(write_answer(some(), kMade));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->made, kMade);
  const KeptAnswer& answer = read->answer;
  EXPECT_EQ(answer.body, some().body);
  EXPECT_EQ(answer.content_type, "application/json");
  EXPECT_TRUE(answer.stream);
  EXPECT_EQ(answer.decision, "0199-7");
  EXPECT_EQ(answer.model, "gpt-5");
  EXPECT_EQ(answer.provider, "openai");
  EXPECT_EQ(answer.upstream, "messages");
  EXPECT_EQ(answer.losses, some().losses);
  EXPECT_EQ(answer.told, some().told);
  EXPECT_EQ(answer.usage, some().usage) << "what is unknown stays unknown";
  EXPECT_EQ(answer.snapshot, 0U) << "the reader's own";
}

TEST(AnswerRecord, EveryCutAndEveryAdditionIsRefused) {
  const std::string bytes = write_answer(some(), kMade);
  for (std::size_t i = 0; i < bytes.size(); ++i) EXPECT_FALSE(read_answer(bytes.substr(0, i))) << i;
  EXPECT_FALSE(read_answer(bytes + '\0'));
}

TEST(AnswerRecord, AnotherVersionAndImpossibleValuesAreRefused) {
  const std::string bytes = write_answer(some(), kMade);
  const auto changed = [&](std::size_t at, char to) {
    std::string out = bytes;
    out[at] = to;
    return read_answer(out).has_value();
  };
  EXPECT_FALSE(changed(0, 2));
  EXPECT_FALSE(changed(1, 2));
  EXPECT_FALSE(changed(9, '\x7F')) << "a time after the year 9999";
  EXPECT_FALSE(changed(10, 5)) << "no tier";
  EXPECT_FALSE(changed(11, '\x40')) << "no count";
  EXPECT_FALSE(changed(19, '\x7F')) << "more tokens than there are";
}

TEST(AnswerRecord, BytesByChanceTakeNoMoreMemoryThanTheyAre) {
  base::Rng rng(7);
  const std::string bytes = write_answer(some(), kMade);
  for (int i = 0; i < 2000; ++i) {
    std::string changed = bytes;
    for (int k = 0; k < 4; ++k) changed[rng.below(changed.size())] = static_cast<char>(rng.next());
    const auto read = read_answer(changed);
    if (!read) continue;
    EXPECT_LE(read->answer.body.size(), bytes.size());
    EXPECT_LE(read->answer.losses.size() + read->answer.told.size(), bytes.size());
  }
}

}  // namespace
}  // namespace pointsman::answers
