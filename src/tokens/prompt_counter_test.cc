#include "tokens/prompt_counter.h"

#include "tokens/overheads.h"
#include "tokens/testing.h"

namespace pointsman::tokens {
namespace {

using llm::Protocol;
using testing::Read;
using testing::spelt;
using testing::toy_vocabularies;

const Family kGpt4o = family_of("gpt-4o");
const Family kGpt4 = family_of("gpt-4");
const Family kUnknown = family_of("somebody/model");

PromptCounter toy_counter(std::size_t cached = PromptCounter::kCached) {
  return PromptCounter(toy_vocabularies(), 42, cached);
}

std::string chat(const std::string& messages, const std::string& more = "") {
  return R"({"model":"m","messages":[)" + messages + "]" + more + "}";
}

std::int64_t plain(std::string_view text, const Family& family = kGpt4o) {
  const auto& all = toy_vocabularies();
  text::TokenCounter counter(family.encoding == Encoding::kCl100k ? all.cl100k : all.o200k);
  return static_cast<std::int64_t>(counter.count(text));
}

// A conversation with all that a message may have, and what its texts should come to.
struct Made {
  std::string messages;
  std::int64_t tokens = 0;  // of the messages alone
};

Made random_messages(std::mt19937& rng, const Family& family) {
  Made made;
  const auto text = [&] {
    const std::string one = testing::random_text(rng);
    made.tokens += plain(one, family);
    return spelt(rng, one);
  };
  for (auto count = 1 + rng() % 6; count > 0; --count) {
    made.messages += made.messages.empty() ? "{" : ",{";
    made.tokens += 4;
    switch (rng() % 4) {
      case 0:
        made.messages += R"("role":"system","content":)" + text();
        break;
      case 1:
        made.tokens += 1;
        made.messages += R"("name":"hello","content":[{"type":"text","text":)" + text() + R"(},{"text":)" + text() +
                         R"(,"type":"text"}],"role":"user")";
        made.tokens += plain("hello", family);
        break;
      case 2:
        made.tokens += 3;  // also of a call without a name
        made.messages +=
            R"("role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":)" +
            text() + R"(,"arguments":)" + text() + "}}]";
        break;
      default:
        made.messages += R"("role":"tool","tool_call_id":"1","content":)" + text();
    }
    made.messages += "}";
  }
  return made;
}

TEST(PromptCounter, CountsWhatSurroundsAMessage) {
  auto counter = toy_counter();
  const Read one(chat(R"({"role":"user","content":"hello world"})"));
  const PromptCount got = counter.count(*one, kGpt4o);
  EXPECT_EQ(got.tokens, 3 + 1 + 2 + 3);
  EXPECT_TRUE(got.exact());
  EXPECT_EQ(got.estimated, 0);
  const Read named(chat(R"({"role":"user","content":"hello","name":"hello"})"));
  EXPECT_EQ(counter.count(*named, kGpt4o).tokens, 3 + 1 + 1 + (1 + 1) + 3);
  const Read empty(chat(R"({"role":"assistant","content":null})"));
  EXPECT_EQ(counter.count(*empty, kGpt4o).tokens, 3 + 1 + 3);
}

TEST(PromptCounter, ACountIsTheSumOfItsMessagesAndWhatSurroundsThem) {
  std::mt19937 rng(1);
  auto counter = toy_counter();
  std::vector<PromptItem> items;
  for (int i = 0; i < 400; ++i) {
    const Family& family = i % 2 == 0 ? kGpt4o : kGpt4;
    const Made made = random_messages(rng, family);
    const Read read(chat(made.messages));
    const PromptCount got = counter.itemise(*read, family, items);
    ASSERT_EQ(got.tokens, made.tokens + kAnswerBegins) << made.messages;
    std::int64_t sum = 0;
    for (const PromptItem& item : items) sum += item.tokens;
    ASSERT_EQ(got.tokens, sum) << made.messages;
    ASSERT_EQ(items.size(), read->messages + 1);
  }
}

TEST(PromptCounter, TheCacheChangesNoCount) {
  std::mt19937 rng(2);
  auto with = toy_counter(8);
  auto without = toy_counter(0);
  std::string messages;
  for (int i = 0; i < 300; ++i) {
    if (i % 20 == 0) messages.clear();
    messages += (messages.empty() ? "" : ",") + random_messages(rng, kGpt4o).messages;
    const Read read(chat(messages, i % 3 == 0 ? R"(,"tools":[{"type":"function","function":{"name":"hello"}}])" : ""));
    for (const Family& family : {kGpt4o, kGpt4, kUnknown}) {
      const PromptCount one = with.count(*read, family);
      const PromptCount other = without.count(*read, family);
      ASSERT_EQ(one.tokens, other.tokens);
      ASSERT_EQ(one.estimated, other.estimated);
      ASSERT_EQ(one.doubts, other.doubts);
    }
  }
}

TEST(PromptCounter, AGrowingConversationCostsItsNewMessages) {
  auto counter = toy_counter();
  std::string messages;
  std::uint64_t first = 0;
  for (int turn = 0; turn < 100; ++turn) {
    messages += std::string(turn == 0 ? "" : ",") + R"({"role":"user","content":"turn )" + std::to_string(turn) +
                std::string(1000, 'x') + "\"}";
    const std::uint64_t before = counter.steps();
    counter.count(*Read(chat(messages)), kGpt4o);
    const std::uint64_t steps = counter.steps() - before;
    if (turn == 0) first = steps;
    ASSERT_LE(steps, first + 16) << turn;
  }
}

TEST(PromptCounter, CountingToALimitAgreesWithCounting) {
  std::mt19937 rng(3);
  for (int i = 0; i < 400; ++i) {
    auto counter = toy_counter(i % 2 == 0 ? 0 : 64);
    const Made made = random_messages(rng, kGpt4o);
    const Read read(chat(made.messages, i % 3 == 0 ? R"(,"functions":[{"name":"hello"}],"function_call":"none")" : ""));
    const std::int64_t tokens = toy_counter().count(*read, kGpt4o).tokens;
    for (const std::int64_t limit :
         {std::int64_t{-1}, std::int64_t{0}, tokens / 2, tokens - 1, tokens, tokens + 1, INT64_MAX}) {
      const auto got = counter.count_up_to(*read, kGpt4o, limit);
      ASSERT_EQ(got.has_value(), limit >= tokens) << made.messages << " limit " << limit;
      if (got) ASSERT_EQ(got->tokens, tokens);
    }
    ASSERT_EQ(counter.count(*read, kGpt4o).tokens, tokens) << "a count that stopped must not be kept";
  }
}

TEST(PromptCounter, StopsNearTheLimit) {
  auto counter = toy_counter();
  std::string messages = R"({"role":"user","content":"x"})";
  for (int i = 0; i < 1000; ++i) messages += R"(,{"role":"user","content":")" + std::string(1000, 'x') + "\"}";
  const Read read(chat(messages));
  EXPECT_EQ(counter.count_up_to(*read, kGpt4o, 5000), std::nullopt);
  EXPECT_LT(counter.steps(), 20'000U);
}

TEST(PromptCounter, TheWorkGrowsWithTheTextWhateverItHolds) {
  for (const std::string& unit :
       {std::string("x"), std::string("he"), std::string(" "), std::string("\\n"), std::string("\\u4e2d")}) {
    const auto steps = [&unit](std::size_t times) {
      std::string content;
      for (std::size_t i = 0; i < times; ++i) content += unit;
      auto counter = toy_counter();
      counter.count(*Read(chat(R"({"role":"user","content":")" + content + "\"}")), kGpt4o);
      return static_cast<double>(counter.steps());
    };
    EXPECT_LE(steps(100'000), 10.5 * steps(10'000)) << unit;
  }
}

