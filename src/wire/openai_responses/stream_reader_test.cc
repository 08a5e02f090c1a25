#include "wire/openai_responses/stream_reader.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/response_recordings.h"
#include "support/stream_transcript.h"
#include "wire/openai_responses/answer_reader.h"

namespace pointsman::wire::openai_responses {
namespace {

using testing::Transcript;

struct Read {
  Transcript seen;
  llm::Losses losses;
  bool done = false;
  bool malformed = false;
};

Read read(std::string_view stream, std::size_t step = 1U << 20) {
  json::Document document;
  const auto reader = make_stream_reader(document);
  Read out;
  testing::read_stream(stream, step, *reader, out.seen);
  out.losses = reader->losses();
  out.done = reader->done();
  out.malformed = reader->malformed();
  return out;
}

// One event, named by its type.
std::string event(std::string_view type, std::string_view members = "") {
  std::string out = "event: " + std::string(type) + "\ndata: {\"type\":\"" + std::string(type) + "\"";
  if (!members.empty()) out.append(",").append(members);
  return out + "}\n\n";
}

const std::string kCreated = event(
    "response.created", R"("response":{"id":"resp_1","model":"m","created_at":7,"status":"in_progress","output":[]})");
const std::string kCompleted = event(
    "response.completed",
    R"("response":{"id":"resp_1","status":"completed","output":[{"type":"message"}],"usage":{"input_tokens":3,"output_tokens":4}})");
const std::string kMessage =
    event("response.output_item.added", R"("output_index":0,"item":{"type":"message","id":"msg_1","content":[]})");

struct Case {
  std::string_view name;
  std::string stream;
  std::string_view wanted;
};

const Case kCases[] = {
    {"a text",
     kCreated + event("response.in_progress", R"("response":{})") + kMessage +
         event("response.content_part.added",
               R"("output_index":0,"content_index":0,"part":{"type":"output_text","text":""})") +
         event("response.output_text.delta", R"("output_index":0,"content_index":0,"delta":"Hel","logprobs":[])") +
         event("response.output_text.delta",
               R"("output_index":0,"content_index":0,"delta":"l\u00f6","logprobs":[{"token":"l","logprob":-1}])") +
         event("response.output_text.done", R"("output_index":0,"content_index":0,"text":"Hell\u00f6")") +
         event("response.output_item.done",
               R"("output_index":0,"item":{"type":"message","content":[{"type":"output_text","text":"Hell\u00f6"}]})") +
         kCompleted,
     "begin resp_1 m 7\n+0.0 text\n 0.0 Hel\n 0.0 l\xC3\xB6\nlogprobs [{\"token\":\"l\",\"logprob\":-1}]\n-0.0\n"
     "stop end\nusage 3 4\nend\n"},
    {"calls side by side, whole or in pieces",
     kCreated +
         event(
             "response.output_item.added",
             R"("output_index":0,"item":{"type":"function_call","id":"fc_1","call_id":"call_1","name":"f","arguments":""})") +
         event(
             "response.output_item.added",
             R"("output_index":1,"item":{"type":"function_call","id":"fc_2","call_id":"call_2","name":"g","arguments":""})") +
         event("response.function_call_arguments.delta", R"("output_index":1,"item_id":"x","delta":"{}")") +
         event("response.function_call_arguments.done", R"("output_index":0,"arguments":"{\"a\":1}")") +
         event(
             "response.output_item.done",
             R"("output_index":0,"item":{"type":"function_call","call_id":"call_1","name":"f","arguments":"{\"a\":1}"})") +
         event("response.output_item.done",
               R"("output_index":1,"item":{"type":"function_call","call_id":"call_2","name":"g","arguments":"{}"})") +
         kCompleted,
     "begin resp_1 m 7\n+0.0 tool_call call_1 f\n+0.1 tool_call call_2 g\n 0.1 {}\n 0.0 {\"a\":1}\n-0.0\n-0.1\n"
     "stop tool_calls\nusage 3 4\nend\n"},
    {"a call of free text that only its end tells of",
     kCreated +
         event("response.output_item.done",
               R"("output_index":4,"item":{"type":"custom_tool_call","call_id":"c","name":"sql","input":"SELECT 1"})") +
         kCompleted,
     "begin resp_1 m 7\n+0.0 tool_call custom c sql\n 0.0 SELECT 1\n-0.0\nstop tool_calls\nusage 3 4\nend\n"},
    {"reasoning: two summaries of one item, and what is sealed",
     kCreated +
         event("response.output_item.added",
               R"("output_index":0,"item":{"type":"reasoning","id":"rs_1","summary":[]})") +
         event("response.reasoning_summary_part.added",
               R"("output_index":0,"summary_index":0,"part":{"type":"summary_text","text":""})") +
         event("response.reasoning_summary_text.delta", R"("output_index":0,"summary_index":0,"delta":"one")") +
         event("response.reasoning_summary_text.delta", R"("output_index":0,"summary_index":1,"delta":"two")") +
         event(
             "response.output_item.done",
             R"("output_index":0,"item":{"type":"reasoning","id":"rs_9","encrypted_content":"gAAA","summary":[{"type":"summary_text","text":"one"},{"type":"summary_text","text":"two"}]})") +
         kCompleted,
     "begin resp_1 m 7\n+0.0 reasoning summary rs_1\n 0.0 one\n-0.0\n+0.1 reasoning summary rs_1\n 0.1 two\n"
     " 0.1 opaque gAAA\n-0.1\nstop end\nusage 3 4\nend\n"},
    {"a refusal, and a stream without names",
     "data: {\"response\":{\"id\":\"r\"},\"type\":\"response.created\"}\n\n"
     "data: {\"type\":\"response.refusal.delta\",\"delta\":\"No.\"}\n\n"
     "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\"}}\n\ndata: [DONE]\n\n",
     "begin r  0\n+0.0 refusal\n 0.0 No.\n-0.0\nstop refusal\nend\n"},
    {"an answer that was cut",
     kCreated + event("response.output_text.delta", R"("delta":"a")") +
         event(
             "response.incomplete",
             R"("response":{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"usage":null})"),
     "begin resp_1 m 7\n+0.0 text\n 0.0 a\n-0.0\nstop length\nend\n"},
    {"an error, told twice",
     kCreated +
         event(
             "error",
             R"("sequence_number":2,"error":{"type":"insufficient_quota","code":"insufficient_quota","message":"no money","param":null})") +
         event("response.failed", R"("response":{"status":"failed","error":{"code":"x","message":"y"}})"),
     "begin resp_1 m 7\nerror no money insufficient_quota insufficient_quota\n"},
    {"an error as the description of the API has it",
     event("error", R"("code":"server_error","message":"broken","param":null)"), "error broken server_error\n"},
    {"a failure, told once",
     kCreated + event("response.failed", R"("response":{"status":"failed","error":{"code":"x","message":""}})"),
     "begin resp_1 m 7\nerror the provider reported an error without a message x\n"},
    {"an answer that only the last event tells",
     event(
         "response.completed",
         R"("response":{"id":"r","model":"n","status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"all","logprobs":[{"token":"all"}]}]},{"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"s"}]})"),
     "begin r n 0\n+0.0 text\n 0.0 all\nlogprobs [{\"token\":\"all\"}]\n-0.0\n"
     "+0.1 reasoning summary rs_2\n 0.1 opaque s\n-0.1\nstop end\nend\n"},
};

TEST(ResponsesStreamReader, GivesWhatTheStreamSays) {
  for (const Case& c : kCases) {
    const Read out = read(c.stream);
    EXPECT_EQ(out.seen.lines, c.wanted) << c.name;
    EXPECT_TRUE(out.done) << c.name;
    EXPECT_FALSE(out.malformed) << c.name;
  }
}

TEST(ResponsesStreamReader, GivesTheSameEventsForAnySplit) {
  for (const Case& c : kCases) {
    for (std::size_t step = 1; step < 90; ++step) EXPECT_EQ(read(c.stream, step).seen.lines, c.wanted) << step;
  }
}

TEST(ResponsesStreamReader, IsNotDoneWithoutALastWord) {
  const Read out = read(kCreated + event("response.output_text.delta", R"("delta":"a")"));
  EXPECT_FALSE(out.done);
  EXPECT_EQ(out.seen.lines, "begin resp_1 m 7\n+0.0 text\n 0.0 a\n");
}

TEST(ResponsesStreamReader, PassesOverWhatIsNotJsonAndSaysSo) {
  const Read out = read(kCreated + "event: response.output_text.delta\ndata: {\"delta\":\n\n" + kCompleted);
  EXPECT_TRUE(out.malformed);
  EXPECT_TRUE(out.done);
}

TEST(ResponsesStreamReader, NotesWhatTheEventsCannotCarry) {
  const Read out =
      read(kCreated + event("response.output_item.added", R"("output_index":0,"item":{"type":"web_search_call"})") +
           event("response.web_search_call.searching", R"("output_index":0)") +
           event("response.output_item.done", R"("output_index":0,"item":{"type":"web_search_call"})") +
           event("response.output_text.annotation.added", R"("annotation":{})") + kCompleted);
  EXPECT_EQ(
      out.losses,
      (llm::Losses{{"response.web_search_call.searching", true}, {"web_search_call", false}, {"annotations", false}}));
}

TEST(ResponsesStreamReader, FollowsNoMoreItemsThanItCanHold) {
  std::string stream = kCreated;
  for (int i = 0; i < 1000; ++i) {
    stream += event("response.output_text.delta", "\"delta\":\"a\",\"output_index\":" + std::to_string(i));
  }
  const Read out = read(stream + kCompleted);
  EXPECT_TRUE(out.malformed);
  EXPECT_EQ(out.seen.parts.size(), 256U);
}

// The response object of a stream's last event.
std::string last_response(const testing::ResponseRecording& recording) {
  testing::Json last(recording.payloads.back());
  simdjson::dom::element response;
  if (!last.ok || last.root["response"].get(response) != simdjson::SUCCESS) return {};
  return simdjson::minify(response);
}

std::string summary(const std::vector<llm::Part>& parts) {
  std::string out;
  for (const llm::Part& part : parts) {
    out += std::string(testing::part_name(part.kind)) + "|" + part.name + "|" + part.text + part.arguments + "|\n";
  }
  return out;
}

TEST(ResponsesStreamReader, AddsUpToTheWholeAnswerForEveryRecording) {
  const auto recordings = testing::response_recordings();
  if (recordings.empty()) GTEST_SKIP() << "no recorded streams (set POINTSMAN_DATA)";
  int compared = 0;
  for (const auto& recording : recordings) {
    const std::string stream = recording.stream();
    const Read out = read(stream);
    for (const std::size_t step : {1U, 3U, 61U}) EXPECT_EQ(read(stream, step).seen.lines, out.seen.lines);
    json::Document document;
    llm::Answer whole;
    if (out.malformed || !read_whole_answer(last_response(recording), document, whole)) continue;
    EXPECT_TRUE(out.done) << recording.name;
    // One of these is made by hand: its pieces are not all of its text.
    if (recording.abridged() || recording.name == "openai-shell-container.1.chunks.txt") continue;
    ++compared;
    EXPECT_EQ(summary(out.seen.parts), summary(whole.choices.front().parts)) << recording.name;
    EXPECT_EQ(out.seen.stop, whole.choices.front().stop) << recording.name;
    EXPECT_EQ(out.seen.usage.output_tokens, whole.usage.output_tokens) << recording.name;
  }
  EXPECT_GE(compared, 35) << "of " << recordings.size();
}

TEST(ResponsesStreamReader, LosesNothingOfContentsThatGrowByTurns) {
  const auto delta = [](int index, const std::string& text) {
    return event("response.output_text.delta",
                 "\"content_index\":" + std::to_string(index) + ",\"delta\":\"" + text + "\"");
  };
  const Read out = read(kCreated + delta(0, "a") + delta(1, "x") + delta(0, "b") +
                        event("response.output_text.done", R"("content_index":0,"text":"ab")") + delta(1, "y") +
                        delta(0, "too late") + kCompleted);
  ASSERT_EQ(out.seen.parts.size(), 2U);
  EXPECT_EQ(out.seen.parts[0].text, "ab");
  EXPECT_EQ(out.seen.parts[1].text, "xy");
}

// Wherever they land in another protocol's answer, it can still be read.
TEST(ResponsesStreamReader, DoesNotCarryLogprobsThatNestTooDeep) {
  const auto delta = [](std::size_t levels) {
    const std::string list = std::string(levels, '[') + "7" + std::string(levels, ']');
    return event("response.output_text.delta", R"("delta":"a","logprobs":)" + list);
  };
  const Read kept = read(kCreated + delta(16) + kCompleted);
  const Read deep = read(kCreated + delta(17) + kCompleted);
  EXPECT_EQ(kept.losses, llm::Losses());
  EXPECT_EQ(deep.losses, (llm::Losses{{"logprobs", true}}));
  EXPECT_TRUE(deep.done && !deep.malformed);
}

}  // namespace
}  // namespace pointsman::wire::openai_responses
