#include "wire/anthropic_messages/stream_writer.h"

#include <gtest/gtest.h>

#include "wire/anthropic_messages/event_record.h"

namespace pointsman::wire::anthropic_messages {
namespace {

using llm::PartKind;
using llm::StreamEvent;
using llm::StreamEventKind;
using testing::event;

// Events spelt briefly.
class Script {
 public:
  explicit Script(llm::AnswerContext context = {.id = "7", .model = "alias"}) : writer_(make_stream_writer(context)) {}

  Script& begin(std::string_view id, std::string_view model, llm::Usage usage = {}) {
    usage_ = usage;
    return take({.kind = StreamEventKind::kBegin, .id = id, .name = model, .usage = &usage_});
  }
  Script& part(std::uint32_t part, PartKind kind, std::string_view id = "", std::string_view name = "",
               bool custom = false) {
    return take({.kind = StreamEventKind::kPartBegin,
                 .part = part,
                 .part_kind = kind,
                 .custom = custom,
                 .id = id,
                 .name = name});
  }
  Script& text(std::uint32_t part, std::string_view text) {
    return take({.kind = StreamEventKind::kText, .part = part, .text = text});
  }
  Script& sign(std::uint32_t part, std::string_view text, bool opaque = false) {
    return take({.kind = StreamEventKind::kSignature, .part = part, .opaque = opaque, .text = text});
  }
  Script& close(std::uint32_t part) { return take({.kind = StreamEventKind::kPartEnd, .part = part}); }
  Script& stop(llm::StopReason reason, std::string_view sequence = "") {
    return take({.kind = StreamEventKind::kStop, .text = sequence, .stop = reason});
  }
  Script& usage(llm::Usage usage) {
    usage_ = usage;
    return take({.kind = StreamEventKind::kUsage, .usage = &usage_});
  }
  Script& end() { return take({.kind = StreamEventKind::kEnd}); }
  Script& take(const StreamEvent& event) {
    writer_->take(event);
    return *this;
  }
  const std::string& out() { return writer_->out(); }
  std::string losses() { return testing::shown(writer_->losses()); }

 private:
  std::unique_ptr<llm::StreamWriter> writer_;
  llm::Usage usage_;
};

std::string began(std::string_view id, std::string_view model, std::string_view usage) {
  return event(R"({"type":"message_start","message":{"id":")" + std::string(id) +
               R"(","type":"message","role":"assistant","model":")" + std::string(model) +
               R"(","content":[],"stop_reason":null,"stop_sequence":null,"usage":)" + std::string(usage) + "}}");
}
std::string block(int index, std::string_view what, std::vector<std::string> deltas) {
  const std::string at = std::to_string(index);
  std::string out =
      event(R"({"type":"content_block_start","index":)" + at + R"(,"content_block":)" + std::string(what) + "}");
  for (const std::string& one : deltas) {
    out += event(R"({"type":"content_block_delta","index":)" + at + R"(,"delta":)" + one + "}");
  }
  return out + event(R"({"type":"content_block_stop","index":)" + at + "}");
}
std::string ended(std::string_view reason, std::string_view usage, std::string_view sequence = "null") {
  return event(R"({"type":"message_delta","delta":{"stop_reason":")" + std::string(reason) + R"(","stop_sequence":)" +
               std::string(sequence) + R"(},"usage":)" + std::string(usage) + "}") +
         event(R"({"type":"message_stop"})");
}
const std::string kNothing = R"({"input_tokens":0,"output_tokens":0})";
const std::string kText = R"({"type":"text","text":""})";

TEST(MessagesStreamWriter, WritesAStreamThatClientsAccept) {
  Script script;
  script.begin("chatcmpl-1", "gpt-5").part(0, PartKind::kText).text(0, "Hé\n").text(0, "").text(0, "!").close(0);
  script.stop(llm::StopReason::kLength)
      .usage({.input_tokens = 30, .cached_input_tokens = 10, .output_tokens = 4, .reasoning_tokens = 1})
      .end();
  EXPECT_EQ(
      script.out(),
      began("chatcmpl-1", "gpt-5", kNothing) +
          block(0, kText, {R"({"type":"text_delta","text":"Hé\n"})", R"({"type":"text_delta","text":"!"})"}) +
          ended(
              "max_tokens",
              R"({"input_tokens":20,"cache_read_input_tokens":10,"output_tokens":4,"output_tokens_details":{"thinking_tokens":1}})"));
  EXPECT_EQ(script.losses(), "");
}

