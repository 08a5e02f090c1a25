#include "wire/anthropic_messages/label_call.h"

#include <gtest/gtest.h>

#include "wire/label_format.h"

namespace pointsman::wire::anthropic_messages {
namespace {

llm::LabelQuestion question() {
  llm::LabelQuestion out;
  out.model = "small";
  out.system = "Label.";
  out.examples = {{"2+2?", "B"}};
  out.text = "say \"hi\"";
  out.labels = {"A", "B"};
  out.seed = 5;
  out.top_logprobs = 5;
  return out;
}

std::string written(const llm::LabelQuestion& asked, const LabelDialect& dialect = {}) {
  std::string out;
  EXPECT_TRUE(write_label_request(asked, dialect, out));
  json::Document document;
  EXPECT_TRUE(document.validate(out)) << out;
  return out;
}

base::Result<llm::LabelAnswer> read(std::string_view body) {
  json::Document document(1U << 20);
  return read_label_answer(body, document);
}

const std::string kSchema = R"({"type":"object","properties":{"category":{"type":"string","enum":["A","B"]}},)"
                            R"("required":["category"],"additionalProperties":false})";
const std::string kMessages =
    R"("messages":[{"role":"user","content":"2+2?"},{"role":"assistant","content":"{\"category\":\"B\"}"},)"
    R"({"role":"user","content":"say \"hi\""}])";

TEST(MessagesLabelRequest, AsksByTheOutputFormat) {
  EXPECT_EQ(written(question()), R"({"model":"small","max_tokens":16,"system":"Label.",)" + kMessages +
                                     R"(,"temperature":0,"output_config":{"format":{"type":"json_schema","schema":)" +
                                     kSchema + "}}}");
}

TEST(MessagesLabelRequest, AsksOlderModelsByAForcedTool) {
  llm::LabelQuestion asked = question();
  asked.temperature = 1.5;
  EXPECT_EQ(written(asked, {.structure = StructureBy::kForcedTool}),
            R"({"model":"small","max_tokens":16,"system":"Label.",)" + kMessages +
                R"(,"temperature":1,"tools":[{"name":"label","input_schema":)" + kSchema +
                R"(}],"tool_choice":{"type":"tool","name":"label","disable_parallel_tool_use":true}})");
}

TEST(MessagesLabelRequest, AsksForASingleTokenAndSendsNoTemperatureWhereItIsRefused) {
  llm::LabelQuestion asked = question();
  asked.structure = llm::LabelStructure::kToken;
  asked.examples.clear();
  EXPECT_EQ(
      written(asked, {.temperature = false}),
      R"({"model":"small","max_tokens":1,"system":"Label.","messages":[{"role":"user","content":"say \"hi\""}]})");
}

TEST(MessagesLabelRequest, RefusesAListOfChoices) {
  llm::LabelQuestion asked = question();
  asked.structure = llm::LabelStructure::kChoice;
  std::string out;
  const auto result = write_label_request(asked, {}, out);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), base::ErrorCode::kUnsupported);
  EXPECT_TRUE(out.empty());
}

const std::string kAnswer =
    R"({"id":"msg_1","type":"message","role":"assistant","model":"small-1","content":[)"
    R"({"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"{\"category\":"},)"
    R"({"citations":null,"text":"\"B\"}","type":"text"}],"stop_reason":"end_turn","stop_sequence":null,)"
    R"("usage":{"input_tokens":12,"cache_creation_input_tokens":5,"cache_read_input_tokens":30,"output_tokens":9,)"
    R"("output_tokens_details":{"thinking_tokens":4}}})";

TEST(MessagesLabelAnswer, ReadsTextAndUsage) {
  const auto answer = read(kAnswer);
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->text, R"({"category":"B"})");
  EXPECT_TRUE(answer->tokens.empty());
  EXPECT_FALSE(answer->refused || answer->cut);
  EXPECT_EQ(answer->usage.input_tokens, 47);  // the whole prompt
  EXPECT_EQ(answer->usage.cached_input_tokens, 30);
  EXPECT_EQ(answer->usage.cache_write_tokens, 5);
  EXPECT_FALSE(answer->usage.long_cache_write_tokens);
  EXPECT_EQ(answer->usage.output_tokens, 9);
  EXPECT_EQ(answer->usage.reasoning_tokens, 4);
}

TEST(MessagesLabelAnswer, ReadsTheInputOfOurToolAndOfNoOther) {
  const auto answer = read(
      R"({"content":[{"type":"text","text":"I will label it."},{"type":"tool_use","id":"t","input":{"x":1},"name":"other"},)"
      R"({"type":"tool_use","id":"u","name":"label","input": {"category" : "A"} }],"stop_reason":"tool_use"})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->text, R"({"category" : "A"})");
}

TEST(MessagesLabelAnswer, SeesRefusalsAndCuts) {
  EXPECT_TRUE(read(R"({"content":[],"stop_reason":"refusal"})")->refused);
  EXPECT_TRUE(read(R"({"content":[{"type":"text","text":"{"}],"stop_reason":"max_tokens"})")->cut);
  EXPECT_FALSE(read(R"({"content":[],"stop_reason":"end_turn"})")->usage.known());
}

TEST(MessagesLabelAnswer, FailsForWhatIsNoAnswer) {
  for (const char* body : {"", "null", "[]", "<html>", "{\"content\":[", "{}", R"({"content":"A"})"}) {
    const auto answer = read(body);
    ASSERT_FALSE(answer) << body;
    EXPECT_EQ(answer.error().code(), base::ErrorCode::kParse) << body;
    EXPECT_EQ(answer.error().origin(), base::Origin::kUpstream) << body;
  }
  const auto error = read(R"({"type":"error","error":{"type":"overloaded_error","message":"prompt text"}})");
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().message(), "the provider of the small model answered 200 overloaded_error");
}

TEST(MessagesLabelAnswer, DoesNotOverflowOnAbsurdUsage) {
  const auto answer = read(
      R"({"content":[],"usage":{"input_tokens":9223372036854775807,"cache_read_input_tokens":1,"output_tokens":-3}})");
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->usage.input_tokens);
  EXPECT_FALSE(answer->usage.output_tokens);
}

TEST(MessagesLabelAnswer, SurvivesEveryTruncationAndBitFlip) {
  for (std::size_t length = 0; length < kAnswer.size(); ++length) {
    EXPECT_FALSE(read(std::string_view(kAnswer).substr(0, length))) << length;
  }
  for (std::size_t bit = 0; bit < kAnswer.size() * 8; ++bit) {
    std::string flipped = kAnswer;
    flipped[bit / 8] = static_cast<char>(static_cast<unsigned char>(flipped[bit / 8]) ^ (1U << (bit % 8)));
    const auto answer = read(flipped);
    if (answer) {
      EXPECT_LE(answer->text.size(), kMaxLabelText);
    } else {
      EXPECT_EQ(answer.error().origin(), base::Origin::kUpstream);
    }
  }
}

}  // namespace
}  // namespace pointsman::wire::anthropic_messages
