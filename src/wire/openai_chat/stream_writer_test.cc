#include "wire/openai_chat/stream_writer.h"

#include <gtest/gtest.h>

#include "json/document.h"
#include "support/stream_events.h"
#include "wire/openai_chat/stream_reader.h"

namespace pointsman::wire::openai_chat {
namespace {

using llm::PartKind;
using llm::StreamEvent;
using llm::StreamEventKind;

constexpr llm::AnswerContext kContext{.id = "req-1", .model = "auto", .created = 7};

StreamEvent part(StreamEventKind kind, PartKind part_kind, std::uint32_t number, std::string_view text = {}) {
  return {.kind = kind, .part = number, .part_kind = part_kind, .text = text};
}

// Payloads of the stream, one a line, without the head that all chunks share.
std::string payloads(std::string_view stream, std::string_view head) {
  std::string out;
  llm::SseScanner scanner;
  scanner.feed(stream);
  llm::SseEvent event;
  while (scanner.next(event)) {
    std::string data(event.data);
    if (data.starts_with(head)) data.replace(0, head.size(), "~");
    out += data + "\n";
  }
  return out;
}
constexpr std::string_view kHead =
    R"({"id":"chatcmpl-a1","object":"chat.completion.chunk","created":9,"model":"claude","choices":[)";

std::string write(std::initializer_list<StreamEvent> events, const llm::AnswerContext& context = kContext,
                  llm::Losses* losses = nullptr) {
  const auto writer = make_stream_writer(context);
  writer->take({.kind = StreamEventKind::kBegin, .id = "a1", .name = "claude", .created = 9});
  for (const StreamEvent& event : events) writer->take(event);
  if (losses != nullptr) *losses = writer->losses();
  return payloads(writer->out(), kHead);
}

TEST(ChatStreamWriter, WritesTextWithTheRoleInTheFirstDelta) {
  EXPECT_EQ(write({part(StreamEventKind::kPartBegin, PartKind::kText, 0),
                   part(StreamEventKind::kText, PartKind::kText, 0, "a\n\"b\""),
                   part(StreamEventKind::kText, PartKind::kText, 0, "c"),
                   part(StreamEventKind::kPartEnd, PartKind::kText, 0),
                   {.kind = StreamEventKind::kStop, .stop = llm::StopReason::kEnd},
                   {.kind = StreamEventKind::kEnd}}),
            R"(~{"index":0,"delta":{"role":"assistant","content":"a\n\"b\""},"finish_reason":null}]})"
            "\n"
            R"(~{"index":0,"delta":{"content":"c"},"finish_reason":null}]})"
            "\n"
            R"(~{"index":0,"delta":{},"finish_reason":"stop"}]})"
            "\n[DONE]\n");
}

TEST(ChatStreamWriter, ReportsUsageOnlyToWhoAsked) {
  const llm::Usage usage{.input_tokens = 3, .cached_input_tokens = 1, .output_tokens = 4, .reasoning_tokens = 2};
  const StreamEvent stop{.kind = StreamEventKind::kStop, .stop = llm::StopReason::kLength};
  const StreamEvent report{.kind = StreamEventKind::kUsage, .usage = &usage};
  const StreamEvent end{.kind = StreamEventKind::kEnd};
  EXPECT_EQ(write({stop, report, end}),
            R"(~{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"length"}]})"
            "\n[DONE]\n");
  llm::AnswerContext asked = kContext;
  asked.include_usage = true;
  EXPECT_EQ(write({stop, report, end}, asked),
            R"(~{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"length"}],"usage":null})"
            "\n"
            R"(~],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7,)"
            R"("prompt_tokens_details":{"cached_tokens":1},"completion_tokens_details":{"reasoning_tokens":2}}})"
            "\n[DONE]\n");
  EXPECT_EQ(write({stop, end}, asked),
            R"(~{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"length"}],"usage":null})"
            "\n[DONE]\n")
      << "unknown usage is not zero";
}

const std::initializer_list<StreamEvent> kTwoCalls = {
    {.kind = StreamEventKind::kPartBegin, .part = 0, .part_kind = PartKind::kToolCall, .id = "t1", .name = "f"},
    part(StreamEventKind::kText, PartKind::kToolCall, 0, "{\"a\":1}"),
    part(StreamEventKind::kPartEnd, PartKind::kToolCall, 0),
    {.kind = StreamEventKind::kPartBegin, .part = 1, .part_kind = PartKind::kToolCall, .name = "g"},
    part(StreamEventKind::kPartEnd, PartKind::kToolCall, 1),
    {.kind = StreamEventKind::kStop, .stop = llm::StopReason::kToolCalls},
    {.kind = StreamEventKind::kEnd}};

