#include "wire/openai_responses/stream_writer.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>

#include "support/response_recordings.h"
#include "support/stream_transcript.h"
#include "wire/openai_responses/stream_reader.h"

namespace pointsman::wire::openai_responses {
namespace {

using llm::PartKind;
using llm::StreamEvent;
using llm::StreamEventKind;
using testing::Transcript;

StreamEvent begin() {
  StreamEvent event;
  event.kind = StreamEventKind::kBegin;
  event.id = "chatcmpl-abc";
  event.name = "m-1";
  event.created = 7;
  return event;
}
StreamEvent part(std::uint32_t number, PartKind kind, std::string_view id = {}, std::string_view name = {}) {
  StreamEvent event;
  event.kind = StreamEventKind::kPartBegin;
  event.part = number;
  event.part_kind = kind;
  event.id = id;
  event.name = name;
  return event;
}
StreamEvent about(StreamEventKind kind, std::uint32_t number, std::string_view text = {}) {
  StreamEvent event;
  event.kind = kind;
  event.part = number;
  event.text = text;
  return event;
}
StreamEvent stop(llm::StopReason why) {
  StreamEvent event;
  event.kind = StreamEventKind::kStop;
  event.stop = why;
  return event;
}

struct Written {
  std::string stream;
  llm::Losses losses;
};

Written write(const std::vector<StreamEvent>& events, std::string_view request = R"({"model":"auto"})") {
  const auto writer = make_stream_writer({.request = request, .id = "own", .model = "asked", .created = 5});
  for (const StreamEvent& event : events) writer->take(event);
  return {writer->out(), writer->losses()};
}

// The payloads of a stream, after a look at its framing.
std::vector<std::string> payloads(const std::string& stream) {
  std::vector<std::string> out;
  llm::SseScanner scanner;
  scanner.feed(stream);
  llm::SseEvent event;
  while (scanner.next(event)) {
    testing::Json json{std::string(event.data)};
    EXPECT_TRUE(json.ok) << event.data;
    EXPECT_EQ(json.text_at("/type"), event.name);
    EXPECT_EQ(json.number_at("/sequence_number"), static_cast<std::int64_t>(out.size()));
    out.emplace_back(event.data);
  }
  return out;
}

// The payloads without what a response repeats of its request.
std::string outline(const std::string& stream) {
  std::string out;
  for (const std::string& payload : payloads(stream)) {
    const std::size_t response = payload.find(R"("response":{)");
    testing::Json json(payload);
    out += response == std::string::npos ? payload : json.text_at("/type") + " " + json.text_at("/response/status");
    out += '\n';
  }
  return out;
}

TEST(ResponsesStreamWriter, WritesTheEventsOfAText) {
  const llm::Usage usage{.input_tokens = 3, .output_tokens = 4};
  StreamEvent report;
  report.kind = StreamEventKind::kUsage;
  report.usage = &usage;
  const auto out = write(
      {begin(), part(0, PartKind::kText), about(StreamEventKind::kText, 0, "Hel"),
       about(StreamEventKind::kText, 0, "lo\n"), about(StreamEventKind::kLogprobs, 0, "[ {\"token\": \"lo\"} ]"),
       about(StreamEventKind::kPartEnd, 0), stop(llm::StopReason::kEnd), report, about(StreamEventKind::kEnd, 0)});
  EXPECT_EQ(
      outline(out.stream),
      "response.created in_progress\n"
      "response.in_progress in_progress\n"
      R"({"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{"id":"msg_abc_0","type":"message","status":"in_progress","content":[],"role":"assistant"}})"
      "\n"
      R"({"type":"response.content_part.added","sequence_number":3,"item_id":"msg_abc_0","output_index":0,"content_index":0,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":""}})"
      "\n"
      R"({"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_abc_0","output_index":0,"content_index":0,"delta":"Hel","logprobs":[]})"
      "\n"
      R"({"type":"response.output_text.delta","sequence_number":5,"item_id":"msg_abc_0","output_index":0,"content_index":0,"delta":"lo\n","logprobs":[{"token":"lo"}]})"
      "\n"
      R"({"type":"response.output_text.done","sequence_number":6,"item_id":"msg_abc_0","output_index":0,"content_index":0,"logprobs":[{"token":"lo"}],"text":"Hello\n"})"
      "\n"
      R"({"type":"response.content_part.done","sequence_number":7,"item_id":"msg_abc_0","output_index":0,"content_index":0,"part":{"type":"output_text","annotations":[],"logprobs":[{"token":"lo"}],"text":"Hello\n"}})"
      "\n"
      R"({"type":"response.output_item.done","sequence_number":8,"output_index":0,"item":{"id":"msg_abc_0","type":"message","status":"completed","content":[{"type":"output_text","annotations":[],"logprobs":[{"token":"lo"}],"text":"Hello\n"}],"role":"assistant"}})"
      "\n"
      "response.completed completed\n");
  EXPECT_TRUE(out.losses.empty());
  testing::Json last(payloads(out.stream).back());
  EXPECT_EQ(last.text_at("/response/id"), "resp_abc");
  EXPECT_EQ(last.text_at("/response/model"), "m-1");
  EXPECT_EQ(last.number_at("/response/usage/total_tokens"), 7);
  EXPECT_EQ(last.text_at("/response/output/0/content/0/text"), "Hello\n");
}

