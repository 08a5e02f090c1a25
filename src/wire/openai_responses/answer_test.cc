#include <gtest/gtest.h>

#include "support/response_recordings.h"
#include "support/stream_transcript.h"
#include "wire/openai_responses/answer_reader.h"
#include "wire/openai_responses/answer_writer.h"

namespace pointsman::wire::openai_responses {
namespace {

using llm::PartKind;

llm::Part text(PartKind kind, std::string_view said) {
  llm::Part part;
  part.kind = kind;
  part.text = said;
  return part;
}

llm::Answer answer_of_all_kinds() {
  llm::Answer answer;
  answer.id = "msg_01abc";
  answer.model = "m-1";
  answer.created = 7;
  answer.usage = {.input_tokens = 3, .cached_input_tokens = 1, .output_tokens = 4, .reasoning_tokens = 2};
  llm::Choice& choice = answer.choices.emplace_back();
  choice.stop = llm::StopReason::kToolCalls;
  choice.logprobs = "{\"content\":[ {\"token\": \"a b\"} ],\"refusal\":null}";
  choice.parts.push_back(text(PartKind::kReasoning, "hm"));
  choice.parts.back().signature = "sig";
  choice.parts.push_back(text(PartKind::kText, "a b"));
  choice.parts.push_back(text(PartKind::kRefusal, "no"));
  llm::Part call;
  call.kind = PartKind::kToolCall;
  call.id = "call_1";
  call.name = "f";
  call.arguments = R"({"a":1.0})";
  choice.parts.push_back(call);
  call.custom = true;
  call.id = "";
  call.arguments = "x";
  choice.parts.push_back(call);
  return answer;
}

TEST(ResponsesAnswerWriter, WritesEveryKindOfPart) {
  std::string out;
  const auto losses = write_whole_answer(answer_of_all_kinds(), {.request = R"({"model":"auto"})"}, out);
  EXPECT_TRUE(losses.empty());
  EXPECT_EQ(
      out,
      R"({"id":"resp_01abc","object":"response","created_at":7,"status":"completed","background":false,"error":null,"incomplete_details":null,"instructions":null,"max_output_tokens":null,"max_tool_calls":null,"model":"m-1","output":[)"
      R"({"id":"rs_01abc_0","type":"reasoning","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"pointsman-sealed-signature-sig"},)"
      R"({"id":"msg_01abc_1","type":"message","status":"completed","content":[{"type":"output_text","annotations":[],"logprobs":[{"token":"a b"}],"text":"a b"},{"type":"refusal","refusal":"no"}],"role":"assistant"},)"
      R"({"id":"fc_01abc_2","type":"function_call","status":"completed","arguments":"{\"a\":1.0}","call_id":"call_1","name":"f"},)"
      R"({"id":"ctc_01abc_3","type":"custom_tool_call","status":"completed","input":"x","call_id":"call_01abc_3","name":"f"}],)"
      R"("parallel_tool_calls":true,"previous_response_id":null,"prompt_cache_key":null,"reasoning":{"effort":null,"summary":null},"safety_identifier":null,"service_tier":"default","store":false,"temperature":1,"text":{"format":{"type":"text"},"verbosity":"medium"},"tool_choice":"auto","tools":[],"top_logprobs":0,"top_p":1,"truncation":"disabled","usage":{"input_tokens":3,"input_tokens_details":{"cached_tokens":1,"cache_write_tokens":0},"output_tokens":4,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":7},"metadata":{}})");
}

TEST(ResponsesAnswerWriter, RepeatsTheRequestOnOneLine) {
  constexpr std::string_view kRequest = R"({ "model":"auto", "input":"x",
      "tools" : [ {"type":"function", "name":"f \" g"},
                  {"type":"function","name":"g","strict":true,"parameters":{}}, {"type":"custom","name":"c"}, 7 ],
      "metadata":{"a": "b  c"}, "temperature":0.20, "instructions":"be\nkind", "tool_choice":{"type":"function","name":"g"},
      "text":{"format":{"type":"json_schema","name":"n","schema":{}}}, "reasoning":{"effort":"low"}, "top_p":"wrong",
      "max_output_tokens":9, "parallel_tool_calls":false, "user":"u", "store":true, "service_tier":"flex"})";
  std::string out;
  llm::Answer answer = answer_of_all_kinds();
  write_whole_answer(answer, {.request = kRequest}, out);
  EXPECT_EQ(out.find('\n'), std::string::npos);
  testing::Json json(out);
  ASSERT_TRUE(json.ok);
  const auto at = [&json](const std::string& pointer) {
    simdjson::dom::element found;
    return json.root.at_pointer(pointer).get(found) == simdjson::SUCCESS ? simdjson::minify(found) : std::string();
  };
  EXPECT_EQ(at("/tools"),
            R"([{"type":"function","name":"f \" g","parameters":null,"strict":null},)"
            R"({"type":"function","name":"g","strict":true,"parameters":{}},{"type":"custom","name":"c"}])");
  EXPECT_EQ(at("/metadata"), R"({"a":"b  c"})");
  EXPECT_NE(out.find(R"("temperature":0.20,)"), std::string::npos);
  EXPECT_EQ(at("/instructions"), R"("be\nkind")");
  EXPECT_EQ(at("/tool_choice/name"), R"("g")");
  EXPECT_EQ(at("/text/format/type"), R"("json_schema")");
  EXPECT_EQ(at("/reasoning/effort"), R"("low")");
  EXPECT_EQ(at("/top_p"), "1") << "what is no number is not repeated";
  EXPECT_EQ(at("/max_output_tokens"), "9");
  EXPECT_EQ(at("/store"), "false") << "nothing is kept";
  out.clear();
  write_whole_answer(answer, {.request = "{\"tools\":[{\"type\":"}, out);
  EXPECT_TRUE(testing::Json(out).ok);
}

