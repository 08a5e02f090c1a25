#include "wire/openai_chat/stream_reader.h"

#include <gtest/gtest.h>

#include "support/stream_events.h"

namespace pointsman::wire::openai_chat {
namespace {

using pointsman::testing::EventLog;
using pointsman::testing::feed_stream;
using pointsman::testing::frame;

struct Heard {
  std::string events;
  llm::Losses losses;
  bool done = false;
  bool malformed = false;
};

Heard listen(std::string_view stream, std::size_t step = 1U << 20) {
  json::Document document;
  const auto reader = make_stream_reader(document);
  EventLog log;
  feed_stream(stream, step, *reader, log);
  return {log.text, reader->losses(), reader->done(), reader->malformed()};
}

// A stream of chunks with these members each; those of the first are joined by id and model.
std::string chunks(std::initializer_list<std::string_view> members) {
  std::string out;
  for (const std::string_view one : members) {
    const std::string head = out.empty() ? R"({"id":"c1","model":"m","created":5,)" : "{";
    out += frame(head + std::string(one) + "}");
  }
  return out;
}
std::string delta(std::string_view members, std::string_view finish = "null", int index = 0) {
  return R"("choices":[{"index":)" + std::to_string(index) + R"(,"delta":{)" + std::string(members) +
         R"(},"finish_reason":)" + std::string(finish) + "}]";
}
std::string call(std::string_view members) {
  return delta(R"("tool_calls":[)" + std::string(members) + "]");
}

const std::string kUsage = R"("choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7})";
const std::string kDone = frame("[DONE]");
const std::string kStop = delta("", R"("stop")");
const std::string kCalled = delta("", R"("tool_calls")");

struct Case {
  std::string_view name;
  std::string stream;
  std::string_view events;  // behind "begin c1 m 5"
};