TEST(ResponsesStreamWriter, KeepsLogprobsWhoseTextIsGone) {
  const auto writer = make_stream_writer({});
  for (const StreamEvent& event : {begin(), part(0, PartKind::kText), about(StreamEventKind::kText, 0, "a")}) {
    writer->take(event);
  }
  writer->out().clear();
  for (const StreamEvent& event : {about(StreamEventKind::kLogprobs, 0, "[1]"), about(StreamEventKind::kText, 0, "b"),
                                   about(StreamEventKind::kLogprobs, 0, "[2]"), about(StreamEventKind::kPartEnd, 0)}) {
    writer->take(event);
  }
  EXPECT_NE(writer->out().find(R"("delta":"b","logprobs":[1])"), std::string::npos);
  EXPECT_NE(writer->out().find(R"("logprobs":[1,2],"text":"ab")"), std::string::npos);
}

TEST(ResponsesStreamWriter, WritesCallsSideBySide) {
  const auto out =
      write({begin(), part(0, PartKind::kToolCall, "call_1", "f"), part(1, PartKind::kToolCall, "call_2", "g"),
             about(StreamEventKind::kText, 1, "{}"), about(StreamEventKind::kText, 0, "{\"a\":1}"),
             about(StreamEventKind::kPartEnd, 0), about(StreamEventKind::kPartEnd, 1),
             stop(llm::StopReason::kToolCalls), about(StreamEventKind::kEnd, 0)});
  EXPECT_EQ(
      outline(out.stream),
      "response.created in_progress\n"
      "response.in_progress in_progress\n"
      R"({"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{"id":"fc_abc_0","type":"function_call","status":"in_progress","arguments":"","call_id":"call_1","name":"f"}})"
      "\n"
      R"({"type":"response.output_item.added","sequence_number":3,"output_index":1,"item":{"id":"fc_abc_1","type":"function_call","status":"in_progress","arguments":"","call_id":"call_2","name":"g"}})"
      "\n"
      R"({"type":"response.function_call_arguments.delta","sequence_number":4,"item_id":"fc_abc_1","output_index":1,"delta":"{}"})"
      "\n"
      R"({"type":"response.function_call_arguments.delta","sequence_number":5,"item_id":"fc_abc_0","output_index":0,"delta":"{\"a\":1}"})"
      "\n"
      R"({"type":"response.function_call_arguments.done","sequence_number":6,"item_id":"fc_abc_0","output_index":0,"name":"f","arguments":"{\"a\":1}"})"
      "\n"
      R"({"type":"response.output_item.done","sequence_number":7,"output_index":0,"item":{"id":"fc_abc_0","type":"function_call","status":"completed","arguments":"{\"a\":1}","call_id":"call_1","name":"f"}})"
      "\n"
      R"({"type":"response.function_call_arguments.done","sequence_number":8,"item_id":"fc_abc_1","output_index":1,"name":"g","arguments":"{}"})"
      "\n"
      R"({"type":"response.output_item.done","sequence_number":9,"output_index":1,"item":{"id":"fc_abc_1","type":"function_call","status":"completed","arguments":"{}","call_id":"call_2","name":"g"}})"
      "\n"
      "response.completed completed\n");
}

