// Recorded streams of real servers through the reader, and through reader and writer.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "support/stream_events.h"
#include "wire/json_value.h"
#include "wire/openai_chat/stream_reader.h"
#include "wire/openai_chat/stream_writer.h"

namespace pointsman::wire::openai_chat {
namespace {

namespace fs = std::filesystem;
using pointsman::testing::AnswerCollector;
using pointsman::testing::EventLog;
using pointsman::testing::feed_stream;
using pointsman::testing::frame;

struct Recording {
  std::string name;
  std::vector<std::string> payloads;
};

std::vector<Recording> recordings() {
  const char* const set = std::getenv("POINTSMAN_DATA");
  const fs::path dir = (set != nullptr ? fs::path(set) : fs::path(POINTSMAN_SOURCE_DIR) / "../shared/data") / "sse";
  std::vector<Recording> out;
  if (!fs::exists(dir)) return out;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(dir)) {
    if (!entry.path().string().ends_with(".chunks.txt")) continue;
    Recording& one = out.emplace_back();
    one.name = entry.path().filename().string();
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) {
      if (!line.empty()) one.payloads.push_back(line);
    }
  }
  return out;
}

bool is_chat(const Recording& recording) {
  return std::ranges::any_of(recording.payloads, [](const std::string& payload) {
    return payload.find("\"chat.completion.chunk\"") != std::string::npos;
  });
}

// What the deltas say, by plain search for their members: an oracle that shares nothing with the reader but the parser.
struct Oracle {
  std::string content, reasoning, arguments;
};
Oracle consult(const Recording& recording) {
  Oracle out;
  json::Document document;
  const auto take = [](const auto& self, const JsonValue& value, Oracle& all) -> void {
    value.elements([&](const JsonValue& one, std::uint64_t) { self(self, one, all); });
    value.members([&](const json::RawString& name, const JsonValue& one) {
      if (name.is("content")) all.content += one.string();
      if (name.is("reasoning_content")) all.reasoning += one.string();
      if (name.is("arguments")) all.arguments += one.string();
      self(self, one, all);
    });
  };
  for (const std::string& payload : recording.payloads) {
    const auto root = JsonValue::open(payload, document);
    if (root) take(take, *root, out);
    document.close();
  }
  return out;
}

Oracle said(const llm::Answer& answer) {
  Oracle out;
  for (const llm::Part& part : answer.choices.at(0).parts) {
    if (part.kind == llm::PartKind::kText) out.content += part.text;
    if (part.kind == llm::PartKind::kReasoning) out.reasoning += part.text;
    if (part.kind == llm::PartKind::kToolCall) out.arguments += part.arguments;
  }
  return out;
}

std::string stream_of(const Recording& recording, bool with_last_word) {
  std::string out;
  for (const std::string& payload : recording.payloads) out += frame(payload);
  return with_last_word ? out + frame("[DONE]") : out;
}

TEST(RecordedChatStreams, SayThroughReaderAndWriterWhatTheySaid) {
  std::size_t chats = 0;
  for (const Recording& recording : recordings()) {
    if (!is_chat(recording)) continue;
    ++chats;
    const Oracle wanted = consult(recording);
    std::string stream = stream_of(recording, chats % 2 == 0);  // with and without a last word
    llm::Usage usage;
    for (const bool again : {false, true}) {
      json::Document document;
      const auto reader = make_stream_reader(document);
      AnswerCollector collector;
      feed_stream(stream, 97, *reader, collector);
      ASSERT_EQ(collector.fault, "") << recording.name;
      ASSERT_TRUE(collector.ended) << recording.name;
      const Oracle got = said(collector.answer);
      EXPECT_EQ(got.content, wanted.content) << recording.name;
      EXPECT_EQ(got.reasoning, wanted.reasoning) << recording.name;
      EXPECT_EQ(got.arguments, wanted.arguments) << recording.name;
      EXPECT_TRUE(collector.answer.usage.known()) << recording.name;
      if (again) {
        EXPECT_EQ(collector.answer.usage.output_tokens, usage.output_tokens) << recording.name;
        EXPECT_EQ(collector.answer.usage.reasoning_tokens, usage.reasoning_tokens) << recording.name;
        break;
      }
      usage = collector.answer.usage;
      const auto second = make_stream_reader(document);
      const auto writer = make_stream_writer({.include_usage = true});
      feed_stream(stream, stream.size(), *second, *writer);
      stream = writer->out();
    }
  }
  if (chats == 0) GTEST_SKIP() << "no recorded streams (set POINTSMAN_DATA)";
  EXPECT_GE(chats, 4U);
}

TEST(RecordedChatStreams, OfOtherProtocolsHarmNobodyAndAreNoAnswer) {
  std::size_t others = 0;
  for (const Recording& recording : recordings()) {
    if (is_chat(recording)) continue;
    ++others;
    const std::string stream = stream_of(recording, false);
    std::string events;
    for (const std::size_t step : {stream.size(), std::size_t{113}}) {
      json::Document document;
      const auto reader = make_stream_reader(document);
      EventLog log;
      feed_stream(stream, step, *reader, log);
      if (events.empty()) events = log.text;
      EXPECT_EQ(log.text, events) << recording.name;
    }
    // A completion has the same frame and no deltas: all it amounts to is its end.
    EXPECT_EQ(events.find(" text"), std::string::npos) << recording.name;
  }
  if (others == 0) GTEST_SKIP() << "no recorded streams (set POINTSMAN_DATA)";
}

}  // namespace
}  // namespace pointsman::wire::openai_chat
