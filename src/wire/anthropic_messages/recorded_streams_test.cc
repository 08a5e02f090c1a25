// Recorded streams of real servers go through meters, reader and writer.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "wire/anthropic_messages/event_record.h"
#include "wire/anthropic_messages/meters.h"

namespace pointsman::wire::anthropic_messages {
namespace {

using testing::event;
using testing::EventLines;
using testing::EventSum;
using testing::push;

std::filesystem::path recordings() {
  const char* const set = std::getenv("POINTSMAN_DATA");
  const std::filesystem::path data = set != nullptr ? set : POINTSMAN_SOURCE_DIR "/../shared/data";
  return data / "sse";
}

struct Recording {
  std::string name;
  std::string stream;
};

// Of one protocol's folder, or of all of them if `folder` is empty.
std::vector<Recording> all_recordings(std::string_view folder) {
  std::vector<Recording> all;
  if (!std::filesystem::exists(recordings() / folder)) return all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(recordings() / folder)) {
    if (entry.path().extension() != ".txt") continue;
    Recording one{entry.path().filename().string(), {}};
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) {
      if (!line.empty()) one.stream += event(line);
    }
    all.push_back(std::move(one));
  }
  return all;
}

std::string lines_of(std::string_view stream, std::size_t step) {
  json::Document document;
  EventLines sink;
  push(stream, step, document, sink);
  return std::move(sink.lines);
}

// The texts of a recorded stream's first message, read by other means.
std::string texts_of(std::string_view stream) {
  std::string out;
  for (std::size_t at = 0; at < stream.size() && !stream.substr(at).starts_with("event: message_stop");) {
    const std::size_t end = std::min(stream.find("\n\n", at), stream.size() - 2);
    const std::string_view frame = stream.substr(at, end - at);
    at = end + 2;
    constexpr std::string_view kKey = "\"text\":\"";
    const std::size_t begin = frame.find(kKey);
    if (!frame.contains("\"text_delta\"") || begin == std::string_view::npos) continue;
    std::size_t quote = begin + kKey.size();
    while (frame[quote] != '"') quote += frame[quote] == '\\' ? 2 : 1;
    json::unescape(frame.substr(begin + kKey.size(), quote - begin - kKey.size()), out);
  }
  return out;
}

TEST(MessagesRecordings, MetersRecordedStreams) {
  struct Case {
    std::string_view file;
    std::int64_t input, output;
    std::string_view reason;
  };
  const Case cases[] = {
      {"anthropic-message-delta-input-tokens.chunks.txt", 61, 2, "end_turn"},
      {"anthropic-fallback.chunks.txt", 412, 264, "end_turn"},
      {"anthropic-tool-no-args.chunks.txt", 565, 48, "tool_use"},
      {"anthropic-refusal.chunks.txt", 18, 5, "refusal"},
      {"duplicate-message-start.chunks.txt", 17, 227, "end_turn"},
      {"spliced-message-start.chunks.txt", 17, 65, "tool_use"},
  };
  const auto recorded = all_recordings("anthropic");
  if (recorded.empty()) GTEST_SKIP() << "no recorded streams (set POINTSMAN_DATA)";
  std::size_t found = 0;
  for (const auto& [name, bytes] : recorded) {
    json::Document document;
    StreamMeter meter(document);
    meter.feed(bytes);
    const llm::Observed& seen = meter.observed();
    EXPECT_TRUE(seen.done && !seen.malformed && seen.usage.known()) << name;
    for (const Case& c : cases) {
      if (c.file != name) continue;
      ++found;
      EXPECT_EQ(seen.usage.input_tokens, c.input) << name;
      EXPECT_EQ(seen.usage.output_tokens, c.output) << name;
      EXPECT_EQ(seen.finish_reasons, std::vector<std::string>{std::string(c.reason)}) << name;
    }
  }
  EXPECT_EQ(found, std::size(cases));
}

TEST(MessagesRecordings, ReadsEveryRecordedStreamAlikeForAnySplit) {
  const auto recorded = all_recordings("anthropic");
  if (recorded.empty()) GTEST_SKIP() << "no recorded streams (set POINTSMAN_DATA)";
  json::Document document;
  for (const auto& [name, stream] : recorded) {
    EventSum sum;
    const auto how = push(stream, stream.size(), document, sum);
    EXPECT_TRUE(sum.in_order && sum.ended && sum.stopped && how.done && !how.malformed) << name;
    EXPECT_NE(sum.stop, llm::StopReason::kUnknown) << name;
    EXPECT_TRUE(sum.usage.known()) << name;
    std::string text;
    for (const EventSum::Part& part : sum.parts) {
      if (part.kind == llm::PartKind::kText) text += part.text;
      const bool cut = name.starts_with("spliced") && part.id == "toolu_first";
      const bool call = part.kind == llm::PartKind::kToolCall;
      EXPECT_TRUE(!call || cut || document.validate(part.text)) << name << part.text;
    }
    EXPECT_EQ(text, texts_of(stream)) << name;
    const std::string whole = lines_of(stream, stream.size());
    for (const std::size_t step : {1, 7, 1000}) EXPECT_EQ(lines_of(stream, step), whole) << name << " " << step;
  }
}

TEST(MessagesRecordings, NeverCrashesOnStreamsOfOtherProtocols) {
  const auto recorded = all_recordings("");
  if (recorded.empty()) GTEST_SKIP() << "no recorded streams (set POINTSMAN_DATA)";
  for (const auto& [name, stream] : recorded) EXPECT_EQ(lines_of(stream, 777), lines_of(stream, 50)) << name;
}

// Read, written and read again, every recorded stream says the same.
TEST(MessagesRecordings, GivesBackEveryRecordedStream) {
  const auto recorded = all_recordings("anthropic");
  if (recorded.empty()) GTEST_SKIP() << "no recorded streams (set POINTSMAN_DATA)";
  json::Document document;
  for (const auto& [name, stream] : recorded) {
    const auto writer = make_stream_writer({});
    EventSum before;
    push(stream, 999, document, before);
    push(stream, 999, document, *writer);
    EventSum after;
    const auto how = push(writer->out(), 333, document, after);
    EXPECT_TRUE(how.done && !how.malformed && how.losses.empty() && after.in_order && after.ended) << name;
    EXPECT_EQ(after.parts, before.parts) << name;
    EXPECT_EQ(after.id + after.model + after.stop_sequence, before.id + before.model + before.stop_sequence) << name;
    EXPECT_EQ(after.reason(), before.reason()) << name;
    EXPECT_EQ(testing::shown(after.usage), testing::shown(before.usage)) << name;
    EXPECT_EQ(testing::shown(writer->losses()), "") << name;
  }
}

}  // namespace
}  // namespace pointsman::wire::anthropic_messages