TEST(ResponsesStreamWriter, SealsWhatProvesAnotherProvidersReasoning) {
  auto thought = part(0, PartKind::kReasoning);
  const auto out =
      write({begin(), thought, about(StreamEventKind::kText, 0, "hm"), about(StreamEventKind::kSignature, 0, "c2ln"),
             about(StreamEventKind::kPartEnd, 0), part(1, PartKind::kRefusal), about(StreamEventKind::kText, 1, "No."),
             stop(llm::StopReason::kRefusal), about(StreamEventKind::kEnd, 0)});
  const auto all = payloads(out.stream);
  testing::Json last(all.back());
  EXPECT_EQ(last.text_at("/response/output/0/encrypted_content"), "pointsman-sealed-signature-c2ln");
  EXPECT_EQ(last.text_at("/response/output/0/summary/0/text"), "hm");
  EXPECT_EQ(last.text_at("/response/output/1/content/0/refusal"), "No.");
  EXPECT_EQ(last.text_at("/response/status"), "completed");
  EXPECT_EQ(out.losses, (llm::Losses{{"usage: not reported", true}}));
}

TEST(ResponsesStreamWriter, SaysWhyAnAnswerIsIncomplete) {
  for (const auto& [why, reason] : {std::pair{llm::StopReason::kLength, "max_output_tokens"},
                                    std::pair{llm::StopReason::kContentFilter, "content_filter"},
                                    std::pair{llm::StopReason::kRefusal, "content_filter"}}) {
    const auto out = write({begin(), part(0, PartKind::kText), about(StreamEventKind::kText, 0, "a"), stop(why),
                            about(StreamEventKind::kEnd, 0)});
    testing::Json last(payloads(out.stream).back());
    EXPECT_EQ(last.text_at("/type"), "response.incomplete");
    EXPECT_EQ(last.text_at("/response/incomplete_details/reason"), reason);
    EXPECT_EQ(last.text_at("/response/output/0/status"), "incomplete");
  }
}

TEST(ResponsesStreamWriter, EndsWithTheErrorThatTheProviderReports) {
  const llm::AnswerError error{"overloaded", "overloaded_error", {}};
  StreamEvent failure;
  failure.kind = StreamEventKind::kError;
  failure.error = &error;
  const auto out = write({begin(), part(0, PartKind::kText), about(StreamEventKind::kText, 0, "a"), failure,
                          about(StreamEventKind::kText, 0, "b"), about(StreamEventKind::kEnd, 0)});
  const auto all = payloads(out.stream);
  ASSERT_EQ(all.size(), 7U);
  EXPECT_EQ(
      all[5],
      R"({"type":"error","sequence_number":5,"code":"overloaded_error","message":"overloaded","param":null,"error":{"message":"overloaded","type":"upstream_error","param":null,"code":"overloaded_error"}})");
  testing::Json last(all[6]);
  EXPECT_EQ(last.text_at("/type"), "response.failed");
  EXPECT_EQ(last.text_at("/response/error/code"), "server_error");
  EXPECT_EQ(last.text_at("/response/error/message"), "overloaded");
  EXPECT_EQ(last.text_at("/response/output/0/status"), "incomplete");
}

TEST(ResponsesStreamWriter, BeginsByItselfAndLosesNothingInSilence) {
  auto second = part(0, PartKind::kText);
  second.choice = 1;
  const auto out = write({part(0, PartKind::kImage), second, about(StreamEventKind::kText, 9, "nowhere"),
                          about(StreamEventKind::kSignature, 9, "late"), stop(llm::StopReason::kPause),
                          about(StreamEventKind::kEnd, 0)});
  const auto all = payloads(out.stream);
  ASSERT_EQ(all.size(), 3U);
  testing::Json first(all[0]);
  EXPECT_EQ(first.text_at("/response/id"), "resp_own");
  EXPECT_EQ(first.text_at("/response/model"), "asked");
  EXPECT_EQ(first.number_at("/response/created_at"), 5);
  EXPECT_EQ(out.losses, (llm::Losses{{"image in the answer", false},
                                     {"choices[1]", false},
                                     {"a late signature of reasoning", true},
                                     {"stop reason: pause", false},
                                     {"usage: not reported", true}}));
}