TEST(MessagesStreamWriter, PutsPartsThatInterleaveOneBehindAnother) {
  Script script;
  script.begin("", "").part(0, PartKind::kText).text(0, "a");
  script.part(1, PartKind::kToolCall, "c1", "f").text(1, "{\"x\"").part(2, PartKind::kToolCall, "c2", "g");
  script.text(2, "{").text(1, ":1").text(2, "}").close(2).text(0, "b").close(0).text(1, "}").close(1);
  script.stop(llm::StopReason::kEnd).end();
  const auto json = [](std::string_view text) {
    return R"({"type":"input_json_delta","partial_json":")" + std::string(text) + "\"}";
  };
  EXPECT_EQ(script.out(),
            began("msg_7", "alias", kNothing) +
                block(0, kText, {R"({"type":"text_delta","text":"a"})", R"({"type":"text_delta","text":"b"})"}) +
                block(1, R"({"type":"tool_use","id":"c1","name":"f","input":{}})", {json(R"({\"x\":1)"), json("}")}) +
                block(2, R"({"type":"tool_use","id":"c2","name":"g","input":{}})", {json("{}")}) +
                ended("tool_use", kNothing));
}

TEST(MessagesStreamWriter, WritesThinkingSignedAndSealed) {
  const std::string thinking = R"({"type":"thinking","thinking":"","signature":""})";
  const std::string hm = R"({"type":"thinking_delta","thinking":"hm"})";
  const std::string sealed = R"({"type":"redacted_thinking","data":"xyz"})";
  const std::string mark = R"({"type":"signature_delta","signature":"pointsman-unsigned"})";
  Script script;
  script.begin("m", "m").part(0, PartKind::kReasoning).text(0, "hm").sign(0, "sig").close(0);
  script.part(1, PartKind::kReasoning).sign(1, "xyz", true).close(1);
  script.part(2, PartKind::kReasoning).text(2, "hm").sign(2, "xyz", true).close(2);
  script.part(3, PartKind::kReasoning).close(3);
  script.part(4, PartKind::kText).part(5, PartKind::kReasoning).sign(5, "xyz", true).close(5).close(4).end();
  EXPECT_EQ(script.out(),
            began("m", "m", kNothing) + block(0, thinking, {hm, R"({"type":"signature_delta","signature":"sig"})"}) +
                block(1, sealed, {}) + block(2, thinking, {hm, mark}) + block(3, sealed, {}) +
                block(4, thinking, {mark}) + block(5, kText, {}) + block(6, sealed, {}) + ended("end_turn", kNothing));
}

TEST(MessagesStreamWriter, SaysWhatItCannotWrite) {
  Script script;
  script.begin("m", "m").part(0, PartKind::kToolCall, "c", "f", true).text(0, "a \"").text(0, "b\"").close(0);
  script.part(1, PartKind::kAudio).text(1, "AA==").close(1).text(9, "x");
  script.take({.kind = StreamEventKind::kText, .choice = 1, .text = "other"});
  script.take({.kind = StreamEventKind::kLogprobs, .text = "[]"});
  script.part(2, PartKind::kRefusal).text(2, "No.").close(2).stop(llm::StopReason::kEnd).end().text(0, "late");
  const auto json = [](std::string_view text) {
    return R"({"type":"input_json_delta","partial_json":")" + std::string(text) + "\"}";
  };
  EXPECT_EQ(script.out(), began("m", "m", kNothing) +
                              block(0, R"({"type":"tool_use","id":"c","name":"f","input":{}})",
                                    {json(R"({\"input\":\")"), json(R"(a \\\")"), json(R"(b\\\")"), json(R"(\"})")}) +
                              block(1, kText, {R"({"type":"text_delta","text":"No."})"}) + ended("refusal", kNothing));
  EXPECT_EQ(script.losses(),
            "!a call with free text is given as {\"input\": text}\n!audio\n!a piece of a part that was never begun\n"
            "!choices: only the first is given\n-logprobs\n-usage: not reported\n");
}

TEST(MessagesStreamWriter, EndsWithAnErrorInItsOwnShape) {
  const llm::AnswerError error{"slow down", "rate_limit_exceeded", ""};
  Script script;
  script.begin("m", "m").part(0, PartKind::kText).take({.kind = StreamEventKind::kError, .error = &error}).end();
  EXPECT_EQ(script.out(),
            began("m", "m", kNothing) +
                event(R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})") +
                event(R"({"type":"error","error":{"type":"rate_limit_error","message":"slow down"}})"));
}

TEST(MessagesStreamWriter, HoldsBackNoMoreThanItMay) {
  Script script;
  script.begin("m", "m").part(0, PartKind::kText).part(1, PartKind::kToolCall, "c", "f");
  const std::string piece(1U << 20, ' ');
  for (int i = 0; i < 9; ++i) script.text(1, piece);
  EXPECT_TRUE(script.out().contains("event: error"));
  EXPECT_LT(script.out().size(), 2000U);
  Script many;
  many.begin("m", "m");
  for (std::uint32_t i = 0; i < kMostBlocks + 2; ++i) many.part(i, PartKind::kText);
  EXPECT_TRUE(many.out().contains("event: error"));
}

}  // namespace
}  // namespace pointsman::wire::anthropic_messages
