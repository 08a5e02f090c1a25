#include "wire/anthropic_messages/stream_reader.h"

#include <gtest/gtest.h>

#include "wire/anthropic_messages/event_record.h"

namespace pointsman::wire::anthropic_messages {
namespace {

using testing::event;
using testing::EventLines;
using testing::EventSum;
using testing::push;

const std::string kStart = event(
    R"({"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"usage":{"input_tokens":10,"output_tokens":1}}})");
const std::string kDelta = event(
    R"({"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":5}})");
const std::string kStop = event(R"({"type":"message_stop"})");
const std::string kEnd = "stop end \nusage 10/?/?/5/?\nEND\n";
const std::string kBegin = "begin msg_1 m 10/?/?/?/?\n";

std::string start(std::string_view index, std::string_view block) {
  return event(R"({"type":"content_block_start","index":)" + std::string(index) + R"(,"content_block":)" +
               std::string(block) + "}");
}
std::string delta(std::string_view index, std::string_view what) {
  return event(R"({"type":"content_block_delta","index":)" + std::string(index) + R"(,"delta":)" + std::string(what) +
               "}");
}
std::string stop(std::string_view index) {
  return event(R"({"index":)" + std::string(index) + R"(,"type":"content_block_stop" })");
}

struct Seen {
  std::string lines;
  testing::Pushed how;
};

Seen read(std::string_view stream, std::size_t step = 100) {
  json::Document document;
  EventLines sink;
  testing::Pushed how = push(stream, step, document, sink);
  return {std::move(sink.lines), std::move(how)};
}

struct Golden {
  std::string_view what;
  std::string stream;
  std::string lines;
  std::string_view losses = "";
};

const std::string kText = start("0", R"({"type":"text","text":""})");

const Golden kGolden[] = {
    {"text in pieces, pings between",
     kStart + kText + event(R"({"type":"ping"})") + delta("0", R"({"text":"Hé","type":"text_delta"})") +
         delta("0", R"({"type":"text_delta","text":"llo\ud83d\ude00"})") + stop("0") + kDelta + kStop,
     kBegin + "0 text  \n0 + Hé\n0 + llo😀\n0 end\n" + kEnd},
    {"thinking, sealed thinking, calls with pieces, with a whole input and with none",
     kStart + start("0", R"({"type":"thinking","thinking":"h","signature":""})") +
         delta("0", R"({"type":"thinking_delta","thinking":"m"})") +
         delta("0", R"({"type":"signature_delta","signature":"sig"})") + stop("0") +
         start("1", R"({"type":"redacted_thinking","data":"xyz"})") + stop("1") +
         start("2", R"({"type":"tool_use","id":"a","name":"f","input":{ }})") +
         delta("2", R"({"type":"input_json_delta","partial_json":""})") +
         delta("2", R"({"type":"input_json_delta","partial_json":"{\"n\""})") +
         delta("2", R"({"type":"input_json_delta","partial_json":":1}"})") + stop("2") +
         start("3", R"({"type":"tool_use","id":"b","name":"g","input":{"x":1.0}})") + stop("3") +
         start("4", R"({"type":"tool_use","id":"c","name":"h","input":{}})") + stop("4") +
         event(
             R"({"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"input_tokens":12,"cache_read_input_tokens":3,"output_tokens":5}})") +
         kStop,
     kBegin + "0 reasoning  \n0 + h\n0 + m\n0 signed sig\n0 end\n1 reasoning  \n1 sealed xyz\n1 end\n2 call a f\n2 + "
              "{\"n\"\n2 + :1}\n2 end\n3 call b g\n3 + {\"x\":1.0}\n3 end\n4 call c h\n4 + {}\n4 end\nstop tool_calls "
              "\nusage 15/3/?/5/?\nEND\n"},
    {"message_start twice", kStart + kStart + kText + stop("0") + kDelta + kStop, kBegin + "0 text  \n0 end\n" + kEnd},
    {"a second message spliced in",
     kStart + start("0", R"({"type":"tool_use","id":"a","name":"f","input":{}})") +
         delta("0", R"({"type":"input_json_delta","partial_json":"{\"cut"})") +
         event(
             R"({"type":"message_start","message":{"id":"msg_2","model":"m","usage":{"input_tokens":11,"output_tokens":1}}})") +
         start("0", R"({"type":"text","text":"again"})") + stop("0") + kDelta + kStop,
     kBegin + "0 call a f\n0 + {\"cut\n0 end\n1 text  \n1 + again\n1 end\nstop end \nusage 11/?/?/5/?\nEND\n",
     "!message_start: a second message in the same stream\n"},
    {"blocks of the provider's own, citations, unknown events",
     kStart + start("0", R"({"type":"server_tool_use","id":"s","name":"web_search","input":{}})") +
         delta("0", R"({"type":"input_json_delta","partial_json":"{}"})") + stop("0") +
         start("1", R"({"type":"fallback","from":{}})") + stop("1") + start("2", R"({"type":"text","text":"a"})") +
         delta("2", R"({"type":"citations_delta","citation":{"url":"u"}})") + delta("2", R"({"type":"new_delta"})") +
         stop("2") + event(R"({"type":"new_event"})") + kDelta + kStop,
     kBegin + "0 text  \n0 + a\n0 end\n" + kEnd, "!server_tool_use\n-fallback\n!citations\n!new_delta\n!new_event\n"},
    {"deltas without their start",
     kStart + delta("0", R"({"type":"text_delta","text":"a"})") + delta("0", R"({"type":"text_delta","text":"b"})") +
         delta("7", R"({"type":"input_json_delta","partial_json":"{"})") + kDelta + kStop,
     kBegin + "0 text  \n0 + a\n0 + b\n0 end\n" + kEnd, "!input_json_delta: without its content block\n"},
    {"a stop sequence",
     kStart + event(R"({"type":"message_delta","delta":{"stop_sequence":"END","stop_reason":"stop_sequence"}})") +
         kStop,
     kBegin + "stop stop_sequence END\nEND\n"},
    {"a reason that is new",
     kStart + event(R"({"type":"message_delta","delta":{"stop_reason":"bored","stop_details":{"type":"x"}}})") + kStop,
     kBegin + "stop unknown \nEND\n", "-stop_details\n-stop_reason: bored\n"},
    {"an error in the middle, and nothing behind it",
     kStart + kText + event(R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})") + kDelta +
         kStop,
     kBegin + "0 text  \nerror overloaded_error: Overloaded\n"},
    {"an error that is no JSON", "event: error\ndata: upstream gone\n\n", "begin   ?/?/?/?/?\nerror : upstream gone\n"},
    {"names missing, CRLF, comments", ": hi\r\n\r\ndata: {\"type\":\"message_stop\"}\r\n\r\ndata: [DONE]\r\n\r\n",
     "begin   ?/?/?/?/?\nstop unknown \nEND\n"},
    {"a stream cut short", kStart + kText + delta("0", R"({"type":"text_delta","text":"a"})"),
     kBegin + "0 text  \n0 + a\n"},
};

