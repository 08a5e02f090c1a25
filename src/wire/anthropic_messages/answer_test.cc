#include <gtest/gtest.h>

#include "wire/anthropic_messages/answer_reader.h"
#include "wire/anthropic_messages/answer_writer.h"

namespace pointsman::wire::anthropic_messages {
namespace {

using llm::PartKind;
using llm::StopReason;

std::string text_of(const llm::Losses& losses) {
  std::string out;
  for (const llm::Loss& loss : losses) out += (loss.minor ? "-" : "!") + loss.what + "\n";
  return out;
}

TEST(MessagesAnswer, SurvivesTheWayThroughTheNeutralForm) {
  const std::string_view bodies[] = {
      R"({"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn",)"
      R"("stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":2}})",
      R"({"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"hm","signature":"sig"},)"
      R"({"type":"redacted_thinking","data":"xyz"},{"type":"text","text":"I call"},{"type":"tool_use","id":"t1","name":"f","input":{"n":1.50, "e":"\u00e9"}},)"
      R"({"type":"tool_use","id":"t2","name":"g","input":{}}],"stop_reason":"tool_use","stop_sequence":null,)"
      R"("usage":{"input_tokens":3,"cache_creation_input_tokens":10,"cache_read_input_tokens":200,"cache_creation":{"ephemeral_5m_input_tokens":6,"ephemeral_1h_input_tokens":4},"output_tokens":20,"output_tokens_details":{"thinking_tokens":7}}})",
      R"({"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":"stop_sequence","stop_sequence":"END","usage":{"input_tokens":3,"output_tokens":2}})",
  };
  json::Document document;
  for (const std::string_view body : bodies) {
    llm::Answer answer;
    const auto losses = read_whole_answer(body, document, answer);
    ASSERT_TRUE(losses) << losses.error().message();
    EXPECT_EQ(text_of(*losses), "");
    std::string out;
    EXPECT_EQ(text_of(write_whole_answer(answer, {}, out)), "");
    EXPECT_EQ(out, body);
  }
}

TEST(MessagesAnswer, ReadsReasonsAndSaysWhatIsLost) {
  const auto read = [](std::string_view content, std::string_view reason, std::string_view more = "") {
    json::Document document;
    llm::Answer answer;
    const auto losses =
        read_whole_answer(R"({"type":"message","content":[)" + std::string(content) + R"(],"stop_reason":")" +
                              std::string(reason) + "\"" + std::string(more) + "}",
                          document, answer);
    EXPECT_TRUE(losses);
    return std::pair(answer.choices[0].stop, text_of(*losses));
  };
  using Pair = std::pair<StopReason, std::string>;
  EXPECT_EQ(read("", "max_tokens"), Pair(StopReason::kLength, ""));
  EXPECT_EQ(read("", "model_context_window_exceeded"), Pair(StopReason::kLength, ""));
  EXPECT_EQ(read("", "pause_turn"), Pair(StopReason::kPause, ""));
  EXPECT_EQ(read("", "refusal", R"(,"stop_details":{"type":"refusal"},"container":null)"),
            Pair(StopReason::kRefusal, "-stop_details\n"));
  EXPECT_EQ(read("", "compaction"), Pair(StopReason::kUnknown, "-stop_reason: compaction\n"));
  EXPECT_EQ(
      read(
          R"({"type":"server_tool_use","id":"s","name":"web_search","input":{}},{"type":"text","text":"x","citations":[{"url":"u"}]})",
          "end_turn", R"(,"container":{"id":"c"})"),
      Pair(StopReason::kEnd, "!content[0]: server_tool_use\n!content[1].citations\n!container\n"));
}

TEST(MessagesAnswer, BlamesTheUpstreamForWhatIsNoMessage) {
  json::Document document;
  llm::Answer answer;
  for (const std::string_view body : {"", "[]", "{", R"({"type":"error","error":{}})", R"({"type":"message"})",
                                      R"({"content":"x","content":"y"})", R"({"content":[{"type":"tool_use"}]})"}) {
    const auto result = read_whole_answer(body, document, answer);
    ASSERT_FALSE(result) << body;
    EXPECT_EQ(result.error().origin(), base::Origin::kUpstream);
  }
}

TEST(MessagesAnswer, WritesWhatOtherProvidersAnswer) {
  llm::Answer answer;
  llm::Choice& choice = answer.choices.emplace_back();
  choice.stop = StopReason::kEnd;
  choice.parts.resize(4);
  choice.parts[0].kind = PartKind::kReasoning;
  choice.parts[0].id = "rs_1";
  choice.parts[0].text = "sum";
  choice.parts[0].opaque = "sealed";
  choice.parts[1].kind = PartKind::kToolCall;
  choice.parts[1].id = "call_1";
  choice.parts[1].name = "f";
  choice.parts[1].arguments = R"({"a":)";
  choice.parts[2].kind = PartKind::kToolCall;
  choice.parts[2].custom = true;
  choice.parts[2].name = "g";
  choice.parts[2].arguments = "free \"text\"";
  choice.parts[3].kind = PartKind::kAudio;
  choice.logprobs = "{}";
  answer.choices.emplace_back();
  std::string out;
  const llm::Losses losses = write_whole_answer(answer, {.id = "7", .model = "alias"}, out);
  EXPECT_EQ(
      out,
      R"({"id":"msg_7","type":"message","role":"assistant","model":"alias","content":[{"type":"thinking","thinking":"sum","signature":"pointsman-unsigned"},)"
      R"({"type":"redacted_thinking","data":"sealed"},{"type":"tool_use","id":"call_1","name":"f","input":{"invalid_arguments":"{\"a\":"}},)"
      R"({"type":"tool_use","id":"call_7_2","name":"g","input":{"input":"free \"text\""}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":0,"output_tokens":0}})");
  EXPECT_EQ(text_of(losses),
            "!content[1]: the arguments are no JSON object\n!content[2]: a call with free text is "
            "given as {\"input\": text}\n!content[3]: audio\n!choices: only the first is given\n-logprobs\n-usage: not "
            "reported\n");
}

TEST(MessagesAnswer, TellsARefusalByItsReason) {
  llm::Answer answer;
  answer.usage = {.input_tokens = 1, .output_tokens = 1};
  llm::Choice& choice = answer.choices.emplace_back();
  choice.stop = StopReason::kEnd;
  choice.parts.resize(1);
  choice.parts[0].kind = PartKind::kRefusal;
  choice.parts[0].text = "No.";
  std::string out;
  EXPECT_TRUE(write_whole_answer(answer, {}, out).empty());
  EXPECT_NE(out.find(R"("content":[{"type":"text","text":"No."}],"stop_reason":"refusal")"), std::string::npos) << out;
}

}  // namespace
}  // namespace pointsman::wire::anthropic_messages
