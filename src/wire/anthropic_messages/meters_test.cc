#include "wire/anthropic_messages/meters.h"

#include <gtest/gtest.h>

#include "wire/anthropic_messages/event_record.h"

namespace pointsman::wire::anthropic_messages {
namespace {

using llm::Observed;
using testing::event;

const std::string kStart = event(
    R"({"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m-1","content":[],"stop_reason":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":20,"cache_read_input_tokens":300,"output_tokens":1}}})");
const std::string kBlock =
    event(R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})") +
    event(
        R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\"usage\":{\"input_tokens\":9}"}})") +
    event(R"({"type":"content_block_stop","index":0})");
const std::string kDelta = event(
    R"({"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":15,"output_tokens_details":{"thinking_tokens":4}}})");
const std::string kStop = event(R"({"type":"message_stop"})");

Observed observe(llm::Meter& meter, std::string_view bytes, std::size_t step) {
  meter.reset();
  std::string passed;
  for (std::size_t i = 0; i < bytes.size(); i += step) {
    const std::string piece(bytes.substr(i, step));
    for (const std::string_view part : meter.feed(piece)) passed += part;
  }
  for (const std::string_view part : meter.finish()) passed += part;
  EXPECT_EQ(passed, bytes);
  return meter.observed();
}

Observed stream(std::string_view bytes, std::size_t step = 1000) {
  json::Document document;
  StreamMeter meter(document);
  return observe(meter, bytes, step);
}

Observed whole(std::string_view bytes, std::size_t step = 1000) {
  json::Document document;
  BodyMeter meter(document);
  return observe(meter, bytes, step);
}

TEST(MessagesStreamMeter, ReadsAStreamForAnySplit) {
  const std::string bytes = ": hello\r\n\r\n" + kStart + kBlock + kDelta + kStop;
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    const Observed seen = stream(bytes, step);
    EXPECT_EQ(seen.usage.input_tokens, 330) << step;
    EXPECT_EQ(seen.usage.cached_input_tokens, 300);
    EXPECT_EQ(seen.usage.cache_write_tokens, 20);
    EXPECT_EQ(seen.usage.output_tokens, 15);
    EXPECT_EQ(seen.usage.reasoning_tokens, 4);
    EXPECT_EQ(seen.id, "msg_1");
    EXPECT_EQ(seen.model, "m-1");
    EXPECT_EQ(seen.finish_reasons, std::vector<std::string>{"end_turn"});
    EXPECT_TRUE(seen.done);
    EXPECT_FALSE(seen.error);
    EXPECT_FALSE(seen.malformed);
  }
}

TEST(MessagesStreamMeter, DoesNotTakeTheFirstFigureOfOutputForTheLast) {
  const Observed seen = stream(kStart + kBlock);
  EXPECT_EQ(seen.usage.input_tokens, 330);
  EXPECT_FALSE(seen.usage.output_tokens);
  EXPECT_FALSE(seen.done);
}

TEST(MessagesStreamMeter, TakesAPromptOfNoTokensForUnknownUntilItIsRestated) {
  const std::string start =
      event(R"({"type":"message_start","message":{"id":"m","usage":{"input_tokens":0,"output_tokens":0}}})");
  EXPECT_FALSE(stream(start).usage.input_tokens);
  const std::string delta = event(
      R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":61,"output_tokens":2,"cache_read_input_tokens":null}})");
  EXPECT_EQ(stream(start + delta).usage.input_tokens, 61);
}

