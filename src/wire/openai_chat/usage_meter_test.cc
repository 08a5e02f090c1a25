#include "wire/openai_chat/usage_meter.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "wire/openai_chat/body_meter.h"

namespace pointsman::wire::openai_chat {
namespace {

namespace fs = std::filesystem;

struct Relayed {
  std::string visible;
  Observed observed;
};

Relayed relay(std::string_view stream, UsageReport report, std::size_t step) {
  json::Document document;
  StreamMeter meter(document);
  meter.reset(report);
  Relayed out;
  for (std::size_t i = 0; i < stream.size(); i += step) {
    const std::string piece(stream.substr(i, step));
    for (const std::string_view part : meter.feed(piece)) out.visible += part;
  }
  for (const std::string_view part : meter.finish()) out.visible += part;
  out.observed = meter.observed();
  return out;
}

std::string event(std::string_view data) {
  return "data: " + std::string(data) + "\n\n";
}

const std::string kDelta = event(
    R"({"id":"c1","model":"m-1","choices":[{"index":0,"delta":{"content":"\"usage\": {"},"finish_reason":null}],"usage":null})");
const std::string kStop =
    event(R"({"id":"c1","model":"m-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null})");
const std::string kReport = event(
    R"({"id":"c1","choices":[],"usage":{"prompt_tokens":12,"completion_tokens":34,"total_tokens":46,"prompt_tokens_details":{"cached_tokens":5},"completion_tokens_details":{"reasoning_tokens":7}}})");
const std::string kDone = event("[DONE]");

TEST(StreamMeter, ReadsWhatAStreamSaysOfItself) {
  const auto out = relay(kDelta + kStop + kReport + kDone, UsageReport::kUntouched, 50);
  EXPECT_EQ(out.visible, kDelta + kStop + kReport + kDone);
  EXPECT_EQ(out.observed.usage.input_tokens, 12);
  EXPECT_EQ(out.observed.usage.output_tokens, 34);
  EXPECT_EQ(out.observed.usage.cached_input_tokens, 5);
  EXPECT_EQ(out.observed.usage.reasoning_tokens, 7);
  EXPECT_EQ(out.observed.id, "c1");
  EXPECT_EQ(out.observed.model, "m-1");
  EXPECT_EQ(out.observed.finish_reasons, std::vector<std::string>{"stop"});
  EXPECT_TRUE(out.observed.done);
  EXPECT_FALSE(out.observed.error);
}

TEST(StreamMeter, KeepsTheServiceTierWhereverItStands) {
  const auto tier = [](std::string_view before, std::string_view behind) {
    const std::string usage =
        event("{" + std::string(before) + R"("choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2})" +
              std::string(behind) + "}");
    const auto out = relay(kDelta + usage + kDone, UsageReport::kUntouched, 9);
    EXPECT_EQ(out.observed.usage.output_tokens, 2);
    return out.observed.usage.tier;
  };
  EXPECT_EQ(tier("", ""), llm::ServiceTier::kStandard);
  EXPECT_EQ(tier(R"("service_tier":"default",)", ""), llm::ServiceTier::kStandard);
  EXPECT_EQ(tier(R"("service_tier":"flex",)", ""), llm::ServiceTier::kFlex);
  EXPECT_EQ(tier("", R"(,"service_tier":"priority")"), llm::ServiceTier::kPriority);
  EXPECT_EQ(tier("", R"(,"service_tier":"scale")"), llm::ServiceTier::kOther);
  EXPECT_EQ(tier("", R"(,"service_tier":null)"), llm::ServiceTier::kStandard);
}

TEST(StreamMeter, LeavesUnknownWhatWasNotSaid) {
  const auto out = relay(kDelta, UsageReport::kUntouched, 7);
  EXPECT_FALSE(out.observed.usage.known());
  EXPECT_FALSE(out.observed.usage.input_tokens);
  EXPECT_FALSE(out.observed.done);
  EXPECT_TRUE(out.observed.finish_reasons.empty());
}

TEST(StreamMeter, AReportBesideContentCountsOnlyWhenTheStreamHasEndedWell) {
  const auto growing = [](int tokens, std::string_view finish) {
    return event(R"({"id":"c1","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":)" + std::string(finish) +
                 R"(}],"usage":{"prompt_tokens":9,"completion_tokens":)" + std::to_string(tokens) + "}}");
  };
  const std::string begun = growing(1, "null") + growing(2, "null");
  const std::string whole = begun + growing(3, R"("stop")");
  for (const UsageReport report : {UsageReport::kUntouched, UsageReport::kHidden}) {
    const auto tokens = [report](const std::string& stream) {
      const auto out = relay(stream, report, 11);
      EXPECT_EQ(out.visible, stream);
      return out.observed.usage.output_tokens;
    };
    EXPECT_EQ(tokens(begun), std::nullopt) << "it broke off: more may be billed than was told";
    EXPECT_EQ(tokens(whole + kDone), 3);
    EXPECT_EQ(tokens(whole), 3) << "its last word was the reason why it ended";
  }
  EXPECT_EQ(relay(begun + kStop + kReport + kDone, UsageReport::kHidden, 11).observed.usage.output_tokens, 34);
  EXPECT_EQ(relay(begun + kStop + kReport, UsageReport::kHidden, 11).observed.usage.output_tokens, 34);
}