TEST(ResponsesAnswerWriter, LosesNothingInSilence) {
  llm::Answer answer;
  answer.choices.resize(2);
  answer.choices[0].parts.push_back(text(PartKind::kAudio, ""));
  answer.choices[0].stop = llm::StopReason::kPause;
  answer.choices[0].logprobs = R"({"content":[{"token":"x"}]})";
  std::string out;
  EXPECT_EQ(write_whole_answer(answer, {.id = "own", .model = "asked", .created = 5}, out),
            (llm::Losses{{"choices[1]", false},
                         {"stop reason: pause", false},
                         {"usage: not reported", true},
                         {"audio in the answer", false},
                         {"logprobs", true}}));
  testing::Json json(out);
  EXPECT_EQ(json.text_at("/id"), "resp_own");
  EXPECT_EQ(json.text_at("/model"), "asked");
  EXPECT_EQ(json.number_at("/created_at"), 5);
}

TEST(ResponsesAnswerReader, ReadsBackWhatTheWriterWrote) {
  const llm::Answer wanted = answer_of_all_kinds();
  std::string body;
  write_whole_answer(wanted, {}, body);
  json::Document document;
  llm::Answer seen;
  const auto losses = read_whole_answer(body, document, seen);
  ASSERT_TRUE(losses);
  EXPECT_TRUE(losses->empty());
  EXPECT_EQ(seen.id, "resp_01abc");
  EXPECT_EQ(seen.created, 7);
  EXPECT_EQ(seen.usage.reasoning_tokens, 2);
  ASSERT_EQ(seen.choices.size(), 1U);
  EXPECT_EQ(seen.choices[0].stop, llm::StopReason::kToolCalls);
  EXPECT_EQ(seen.choices[0].logprobs, R"({"content":[{"token":"a b"}],"refusal":null})");
  const auto& parts = seen.choices[0].parts;
  ASSERT_EQ(parts.size(), wanted.choices[0].parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    EXPECT_EQ(parts[i].kind, wanted.choices[0].parts[i].kind) << i;
    EXPECT_EQ(parts[i].text, wanted.choices[0].parts[i].text) << i;
    EXPECT_EQ(parts[i].arguments, wanted.choices[0].parts[i].arguments) << i;
    EXPECT_EQ(parts[i].custom, wanted.choices[0].parts[i].custom) << i;
  }
  EXPECT_EQ(parts[3].id, "call_1");
}

TEST(ResponsesAnswerReader, NamesWhatIsNoAnswer) {
  json::Document document;
  llm::Answer out;
  for (const std::string_view body : {"", "<html>", "[]", "{}", R"({"output":7})", R"({"output":[)"}) {
    const auto read = read_whole_answer(body, document, out);
    ASSERT_FALSE(read) << body;
    EXPECT_EQ(read.error().code(), base::ErrorCode::kParse);
    EXPECT_EQ(read.error().origin(), base::Origin::kUpstream);
  }
  const auto failed =
      read_whole_answer(R"({"status":"failed","output":[],"error":{"code":"x","message":"no"}})", document, out);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message(), "no");
}

TEST(ResponsesAnswerReader, NotesWhatANeutralAnswerHasNoPlaceFor) {
  json::Document document;
  llm::Answer out;
  const auto losses =
      read_whole_answer(R"({"status":"incomplete","incomplete_details":{"reason":"content_filter"},"output":[
      {"type":"web_search_call"},{"type":"message","phase":"commentary","content":[{"type":"output_text","text":"a","annotations":[{}]},
      {"type":"new"}]},{"type":"function_call","name":"f","namespace":"n","call_id":"c","arguments":"{}"}, 7, {}]})",
                        document, out);
  ASSERT_TRUE(losses);
  EXPECT_EQ(*losses, (llm::Losses{{"web_search_call", false},
                                  {"phase", true},
                                  {"annotations", false},
                                  {"new", false},
                                  {"namespace", false},
                                  {"an item without a type", false}}));
  EXPECT_EQ(out.choices.front().stop, llm::StopReason::kContentFilter);
  EXPECT_EQ(out.choices.front().parts.size(), 2U);
}

}  // namespace
}  // namespace pointsman::wire::openai_responses