TEST(MessagesStreamMeter, ReadsHowLongCacheWritesAreKept) {
  const std::string start = event(
      R"({"type":"message_start","message":{"id":"m","usage":{"input_tokens":10,"cache_creation":{"ephemeral_5m_input_tokens":30,"ephemeral_1h_input_tokens":12},"cache_creation_input_tokens":42,"cache_read_input_tokens":0,"output_tokens":1}}})");
  const Observed seen = stream(start + kDelta + kStop);
  EXPECT_EQ(seen.usage.input_tokens, 52);
  EXPECT_EQ(seen.usage.cache_write_tokens, 42);
  EXPECT_EQ(seen.usage.long_cache_write_tokens, 12);
  for (const std::string odd :
       {"null", "7", R"({"ephemeral_1h_input_tokens":-1})", R"({"ephemeral_1h_input_tokens":null})"}) {
    const Observed other = stream(event(
        R"({"type":"message_start","message":{"usage":{"input_tokens":10,"cache_creation_input_tokens":2,"cache_creation":)" +
        odd + "}}}"));
    EXPECT_FALSE(other.usage.long_cache_write_tokens) << odd;
    EXPECT_EQ(other.usage.cache_write_tokens, 2) << odd;
  }
}

TEST(MessagesStreamMeter, ReadsTheServiceTier) {
  const auto tier = [](const std::string& name) {
    return stream(event(R"({"type":"message_start","message":{"usage":{"input_tokens":10,"service_tier":)" + name +
                        R"(,"output_tokens":1}}})") +
                  kDelta + kStop)
        .usage.tier;
  };
  EXPECT_EQ(tier(R"("standard")"), llm::ServiceTier::kStandard);
  EXPECT_EQ(tier(R"("priority")"), llm::ServiceTier::kPriority);
  EXPECT_EQ(tier(R"("batch")"), llm::ServiceTier::kBatch);
  EXPECT_EQ(tier("null"), llm::ServiceTier::kStandard);
}

TEST(MessagesStreamMeter, IgnoresWhatFollowsTheLastWord) {
  const Observed seen = stream(kStart + kDelta + kStop + event(R"({"type":"error","error":{"message":"x"}})") + kStart);
  EXPECT_FALSE(seen.error);
  EXPECT_EQ(seen.usage.output_tokens, 15);
}

TEST(MessagesStreamMeter, SeesErrorsAndNonsense) {
  EXPECT_TRUE(stream(event(R"({"type":"error","error":{"type":"overloaded_error","message":"m"}})")).error);
  EXPECT_TRUE(stream("data: {\"type\":\"error\"}\n\n").error);
  EXPECT_TRUE(stream("event: error\ndata: oops\n\n").error);
  EXPECT_TRUE(stream("data: {\"type\":\"message_delta\"\n\n").malformed);
  EXPECT_TRUE(stream("data: {\"type\":\"message_stop\"}\n\n").done);
}

TEST(MessagesBodyMeter, ReadsAWholeAnswerForAnySplit) {
  const std::string body =
      R"({"id":"msg_1","type":"message","role":"assistant","content":[{"type":"text","text":"\"stop_reason\":\"x\"","stop_reason":"no"}],
      "model":"m-1","stop_reason":"max_tokens","stop_sequence":null,"usage":{"input_tokens":5,"cache_read_input_tokens":7,"output_tokens":6}})";
  for (std::size_t step = 1; step <= body.size(); ++step) {
    const Observed seen = whole(body, step);
    EXPECT_EQ(seen.usage.input_tokens, 12) << step;
    EXPECT_EQ(seen.usage.cached_input_tokens, 7);
    EXPECT_EQ(seen.usage.output_tokens, 6);
    EXPECT_EQ(seen.id, "msg_1");
    EXPECT_EQ(seen.model, "m-1");
    EXPECT_EQ(seen.finish_reasons, std::vector<std::string>{"max_tokens"});
    EXPECT_FALSE(seen.error || seen.malformed);
  }
}

TEST(MessagesBodyMeter, SeesErrorsAndBodiesCutShort) {
  EXPECT_TRUE(whole(R"({"type":"error","error":{"type":"api_error","message":"m"}})", 3).error);
  EXPECT_TRUE(whole(R"({"id":"msg_1","content":[)", 3).malformed);
  EXPECT_FALSE(whole(R"({"type":"message","usage":null})", 3).usage.known());
}

}  // namespace
}  // namespace pointsman::wire::anthropic_messages
