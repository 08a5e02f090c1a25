#include <gtest/gtest.h>

#include "support/response_recordings.h"
#include "wire/openai_responses/body_meter.h"
#include "wire/openai_responses/error_body.h"
#include "wire/openai_responses/error_reader.h"
#include "wire/openai_responses/stream_meter.h"

namespace pointsman::wire::openai_responses {
namespace {

using llm::Observed;

template <class MeterOf>
Observed relay(std::string_view bytes, std::size_t step) {
  json::Document document;
  MeterOf meter(document);
  meter.reset();
  std::string visible;
  for (std::size_t i = 0; i < bytes.size(); i += step) {
    const std::string piece(bytes.substr(i, step));
    for (const std::string_view part : meter.feed(piece)) visible += part;
  }
  for (const std::string_view part : meter.finish()) visible += part;
  EXPECT_EQ(visible, bytes);
  return meter.observed();
}

std::string event(std::string_view name, std::string_view data) {
  return "event: " + std::string(name) + "\ndata: " + std::string(data) + "\n\n";
}

const std::string kCreated = event(
    "response.created",
    R"({"type":"response.created","response":{"id":"r1","model":"m-1","usage":null,"error":null,"status":"in_progress"}})");
const std::string kDelta =
    event("response.output_text.delta", R"({"type":"response.output_text.delta","delta":"\"usage\": {"})");
const std::string kUsage =
    R"("usage":{"input_tokens":12,"input_tokens_details":{"cached_tokens":5,"cache_write_tokens":2},"output_tokens":34,"output_tokens_details":{"reasoning_tokens":7},"total_tokens":46})";
const std::string kCompleted = event(
    "response.completed",
    R"({"type":"response.completed","response":{"id":"r1","status":"completed","output":[{"id":"x","status":"y","usage":{}}],"incomplete_details":null,)" +
        kUsage + "}}");

TEST(ResponsesStreamMeter, KeepsTheServiceTierOfTheLastEvent) {
  for (const std::string_view rest : {R"("service_tier":"flex","usage":{"input_tokens":3,"output_tokens":4})",
                                      R"("usage":{"input_tokens":3,"output_tokens":4},"service_tier":"flex")"}) {
    const std::string body = R"({"id":"r1","status":"completed",)" + std::string(rest) + "}";
    const std::string data = R"({"type":"response.completed","response":)" + body + "}";
    const Observed seen = relay<StreamMeter>(kCreated + event("response.completed", data), 11);
    EXPECT_EQ(seen.usage.tier, llm::ServiceTier::kFlex);
    EXPECT_EQ(seen.usage.output_tokens, 4);
    EXPECT_EQ(relay<BodyMeter>(body, 7).usage.tier, llm::ServiceTier::kFlex);
  }
}

TEST(ResponsesStreamMeter, ReadsWhatAStreamSaysOfItself) {
  const std::string stream = ": hi\r\n\r\n" + kCreated + kDelta + kCompleted;
  for (std::size_t step = 1; step <= stream.size(); ++step) {
    const Observed seen = relay<StreamMeter>(stream, step);
    EXPECT_EQ(seen.usage.input_tokens, 12);
    EXPECT_EQ(seen.usage.cached_input_tokens, 5);
    EXPECT_EQ(seen.usage.cache_write_tokens, 2);
    EXPECT_EQ(seen.usage.output_tokens, 34);
    EXPECT_EQ(seen.usage.reasoning_tokens, 7);
    EXPECT_EQ(seen.id, "r1");
    EXPECT_EQ(seen.model, "m-1");
    EXPECT_EQ(seen.finish_reasons, std::vector<std::string>{"completed"});
    EXPECT_TRUE(seen.done);
    EXPECT_FALSE(seen.error || seen.malformed);
  }
}

TEST(ResponsesStreamMeter, LeavesUnknownWhatWasNotSaid) {
  const Observed seen = relay<StreamMeter>(kCreated + kDelta, 7);
  EXPECT_EQ(seen.id, "r1");
  EXPECT_FALSE(seen.usage.known());
  EXPECT_FALSE(seen.done);
  EXPECT_TRUE(seen.finish_reasons.empty());
}

TEST(ResponsesStreamMeter, SaysWhyAStreamEndedEarly) {
  const Observed cut = relay<StreamMeter>(
      kCreated + event("response.incomplete",
                       R"({"response":{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},)" +
                           kUsage + "}}"),
      9);
  EXPECT_EQ(cut.finish_reasons, std::vector<std::string>{"max_output_tokens"});
  EXPECT_EQ(cut.usage.output_tokens, 34);
  EXPECT_TRUE(cut.done);
  const Observed failed = relay<StreamMeter>(
      kCreated +
          event("response.failed", R"({"type":"response.failed","response":{"status":"failed","error":{"code":"x"}}})"),
      9);
  EXPECT_EQ(failed.finish_reasons, std::vector<std::string>{"failed"});
  EXPECT_TRUE(failed.error && failed.done);
  EXPECT_TRUE(relay<StreamMeter>(kCreated + event("error", R"({"type":"error","message":"x"})"), 5).error);
}

TEST(ResponsesStreamMeter, ReadsAStreamWhoseEventsHaveNoNames) {
  const Observed seen = relay<StreamMeter>(
      "data: {\"response\":{\"id\":\"r2\"},\"type\":\"response.created\"}\n\ndata: "
      "{\"response\":{\"status\":\"completed\"," +
          kUsage + "},\"type\":\"response.completed\"}\n\ndata: [DONE]\n\n",
      11);
  EXPECT_EQ(seen.id, "r2");
  EXPECT_EQ(seen.usage.output_tokens, 34);
  EXPECT_TRUE(seen.done);
  EXPECT_FALSE(seen.malformed);
}

TEST(ResponsesStreamMeter, ReadsALastEventOfSeveralMegabytes) {
  const std::string large =
      event("response.completed", R"({"type":"response.completed","response":{"output":[{"result":")" +
                                      std::string(3U << 20, 'A') + R"("}],"status":"completed",)" + kUsage + "}}");
  const Observed seen = relay<StreamMeter>(kCreated + large, 16384);
  EXPECT_EQ(seen.usage.output_tokens, 34);
  EXPECT_TRUE(seen.done);
}