// Writes what a stream is read to.
std::string rewrite(const std::string& stream) {
  json::Document document;
  const auto reader = make_stream_reader(document);
  const auto writer = make_stream_writer({.request = {}, .id = "own", .model = "m"});
  testing::read_stream(stream, 1U << 20, *reader, *writer);
  return writer->out();
}
std::string events_of(const std::string& stream) {
  json::Document document;
  const auto reader = make_stream_reader(document);
  Transcript seen;
  testing::read_stream(stream, 1U << 20, *reader, seen);
  return seen.lines;
}

// Seals differ: what is sealed once is sealed again. And every thought is told as a summary.
std::string without_seals(std::string lines) {
  constexpr std::string_view kSummary = " reasoning summary";
  for (std::size_t at = lines.find(kSummary); at != std::string::npos; at = lines.find(kSummary, at)) {
    lines.erase(at + 10, kSummary.size() - 10);
  }
  std::string out;
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = lines.find('\n', at) + 1;
    const std::string line = lines.substr(at, end - at);
    if (line.find(" opaque ") == std::string::npos) out += line;
    at = end;
  }
  return out;
}

TEST(ResponsesStreamWriter, ReadsBackAsTheSameEventsForEveryRecording) {
  const auto recordings = testing::response_recordings();
  if (recordings.empty()) GTEST_SKIP() << "no recorded streams (set POINTSMAN_DATA)";
  int compared = 0;
  for (const auto& recording : recordings) {
    const std::string stream = recording.stream();
    const std::string events = without_seals(events_of(stream));
    // Ids that are not the service's get its shape; a stream that failed has an error of our own names.
    if (events.starts_with("begin capture-id") || !events.ends_with("\nend\n")) continue;
    ++compared;
    EXPECT_EQ(without_seals(events_of(rewrite(stream))), events) << recording.name;
  }
  EXPECT_GE(compared, 35) << "of " << recordings.size();
}

using Shapes = std::map<std::string, std::set<std::string>>;

void note_shape(const std::string& name, simdjson::dom::element value, Shapes& out) {
  simdjson::dom::object object;
  if (value.get(object) != simdjson::SUCCESS) return;
  for (const auto& [key, member] : object) out[name].insert(std::string(key));
}
void note_shapes(const std::string& payload, Shapes& out) {
  testing::Json json(payload);
  if (!json.ok) return;
  const std::string type = json.text_at("/type");
  note_shape(type, json.root, out);
  for (const std::string member : {"item", "part", "response"}) {
    simdjson::dom::element value;
    if (json.root[member].get(value) == simdjson::SUCCESS) {
      note_shape(type + " " + member + " " + json.text_at("/" + member + "/type"), value, out);
    }
  }
}

// Recordings of many versions of the service: members that came later, are padding, or of things we never do.
bool is_optional(const std::string& member) {
  static const std::set<std::string> kOptional = {"obfuscation",
                                                  "phase",
                                                  "completed_at",
                                                  "frequency_penalty",
                                                  "presence_penalty",
                                                  "prompt_cache_retention",
                                                  "moderation",
                                                  "copilot_usage",
                                                  "encrypted_content",
                                                  "tool_usage",
                                                  "usage",
                                                  "user",
                                                  "caller",
                                                  "namespace",
                                                  "content",
                                                  "status"};
  return kOptional.contains(member);
}

TEST(ResponsesStreamWriter, GivesItsEventsTheMembersThatTheServicesHave) {
  const auto recordings = testing::response_recordings();
  if (recordings.empty()) GTEST_SKIP() << "no recorded streams (set POINTSMAN_DATA)";
  Shapes theirs, ours;
  for (const auto& recording : recordings) {
    for (const std::string& payload : recording.payloads) note_shapes(payload, theirs);
    for (const std::string& payload : payloads(rewrite(recording.stream()))) note_shapes(payload, ours);
  }
  int compared = 0;
  for (const auto& [name, members] : ours) {
    if (!theirs.contains(name)) continue;
    ++compared;
    for (const std::string& member : theirs[name]) {
      EXPECT_TRUE(members.contains(member) || is_optional(member)) << name << ": " << member;
    }
  }
  EXPECT_GE(compared, 25);
}

}  // namespace
}  // namespace pointsman::wire::openai_responses