TEST(StreamMeter, HidesTheUsageEventForAnySplit) {
  const std::string stream = ": ping\n\n" + kDelta + kStop + kReport + ": ping\r\n\r\n" + kDone + "data: cut off";
  const std::string wanted = ": ping\n\n" + kDelta + kStop + ": ping\r\n\r\n" + kDone + "data: cut off";
  for (std::size_t step = 1; step <= stream.size(); ++step) {
    const auto out = relay(stream, UsageReport::kHidden, step);
    EXPECT_EQ(out.visible, wanted) << step;
    EXPECT_EQ(out.observed.usage.output_tokens, 34) << step;
  }
}

TEST(StreamMeter, HidesNothingButAnEventWithUsageAndWithoutChoices) {
  const std::string kept[] = {
      event(R"({"choices":[],"prompt_filter_results":[{}]})"),
      event(
          R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}})"),
      event(R"({"choices":[],"error":{"message":"x"},"usage":{"prompt_tokens":1}})"),
      event(R"({"usage":{"prompt_tokens":1,"completion_tokens":2}})"),
      event(R"({"choices":[],"usage":null})"),
      event(R"({"choices":[],"usage":{"prompt_tokens":1)"),
      event("not json \"usage\": 1"),
  };
  for (const std::string& stream : kept) {
    EXPECT_EQ(relay(stream + kDone, UsageReport::kHidden, 9).visible, stream + kDone);
  }
}

TEST(StreamMeter, HoldsBackNoMoreThanTheEventThatIsNotComplete) {
  json::Document document;
  StreamMeter meter(document);
  meter.reset(UsageReport::kHidden);
  std::string seen;
  const std::string first = kDelta + "data: {\"cho";
  for (const std::string_view part : meter.feed(first)) seen += part;
  EXPECT_EQ(seen, kDelta);
  const std::string rest = "ices\":[{}]}\n\n";
  seen.clear();
  for (const std::string_view part : meter.feed(rest)) seen += part;
  EXPECT_EQ(seen, "data: {\"choices\":[{}]}\n\n");
  EXPECT_TRUE(meter.finish().empty());
}

TEST(StreamMeter, PassesOnEventsTooLargeToHold) {
  const std::string stream = kDelta + event(std::string(3U << 20, 'x')) + kReport + kDone;
  const auto out = relay(stream, UsageReport::kHidden, 40'000);
  EXPECT_EQ(out.visible, kDelta + event(std::string(3U << 20, 'x')) + kDone);
  EXPECT_EQ(out.observed.usage.input_tokens, 12);
}

TEST(StreamMeter, SeesErrors) {
  EXPECT_TRUE(relay(event(R"({"error":{"message":"m"}})"), UsageReport::kUntouched, 5).observed.error);
  EXPECT_TRUE(relay(kDelta + event(R"({"choices":[],"error" : "m"})"), UsageReport::kUntouched, 5).observed.error);
  EXPECT_TRUE(relay("event: error\n" + event("{}"), UsageReport::kUntouched, 5).observed.error);
  EXPECT_FALSE(relay(kDelta + event(R"({"choices":[],"error":null})"), UsageReport::kUntouched, 5).observed.error);
}

fs::path data_dir() {
  const char* const set = std::getenv("POINTSMAN_DATA");
  return set != nullptr ? fs::path(set) : fs::path(POINTSMAN_SOURCE_DIR) / "../shared/data";
}

// One recorded stream: its events as lines, framed.
std::string recorded(const fs::path& path) {
  std::ifstream in(path);
  std::string out;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) out += event(line);
  }
  return out + kDone;
}