const Case kCases[] = {
    {"text",
     chunks({delta(R"("role":"assistant","content":"","refusal":null)"), delta(R"("content":"Hel")"),
             delta(R"("content":"lo")"), kStop, kUsage}) +
         kDone,
     "+0 text\n0 Hel\n0 lo\n-0\nstop end\nusage 3/4\nend\n"},
    {"content together with the finish_reason, and usage beside it",
     chunks({delta(R"("content":"hi")", R"("length")") + R"(,"usage":{"prompt_tokens":1,"completion_tokens":2})"}) +
         kDone,
     "+0 text\n0 hi\nusage 1/2\n-0\nstop length\nend\n"},
    {"a finish_reason on every chunk",
     chunks({delta(R"("content":"a")", R"("stop")"), delta(R"("content":"b")", R"("stop")")}) + kDone,
     "+0 text\n0 a\n0 b\n-0\nstop end\nend\n"},
    {"no last word, but every choice has its reason", chunks({delta(R"("content":"a")"), kStop}),
     "+0 text\n0 a\n-0\nstop end\nend\n"},
    {"broken off", chunks({delta(R"("content":"a")")}), "+0 text\n0 a\n"},
    {"one of two choices broken off",
     chunks({delta(R"("content":"a")"), delta(R"("content":"b")", "null", 1), delta("", R"("stop")", 1)}),
     "+0 text\n0 a\n#1 +0 text\n#1 0 b\n"},
    {"two choices, mixed",
     chunks({delta(R"("content":"a")"), delta(R"("content":"b")", "null", 1), delta(R"("content":"c")"),
             delta("", R"("stop")", 1), kStop}) +
         kDone,
     "+0 text\n0 a\n#1 +0 text\n#1 0 b\n0 c\n-0\nstop end\n#1 -0\n#1 stop end\nend\n"},
    {"reasoning, then text",
     chunks({delta(R"("reasoning_content":"hm","content":"")"), delta(R"("reasoning_content":"!","content":null)"),
             delta(R"("content":"yes")"), kStop}) +
         kDone,
     "+0 reasoning\n0 hm\n0 !\n-0\n+1 text\n1 yes\n-1\nstop end\nend\n"},
    {"the same reasoning under two names",
     chunks({delta(R"("reasoning":"hm","reasoning_content":"hm")"), kStop}) + kDone,
     "+0 reasoning\n0 hm\n-0\nstop end\nend\n"},
    {"reasoning_details with a signature behind",
     chunks(
         {delta(
              R"("content":"","reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm","index":0}])"),
          delta(R"("content":"","reasoning_details":[{"type":"reasoning.text","signature":"s1","index":0}])"),
          delta(R"("content":"x")"), kStop}) +
         kDone,
     "+0 reasoning\n0 hm\n0 signature s1\n-0\n+1 text\n1 x\n-1\nstop end\nend\n"},
    {"a summary and an encrypted block",
     chunks(
         {delta(
              R"("reasoning_details":[{"type":"reasoning.summary","summary":"S","index":0},{"type":"reasoning.encrypted","data":"e","id":"rs_1","index":1}])"),
          kStop}) +
         kDone,
     "+0 summary reasoning\n0 S\n-0\n+1 reasoning rs_1\n1 opaque e\n-1\nstop end\nend\n"},
    {"content in parts",
     chunks(
         {delta(
              R"("content":[{"type":"thinking","thinking":[{"type":"text","text":"t"}]},{"type":"text","text":"x"}])"),
          kStop}) +
         kDone,
     "+0 reasoning\n0 t\n-0\n+1 text\n1 x\n-1\nstop end\nend\n"},
    {"a refusal", chunks({delta(R"("refusal":"No")"), delta(R"("refusal":".")"), kStop}) + kDone,
     "+0 refusal\n0 No\n0 .\n-0\nstop refusal\nend\n"},
    {"a tool call",
     chunks({call(R"({"index":0,"id":"t1","type":"function","function":{"name":"f","arguments":""}})"),
             call(R"({"index":0,"function":{"arguments":"{\"a\""}})"),
             call(R"({"index":0,"function":{"arguments":":1}"}})"), kCalled}) +
         kDone,
     "+0 call t1 f\n0 {\"a\"\n0 :1}\n-0\nstop tool_calls\nend\n"},
    {"an index that starts at 1, names that are repeated and empty",
     chunks({delta(R"("content":"ok")"), call(R"({"index":1,"id":"t1","function":{"name":"f","arguments":"{"}})"),
             call(R"({"index":1,"id":"t1","function":{"name":"f","arguments":"}"}})"),
             call(R"({"index":1,"id":"","function":{"name":"","arguments":""}})"), kCalled}) +
         kDone,
     "+0 text\n0 ok\n-0\n+1 call t1 f\n1 {\n1 }\n-1\nstop tool_calls\nend\n"},
    {"several whole calls in one delta, said to end with stop",
     chunks(
         {call(
              R"({"index":0,"id":"t1","function":{"name":"f","arguments":"{}"}},{"index":1,"id":"t2","function":{"name":"g","arguments":"{\"b\":[]}"}})"),
          kStop}) +
         kDone,
     "+0 call t1 f\n0 {}\n-0\n+1 call t2 g\n1 {\"b\":[]}\n-1\nstop tool_calls\nend\n"},
    {"one index for all calls",
     chunks({call(R"({"index":0,"id":"t1","function":{"name":"f","arguments":"{}"}})"),
             call(R"({"index":0,"id":"t2","function":{"name":"f","arguments":"{}"}})"), kStop}) +
         kDone,
     "+0 call t1 f\n0 {}\n-0\n+1 call t2 f\n1 {}\n-1\nstop tool_calls\nend\n"},
    {"no index at all",
     chunks({call(R"({"id":"t1","function":{"name":"f","arguments":"{"}})"), call(R"({"function":{"arguments":"}"}})"),
             call(R"({"id":"t2","function":{"name":"g","arguments":"{}"}})"), kStop}) +
         kDone,
     "+0 call t1 f\n0 {\n0 }\n-0\n+1 call t2 g\n1 {}\n-1\nstop tool_calls\nend\n"},
    {"a new id for every piece",
     chunks({call(R"({"index":0,"id":"r1","function":{"name":"f","arguments":"{"}})"),
             call(R"({"index":0,"id":"r2","function":{"name":"f","arguments":"}"}})"), kCalled}) +
         kDone,
     "+0 call r1 f\n0 {\n0 }\n-0\nstop tool_calls\nend\n"},
    {"a name that comes late",
     chunks({call(R"({"index":0,"id":"t1","function":{"arguments":"{"}})"),
             call(R"({"index":0,"function":{"name":"f","arguments":"}"}})"), kCalled}) +
         kDone,
     "+0 call t1 f\n0 {}\n-0\nstop tool_calls\nend\n"},
    {"calls whose arguments come mixed",
     chunks(
         {call(
              R"({"index":0,"id":"t1","function":{"name":"f","arguments":"{"}},{"index":1,"id":"t2","function":{"name":"g","arguments":"{"}})"),
          call(R"({"index":0,"function":{"arguments":"}"}},{"index":1,"function":{"arguments":"}"}})"), kCalled}) +
         kDone,
     "+0 call t1 f\n0 {\n+1 call t2 g\n1 {\n0 }\n1 }\n-0\n-1\nstop tool_calls\nend\n"},
    {"arguments as an object",
     chunks({call(R"({"index":0,"id":"t1","function":{"name":"f","arguments":{"a": 1e2}}})"), kCalled}) + kDone,
     "+0 call t1 f\n0 {\"a\": 1e2}\n-0\nstop tool_calls\nend\n"},
    {"a custom tool",
     chunks({call(R"({"index":0,"id":"t1","type":"custom","custom":{"name":"f","input":"ab"}})"),
             call(R"({"index":0,"custom":{"input":"c"}})"), kCalled}) +
         kDone,
     "+0 custom call t1 f\n0 ab\n0 c\n-0\nstop tool_calls\nend\n"},
    {"the legacy function_call",
     chunks({delta(R"("function_call":{"name":"f","arguments":""})"), delta(R"("function_call":{"arguments":"{}"})"),
             delta("", R"("function_call")")}) +
         kDone,
     "+0 call f\n0 {}\n-0\nstop tool_calls\nend\n"},
    {"logprobs",
     chunks(
         {R"("choices":[{"index":0,"delta":{"content":"a"},"logprobs":{"content":[{"token":"a","logprob":-0.10}],"refusal":null},"finish_reason":null}])",
          kStop}) +
         kDone,
     "+0 text\n0 a\nlogprobs [{\"token\":\"a\",\"logprob\":-0.10}]\n-0\nstop end\nend\n"},
    {"a whole message instead of deltas",
     chunks({R"("choices":[{"index":0,"message":{"role":"assistant","content":"all"},"finish_reason":"stop"}])"}) +
         kDone,
     "+0 text\n0 all\n-0\nstop end\nend\n"},
    {"the sequence that stopped it",
     chunks({delta(R"("content":"a")"),
             R"("choices":[{"index":0,"delta":{},"finish_reason":"stop","stop_reason":"END"}])"}) +
         kDone,
     "+0 text\n0 a\n-0\nstop stop_sequence END\nend\n"},
    {"an error behind some text",
     chunks(
         {delta(R"("content":"a")"), R"("error":{"message":"busy","type":"server_error","code":502},"choices":[])"}) +
         kDone,
     "+0 text\n0 a\nerror server_error 502 busy\n"},
    {"an error inside of a choice",
     chunks({delta(R"("content":"a")"),
             R"("choices":[{"index":0,"delta":{},"finish_reason":"error","error":{"message":"gone"}}])"}) +
         kDone,
     "+0 text\n0 a\nerror gone\n"},
    {"usage in Groq's place",
     chunks({delta(R"("content":"a")"),
             delta("", R"("stop")") + R"(,"x_groq":{"id":"r","usage":{"prompt_tokens":8,"completion_tokens":9}})"}) +
         kDone,
     "+0 text\n0 a\nusage 8/9\n-0\nstop end\nend\n"},
    {"no finish_reason before the last word", chunks({delta(R"("content":"a")")}) + kDone,
     "+0 text\n0 a\n-0\nstop unknown\nend\n"},
};