TEST(MessagesStreamReader, GivesTheEventsOfEveryGoldenStream) {
  for (const Golden& golden : kGolden) {
    const Seen seen = read(golden.stream);
    EXPECT_EQ(seen.lines, golden.lines) << golden.what;
    EXPECT_EQ(testing::shown(seen.how.losses), golden.losses) << golden.what;
    EXPECT_EQ(seen.how.done, golden.what != "a stream cut short") << golden.what;
    EXPECT_EQ(seen.how.malformed, golden.what == "an error that is no JSON") << golden.what;
  }
}

TEST(MessagesStreamReader, GivesTheSameEventsForAnySplit) {
  for (const Golden& golden : kGolden) {
    for (std::size_t step = 1; step <= golden.stream.size(); step += step < 40 ? 1 : 37) {
      EXPECT_EQ(read(golden.stream, step).lines, golden.lines) << golden.what << " " << step;
    }
  }
}

TEST(MessagesStreamReader, SkipsWhatCannotBeRead) {
  const Seen seen = read(kStart + "data: {\"type\":\n\n" + kText + "data: 7\n\n" +
                             event(R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":")" +
                                   std::string(2U << 20, 'x') + R"("}})") +
                             stop("0") + kDelta + kStop,
                         4096);
  EXPECT_EQ(seen.lines, kBegin + "0 text  \n0 end\n" + kEnd);
  EXPECT_TRUE(seen.how.malformed);
  EXPECT_EQ(testing::shown(seen.how.losses), "!an event too large to be read\n");
}

TEST(MessagesStreamReader, KeepsNoMoreBlocksOpenThanAStreamMayHave) {
  std::string stream = kStart;
  for (int i = 0; i < 1000; ++i) stream += start(std::to_string(i), R"({"type":"text","text":"x"})");
  json::Document document;
  EventSum sum;
  push(stream + kDelta + kStop, 5000, document, sum);
  EXPECT_TRUE(sum.in_order && sum.ended);
  EXPECT_EQ(sum.parts.size(), 1000U);
}

}  // namespace
}  // namespace pointsman::wire::anthropic_messages