TEST(StreamMeter, MetersRecordedStreamsAlikeForAnySplit) {
  struct Case {
    std::string_view file;
    std::int64_t input, output;
    std::string_view reason;
  };
  const Case cases[] = {
      {"openai/openai-text.chunks.txt", 16, 300, "stop"},
      {"openai/azure-model-router.1.chunks.txt", 15, 78, "stop"},
      // Reasoning stands beside completion_tokens here; the cost that the server states counts both as output.
      {"openai-compatible/xai-text.chunks.txt", 12, 2 + 340, "stop"},
      {"openai-compatible/xai-tool-call.chunks.txt", 307, 26 + 227, "tool_calls"},
  };
  for (const Case& c : cases) {
    const fs::path path = data_dir() / "sse" / c.file;
    if (!fs::exists(path)) GTEST_SKIP() << "no recorded streams at " << path << " (set POINTSMAN_DATA)";
    const std::string stream = recorded(path);
    std::string hidden;
    for (const std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{97}, std::size_t{4096}, stream.size()}) {
      const auto out = relay(stream, UsageReport::kUntouched, step);
      EXPECT_EQ(out.visible, stream);
      EXPECT_EQ(out.observed.usage.input_tokens, c.input) << c.file;
      EXPECT_EQ(out.observed.usage.output_tokens, c.output) << c.file;
      EXPECT_EQ(out.observed.finish_reasons, std::vector<std::string>{std::string(c.reason)});
      EXPECT_FALSE(out.observed.model.empty());
      EXPECT_TRUE(out.observed.done);
      EXPECT_FALSE(out.observed.malformed);
      const std::string visible = relay(stream, UsageReport::kHidden, step).visible;
      if (hidden.empty()) hidden = visible;
      EXPECT_EQ(visible, hidden) << c.file << " step " << step;
    }
    const std::size_t cut = stream.size() - hidden.size();
    EXPECT_GT(cut, 100U);
    EXPECT_EQ(hidden.find("\"usage\":{"), std::string::npos);
  }
}

TEST(StreamMeter, NeverCrashesOnStreamsOfOtherProtocols) {
  const fs::path dir = data_dir() / "sse";
  if (!fs::exists(dir)) GTEST_SKIP() << "no recorded streams at " << dir << " (set POINTSMAN_DATA)";
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    if (entry.path().extension() != ".txt") continue;
    const std::string stream = recorded(entry.path());
    EXPECT_EQ(relay(stream, UsageReport::kUntouched, 1000).visible, stream);
    EXPECT_EQ(relay(stream, UsageReport::kHidden, 333).visible, relay(stream, UsageReport::kHidden, 50).visible);
  }
}

Observed whole(std::string_view body, std::size_t step) {
  json::Document document;
  BodyMeter meter(document);
  meter.reset();
  for (std::size_t i = 0; i < body.size(); i += step) meter.feed(std::string(body.substr(i, step)));
  meter.finish();
  return meter.observed();
}

TEST(BodyMeter, ReadsAWholeAnswerForAnySplit) {
  const std::string body = R"({ "id" : "chatcmpl-\u0031", "object":"chat.completion","model":"m-2","choices":[
    {"index":0,"message":{"role":"assistant","content":"a \"usage\":{\"prompt_tokens\":99} \\","finish_reason":"no"},
     "logprobs":{"content":[{"finish_reason":"no"}]},"finish_reason":"length"},
    {"finish_reason" : "stop" ,"index":1}],"error":null,
    "usage" : {"prompt_tokens":3,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":1}} , "x":{"usage":{"prompt_tokens":8}} } )";
  for (std::size_t step = 1; step <= body.size(); ++step) {
    const Observed seen = whole(body, step);
    EXPECT_EQ(seen.usage.input_tokens, 3) << step;
    EXPECT_EQ(seen.usage.output_tokens, 4);
    EXPECT_EQ(seen.usage.cached_input_tokens, 1);
    EXPECT_FALSE(seen.usage.reasoning_tokens);
    EXPECT_EQ(seen.id, "chatcmpl-1");
    EXPECT_EQ(seen.model, "m-2");
    EXPECT_EQ(seen.finish_reasons, (std::vector<std::string>{"length", "stop"}));
    EXPECT_FALSE(seen.error);
    EXPECT_FALSE(seen.malformed);
  }
}

TEST(BodyMeter, StaysExactForABodyLargerThanAnyBuffer) {
  const std::string body = R"({"choices":[{"message":{"content":")" + std::string(3U << 20, 'x') +
                           R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":4}})";
  const Observed seen = whole(body, 16384);
  EXPECT_EQ(seen.usage.output_tokens, 4);
  EXPECT_EQ(seen.finish_reasons.size(), 1U);
}

TEST(BodyMeter, DoesNotCallAMemberBrokenThatIsTooLargeToKeep) {
  const std::string large = R"({"x":")" + std::string(20'000, 'y') + R"("})";
  const Observed usage = whole(R"({"id":")" + large.substr(6, 18'000) + R"(","usage":)" + large + "}", 4096);
  EXPECT_FALSE(usage.malformed);
  EXPECT_FALSE(usage.usage.known());
  EXPECT_TRUE(usage.id.empty());
  EXPECT_FALSE(usage.error);
  EXPECT_TRUE(whole(R"({"error":)" + large + "}", 4096).error);
}

TEST(BodyMeter, SaysThatABodyIsCutShortOrStrange) {
  for (const std::string_view body :
       {"", "{\"usage\":{", "[1]", "<html>", "{\"usage\":{\"prompt_tokens\":}}", "{} {}", "}"}) {
    EXPECT_TRUE(whole(body, 3).malformed) << body;
  }
  EXPECT_TRUE(whole(R"({"error":{"message":"no"}})", 4).error);
}

}  // namespace
}  // namespace pointsman::wire::openai_chat