TEST(ChatStreamReader, UnderstandsWhatServersSend) {
  for (const Case& c : kCases) {
    EXPECT_EQ(listen(c.stream).events, "begin c1 m 5\n" + std::string(c.events)) << c.name;
  }
}

TEST(ChatStreamReader, GivesTheSameEventsForAnySplit) {
  for (const Case& c : kCases) {
    const Heard whole = listen(c.stream);
    for (std::size_t step = 1; step < 24; ++step) {
      const Heard cut = listen(c.stream, step);
      ASSERT_EQ(cut.events, whole.events) << c.name << ", " << step;
      ASSERT_EQ(cut.losses, whole.losses) << c.name << ", " << step;
    }
  }
}

TEST(ChatStreamReader, BeginsWithTheFirstChunkThatSaysSomething) {
  const std::string azure =
      frame(R"({"choices":[],"created":0,"id":"","model":"","prompt_filter_results":[{"prompt_index":0}]})");
  const Heard heard = listen(azure + chunks({}) +
                             frame(R"({"id":"c1","model":"m","created":5,)" + delta(R"("content":"a")") + "}") + kDone);
  EXPECT_EQ(heard.events, "begin c1 m 5\n+0 text\n0 a\n-0\nstop unknown\nend\n");
  EXPECT_EQ(heard.losses, (llm::Losses{{"prompt_filter_results", true}}));
}