TEST(ChatStreamWriter, NumbersToolCallsAndGivesThemIdsAndArguments) {
  EXPECT_EQ(
      write(kTwoCalls),
      R"(~{"index":0,"delta":{"role":"assistant","tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"f","arguments":""}}]},"finish_reason":null}]})"
      "\n"
      R"(~{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":1}"}}]},"finish_reason":null}]})"
      "\n"
      R"(~{"index":0,"delta":{"tool_calls":[{"index":1,"id":"call_chatcmpl-a1_0_1","type":"function","function":{"name":"g","arguments":""}}]},"finish_reason":null}]})"
      "\n"
      R"(~{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]},"finish_reason":null}]})"
      "\n"
      R"(~{"index":0,"delta":{},"finish_reason":"tool_calls"}]})"
      "\n[DONE]\n");
}

TEST(ChatStreamWriter, AnswersLegacyRequestsWithFunctionCalls) {
  llm::AnswerContext old = kContext;
  old.request = R"({"model":"m","functions":[{"name":"f"}]})";
  llm::Losses losses;
  EXPECT_EQ(
      write(kTwoCalls, old, &losses),
      R"(~{"index":0,"delta":{"role":"assistant","function_call":{"name":"f","arguments":""}},"finish_reason":null}]})"
      "\n"
      R"(~{"index":0,"delta":{"function_call":{"arguments":"{\"a\":1}"}},"finish_reason":null}]})"
      "\n"
      R"(~{"index":0,"delta":{},"finish_reason":"function_call"}]})"
      "\n[DONE]\n");
  EXPECT_EQ(losses, (llm::Losses{{"parallel function calls", false}}));
}

TEST(ChatStreamWriter, WritesReasoningRefusalsAndLogprobs) {
  llm::Losses losses;
  EXPECT_EQ(write({part(StreamEventKind::kPartBegin, PartKind::kReasoning, 0),
                   part(StreamEventKind::kText, PartKind::kReasoning, 0, "hm"),
                   part(StreamEventKind::kSignature, PartKind::kReasoning, 0, "sig"),
                   part(StreamEventKind::kPartEnd, PartKind::kReasoning, 0),
                   part(StreamEventKind::kPartBegin, PartKind::kRefusal, 1),
                   part(StreamEventKind::kText, PartKind::kRefusal, 1, "no"),
                   part(StreamEventKind::kPartEnd, PartKind::kRefusal, 1),
                   {.kind = StreamEventKind::kLogprobs, .text = "[{\"token\":\r\n\"a\"}]"},
                   {.kind = StreamEventKind::kStop, .stop = llm::StopReason::kRefusal}},
                  kContext, &losses),
            R"(~{"index":0,"delta":{"role":"assistant","reasoning_content":"hm"},"finish_reason":null}]})"
            "\n"
            R"(~{"index":0,"delta":{"refusal":"no"},"finish_reason":null}]})"
            "\n"
            R"(~{"index":0,"delta":{},"logprobs":{"content":[{"token":  "a"}],"refusal":null},"finish_reason":null}]})"
            "\n"
            R"(~{"index":0,"delta":{},"finish_reason":"stop"}]})"
            "\n");
  EXPECT_EQ(losses, (llm::Losses{{"reasoning: signature", true}}));
}

TEST(ChatStreamWriter, TellsARefusalWithoutWordsByTheFilter) {
  EXPECT_EQ(write({{.kind = StreamEventKind::kStop, .stop = llm::StopReason::kRefusal}}),
            R"(~{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"content_filter"}]})"
            "\n");
}

TEST(ChatStreamWriter, SaysNothingBehindAnError) {
  const llm::AnswerError error{.message = "Overloaded", .type = "overloaded_error", .code = ""};
  EXPECT_EQ(
      write({part(StreamEventKind::kPartBegin, PartKind::kText, 0),
             {.kind = StreamEventKind::kError, .error = &error},
             part(StreamEventKind::kText, PartKind::kText, 0, "late"),
             {.kind = StreamEventKind::kEnd}}),
      R"({"error":{"message":"Overloaded","type":"service_unavailable_error","param":null,"code":"overloaded_error"}})"
      "\n");
}

TEST(ChatStreamWriter, NamesWhatItCannotCarry) {
  llm::Losses losses;
  write({part(StreamEventKind::kPartBegin, PartKind::kImage, 0),
         part(StreamEventKind::kText, PartKind::kImage, 0, "bytes"),
         part(StreamEventKind::kPartEnd, PartKind::kImage, 0),
         {.kind = StreamEventKind::kStop, .text = "END", .stop = llm::StopReason::kStopSequence}},
        kContext, &losses);
  EXPECT_EQ(losses, (llm::Losses{{"image", false}, {"stop_sequence", true}}));
}

}  // namespace
}  // namespace pointsman::wire::openai_chat