TEST(PromptCounter, ImagesCostWhatTheirSizeDoes) {
  auto counter = toy_counter();
  const auto count = [&](const std::string& image, const Family& family = kGpt4o) {
    return counter.count(*Read(chat(R"({"role":"user","content":[{"type":"image_url","image_url":)" + image + "}]}")),
                         family);
  };
  const std::string pixel = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ";
  const PromptCount known = count(R"({"url":")" + pixel + "\"}");
  EXPECT_EQ(known.tokens, 7 + 255);
  EXPECT_TRUE(known.exact());
  EXPECT_EQ(count(R"({"detail":"low","url":")" + pixel + "\"}").tokens, 7 + 85);
  EXPECT_EQ(count(R"({"url":"data:image\/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"})").tokens, 7 + 255);
  const PromptCount far = count(R"({"url":"https://example.com/a.png","detail":"high"})");
  EXPECT_EQ(far.tokens, 7 + 1445);
  EXPECT_EQ(far.estimated, 1445);
  EXPECT_TRUE(far.doubts.has(Doubt::kImages));
  EXPECT_TRUE(count(R"({"url":"https://example.com/a.png","detail":"low"})").exact());
  EXPECT_TRUE(count(R"({"url":")" + pixel + "\"}", family_of("gpt-5-mini")).doubts.has(Doubt::kImages));
}

TEST(PromptCounter, SaysWhatIsOnlyEstimated) {
  auto counter = toy_counter();
  const auto doubts = [&](const Read& read, const Family& family = kGpt4o) {
    return counter.count(*read, family).doubts;
  };
  const std::string hello = R"({"role":"user","content":"hello"})";
  EXPECT_TRUE(doubts(Read(chat(hello))).empty());
  EXPECT_TRUE(doubts(Read(chat(hello)), kUnknown).has(Doubt::kTokenizer));
  EXPECT_EQ(counter.count(*Read(chat(hello)), kUnknown).estimated, counter.count(*Read(chat(hello)), kUnknown).tokens);
  EXPECT_TRUE(doubts(Read(chat(hello)), family_of("gpt-5")).has(Doubt::kFraming));
  EXPECT_EQ(counter.count(*Read(chat(hello)), family_of("gpt-5")).estimated, 7);
  EXPECT_TRUE(doubts(Read(R"({"model":"m","input":"hello"})", Protocol::kResponses)).has(Doubt::kFraming));
  EXPECT_TRUE(doubts(Read(R"({"model":"m","input":"hello","previous_response_id":"r"})", Protocol::kResponses))
                  .has(Doubt::kElsewhere));
  EXPECT_TRUE(doubts(Read(chat(R"({"role":"tool","tool_call_id":"1","content":"hello"})"))).has(Doubt::kToolCalls));
  EXPECT_TRUE(doubts(Read(chat(R"({"role":"function","name":"hello","content":"hello"})"))).empty());
  EXPECT_TRUE(
      doubts(Read(chat(R"({"role":"assistant","content":"x","reasoning_content":"hello"})"))).has(Doubt::kReasoning));
  EXPECT_TRUE(doubts(Read(chat(R"({"role":"user","content":"x","mood":{"a":1}})"))).has(Doubt::kOther));
  EXPECT_TRUE(doubts(Read(chat(hello, R"(,"response_format":{"type":"json_schema","json_schema":{}})")))
                  .has(Doubt::kAnswerFormat));
  EXPECT_TRUE(doubts(Read(chat(hello, R"(,"tools":[{"type":"function","function":{"name":"f"}}])"))).empty());
  EXPECT_TRUE(doubts(Read(chat(hello, R"(,"tools":[{"type":"function","function":{"name":"f","strict":true}}])")))
                  .has(Doubt::kTools));
  EXPECT_TRUE(doubts(Read(chat(R"({"role":"user","content":[{"type":"file","file":{"file_data":"eA=="}}]})")))
                  .has(Doubt::kFiles));
  EXPECT_TRUE(doubts(Read(chat(R"({"role":"user","content":[{"type":"input_audio","input_audio":{"data":"eA=="}}]})")))
                  .has(Doubt::kAudio));
}

TEST(PromptCounter, WithoutAVocabularyEstimatesFromBytes) {
  PromptCounter counter({}, 1);
  const PromptCount got = counter.count(*Read(chat(R"({"role":"user","content":"hello there, all of you"})")), kGpt4o);
  EXPECT_GT(got.tokens, 7 + 3);
  EXPECT_TRUE(got.doubts.has(Doubt::kTokenizer));
  EXPECT_EQ(got.estimated, got.tokens);
}

TEST(PromptCounter, ProtocolsThatSayTheSameCountTheSame) {
  auto counter = toy_counter();
  const Read one(chat(R"({"role":"system","content":"hello"},{"role":"user","content":"hello\nworld"})"));
  const Read two(
      R"({"model":"m","instructions":"hello","input":[{"role":"user","content":[{"type":"input_text","text":"hello\nworld"}]}]})",
      Protocol::kResponses);
  const Read three(
      R"({"model":"m","max_tokens":5,"messages":[{"role":"user","content":"hello\nworld"}],"system":[{"type":"text","text":"hello"}]})",
      Protocol::kMessages);
  const std::int64_t tokens = counter.count(*one, kGpt4o).tokens;
  EXPECT_EQ(counter.count(*two, kGpt4o).tokens, tokens);
  EXPECT_EQ(counter.count(*three, kGpt4o).tokens, tokens);
}

TEST(PromptCounter, PlainPromptsHaveNothingAroundThem) {
  auto counter = toy_counter();
  const auto count = [&](const std::string& body, Protocol protocol) {
    return counter.count(*Read(body, protocol), kGpt4o);
  };
  EXPECT_EQ(count(R"({"model":"m","prompt":"hello world"})", Protocol::kLegacyCompletions).tokens, 2);
  EXPECT_TRUE(count(R"({"model":"m","prompt":"hello world"})", Protocol::kLegacyCompletions).exact());
  EXPECT_EQ(count(R"({"model":"m","input":["hello","hello world"]})", Protocol::kEmbeddings).tokens, 3);
  EXPECT_EQ(count(R"({"model":"m","input":[1,2,3]})", Protocol::kEmbeddings).tokens, 3);
  EXPECT_EQ(count(R"({"model":"m","input":[[1,2,3],[4]]})", Protocol::kEmbeddings).tokens, 4);
}

TEST(ProvesFit, NeverMoreThanWhatIsCounted) {
  std::mt19937 rng(4);
  auto counter = toy_counter();
  for (int i = 0; i < 600; ++i) {
    const Made made = random_messages(rng, kGpt4o);
    const std::string more =
        i % 2 == 0
            ? ""
            : R"(,"tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{"a":{},"b":{"enum":[1,2],"type":"integer"},"c":{"type":"object","properties":{"d":{}}}}}}}])";
    const Read read(chat(made.messages, more));
    const std::int64_t tokens = counter.count(*read, kGpt4o).tokens;
    ASSERT_FALSE(proves_fit(*read, kGpt4o, tokens - 1)) << made.messages;
    ASSERT_TRUE(proves_fit(*read, kGpt4o, 2 * static_cast<std::int64_t>(read->body.size()) + 64));
    ASSERT_FALSE(proves_fit(*read, kUnknown, counter.count(*read, kUnknown).tokens - 1));
  }
}

TEST(ProvesFit, IsNoProofWhereNoLengthBoundsTheTokens) {
  const auto proves = [](const std::string& part, const Family& family = kGpt4o) {
    return proves_fit(*Read(chat(R"({"role":"user","content":[)" + part + "]}")), family, 1'000'000);
  };
  EXPECT_TRUE(proves(R"({"type":"text","text":"hello"})"));
  EXPECT_TRUE(proves(R"({"type":"text","text":"hello"})", kUnknown));
  EXPECT_TRUE(proves(R"({"type":"image_url","image_url":{"url":"https://example.com/a"}})"));
  EXPECT_FALSE(proves(R"({"type":"image_url","image_url":{"url":"https://example.com/a"}})", kUnknown));
  EXPECT_FALSE(proves(R"({"type":"file","file":{"file_id":"f"}})"));
  EXPECT_FALSE(proves(R"({"type":"input_audio","input_audio":{"data":"eA=="}})"));
  EXPECT_FALSE(
      proves_fit(*Read(R"({"model":"m","input":"x","conversation":"c"})", Protocol::kResponses), kGpt4o, 1'000'000));
}

}  // namespace
}  // namespace pointsman::tokens