TEST(ResponsesStreamMeter, AgreesWithTheLastEventOfEveryRecording) {
  const auto recordings = testing::response_recordings();
  if (recordings.empty()) GTEST_SKIP() << "no recorded streams (set POINTSMAN_DATA)";
  int compared = 0;
  for (const auto& recording : recordings) {
    const Observed seen = relay<StreamMeter>(recording.stream(), 1000);
    testing::Json last(recording.payloads.back());
    if (!last.ok || !last.has("/response/usage/output_tokens")) continue;
    ++compared;
    EXPECT_TRUE(seen.done) << recording.name;
    EXPECT_EQ(seen.usage.output_tokens, last.number_at("/response/usage/output_tokens")) << recording.name;
    EXPECT_EQ(seen.usage.input_tokens, last.number_at("/response/usage/input_tokens")) << recording.name;
    EXPECT_EQ(seen.model, last.text_at("/response/model")) << recording.name;
  }
  EXPECT_GE(compared, 35) << "of " << recordings.size();
}

TEST(ResponsesBodyMeter, ReadsAWholeBodyInAnyPieces) {
  const std::string body =
      R"({"id":"r1","status":"incomplete","incomplete_details":{"reason":"content_filter"},"error":null,"model":"m",
      "output":[{"id":"no","status":"no"}],"metadata":{"usage":{}},)" +
      kUsage + "}";
  for (std::size_t step = 1; step <= body.size(); ++step) {
    const Observed seen = relay<BodyMeter>(body, step);
    EXPECT_EQ(seen.id, "r1");
    EXPECT_EQ(seen.model, "m");
    EXPECT_EQ(seen.usage.output_tokens, 34);
    EXPECT_EQ(seen.finish_reasons, std::vector<std::string>{"content_filter"});
    EXPECT_FALSE(seen.error || seen.malformed);
  }
  EXPECT_EQ(relay<BodyMeter>(R"({"incomplete_details":null,"status":"completed"})", 5).finish_reasons,
            std::vector<std::string>{"completed"});
  EXPECT_TRUE(relay<BodyMeter>(R"({"status":"failed","error":{"message":"x"}})", 5).error);
}

TEST(ResponsesErrors, LookAsTheServicesDo) {
  std::string out;
  write_error_body(
      base::Error(base::ErrorCode::kInvalidArgument, "must be a string", base::Origin::kClient).at("/input/0/role"),
      out);
  EXPECT_EQ(
      out,
      R"({"error":{"message":"must be a string","type":"invalid_request_error","param":"input[0].role","code":"invalid_argument"}})");
  out.clear();
  write_provider_error({"slow down", "overloaded_error", {}}, 503, out);
  EXPECT_EQ(
      out,
      R"({"error":{"message":"slow down","type":"service_unavailable_error","param":null,"code":"overloaded_error"}})");
  out.clear();
  write_error_event(base::Error(base::ErrorCode::kReset, "the connection broke", base::Origin::kUpstream), out);
  EXPECT_EQ(
      out,
      "event: error\ndata: {\"type\":\"error\",\"sequence_number\":0,\"code\":\"reset\",\"message\":\"the connection "
      "broke\",\"param\":null,\"error\":{\"message\":\"the connection "
      "broke\",\"type\":\"upstream_error\",\"param\":null,\"code\":\"reset\"}}\n\n");
}

TEST(ResponsesErrors, AreReadFromAnyBody) {
  json::Document document;
  const auto said = read_error(R"({"error":{"message":"no","type":"t","code":"c","param":"p"}})", document);
  EXPECT_EQ(said.message + said.type + said.code, "notc");
  for (const std::string_view body : {"", "<html>", "{}", R"({"error":null})", R"({"error":{"message":7}})"}) {
    EXPECT_FALSE(read_error(body, document).message.empty()) << body;
  }
}

}  // namespace
}  // namespace pointsman::wire::openai_responses