TEST(ChatStreamReader, NotesOnceWhatItHasNoPlaceFor) {
  const Heard heard = listen(
      chunks({delta(R"("content":"a","annotations":[])") +
                  R"(,"citations":["u"],"obfuscation":"x","system_fingerprint":"f")",
              delta(R"("content":"b","audio":{"id":"x"})") + R"(,"citations":["u"],"service_tier":null)", kStop}) +
      kDone);
  EXPECT_EQ(heard.losses, (llm::Losses{{"citations", false}, {"system_fingerprint", true}, {"audio", false}}));
}

TEST(ChatStreamReader, SkipsWhatIsNotJsonAndDoesNotCallThatAGoodEnd) {
  const Heard heard = listen(chunks({delta(R"("content":"a")")}) + "data: <html>\n\n" + frame("{" + kStop + "}"));
  EXPECT_EQ(heard.events, "begin c1 m 5\n+0 text\n0 a\n");
  EXPECT_TRUE(heard.malformed);
  EXPECT_FALSE(heard.done);
}

TEST(ChatStreamReader, IgnoresCommentsEmptyEventsAndWhatFollowsTheLastWord) {
  const std::string text = chunks({delta(R"("content":"a")"), kStop});
  const Heard heard = listen(": PROCESSING\r\n\r\ndata:\n\n" + text + "data: [DONE] \r\n\r\n" + frame("{}") + kDone);
  EXPECT_EQ(heard.events, "begin c1 m 5\n+0 text\n0 a\n-0\nstop end\nend\n");
  EXPECT_TRUE(heard.done);
  EXPECT_FALSE(heard.malformed);
}

TEST(ChatStreamReader, TakesAnErrorByTheNameOfItsEvent) {
  const Heard heard = listen("event: error\ndata: {\"message\":\"gone\",\"type\":\"overloaded_error\"}\n\n");
  EXPECT_EQ(heard.events, "error overloaded_error gone\n");
}

TEST(ChatStreamReader, RefusesChoicesAndCallsWithoutNumber) {
  std::string many = R"("choices":[{"index":0,"delta":{"tool_calls":[)";
  for (int i = 0; i < 300; ++i) {
    many +=
        (i == 0 ? "" : ",") + std::string(R"({"index":)") + std::to_string(i) + R"(,"id":"t","function":{"name":"f"}})";
  }
  const Heard heard = listen(chunks({many + "]}}]", delta(R"("content":"x")", "null", 128), delta("", "null", -1)}));
  EXPECT_EQ(heard.losses, (llm::Losses{{"more tool calls than can be followed", false},
                                       {"a choice of number 128", false},
                                       {"a choice of number -1", false}}));
}

}  // namespace
}  // namespace pointsman::wire::openai_chat
