#include <gtest/gtest.h>

#include "wire/openai_responses/conversation_reader.h"
#include "wire/openai_responses/request_writer.h"

namespace pointsman::wire::openai_responses {
namespace {

using llm::PartKind;
using llm::Role;

struct Read {
  llm::Conversation conversation;
  llm::Losses losses;
};

base::Result<Read> read(std::string_view body) {
  json::Document document;
  Read out;
  PM_TRY(out.losses, read_conversation(body, document, out.conversation));
  return out;
}

// What a request becomes on its way through the neutral form. Losses as words, '!' before those that matter.
struct Through {
  std::string body;
  std::string losses;
};
std::string words(const llm::Losses& losses) {
  std::string out;
  for (const llm::Loss& loss : losses)
    out += (out.empty() ? "" : ", ") + std::string(loss.minor ? "" : "!") + loss.what;
  return out;
}
Through pass(std::string_view body) {
  const auto in = read(body);
  if (!in) return {"refused: " + in.error().message() + " at " + in.error().place(), {}};
  Through out;
  const auto losses = write_request(in->conversation, {.model = "up"}, out.body);
  EXPECT_TRUE(losses);
  out.losses = words(in->losses) + (losses && !losses->empty() ? " | " + words(*losses) : "");
  return out;
}

struct Case {
  std::string_view name;
  std::string_view body;
  std::string_view wanted;
  std::string_view losses;
};

constexpr Case kCases[] = {
    {"the least", R"({"model":"a","input":"hi","store":false})",
     R"({"model":"up","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}],"store":false})",
     ""},
    {"settings",
     R"({"model":"a","input":"hi","instructions":"be kind","max_output_tokens":90,"temperature":0.70,"top_p":1e0,
         "parallel_tool_calls":false,"reasoning":{"effort":"low","summary":"auto"},"text":{"verbosity":"high"},
         "include":["message.output_text.logprobs","reasoning.encrypted_content"],"top_logprobs":2,"user":"u",
         "prompt_cache_key":"k","service_tier":"flex","stream":true,"store":false,"truncation":"disabled"})",
     R"({"model":"up","instructions":"be kind","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}],"text":{"verbosity":"high"},"reasoning":{"effort":"low","summary":"auto"},"include":["message.output_text.logprobs","reasoning.encrypted_content"],"parallel_tool_calls":false,"max_output_tokens":90,"temperature":0.70,"top_p":1e0,"top_logprobs":2,"user":"u","prompt_cache_key":"k","service_tier":"flex","store":false,"stream":true})",
     ""},
    {"what is said and shown",
     R"({"model":"a","store":false,"input":[{"role":"developer","content":"d"},
         {"content":[{"type":"input_text","text":"t"},{"type":"input_image","image_url":"https://x/i","detail":"low"},
          {"image_url":"data:image/gif;base64,AAAA","type":"input_image"},{"type":"input_image","file_id":"f1","detail":"auto"},
          {"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,JVBE"},
          {"type":"input_file","file_url":"https://x/f"},{"type":"input_audio","input_audio":{"data":"UklG","format":"wav"}}],
          "role":"user","type":"message"},
         {"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[
          {"type":"output_text","text":"o","annotations":[],"logprobs":[]},{"type":"refusal","refusal":"r"}]}]})",
     R"({"model":"up","input":[{"type":"message","role":"developer","content":[{"type":"input_text","text":"d"}]},{"type":"message","role":"user","content":[{"type":"input_text","text":"t"},{"type":"input_image","image_url":"https://x/i","detail":"low"},{"type":"input_image","image_url":"data:image/gif;base64,AAAA","detail":"auto"},{"type":"input_image","file_id":"f1","detail":"auto"},{"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,JVBE"},{"type":"input_file","file_url":"https://x/f"}]},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"o"},{"type":"refusal","refusal":"r"}]}],"store":false})",
     " | !audio"},
    {"calls, their outputs and thoughts",
     R"({"model":"a","store":false,"input":[{"role":"user","content":"q"},
         {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"s1"},{"type":"summary_text","text":"s2"}],"encrypted_content":"pointsman-sealed-opaque-zzz"},
         {"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{\"a\": 1.0}"},
         {"type":"custom_tool_call","call_id":"c2","name":"sql","input":"SELECT 1"},
         {"type":"function_call_output","call_id":"c1","output":"42"},
         {"type":"custom_tool_call_output","call_id":"c2","output":[{"type":"input_text","text":"x"},{"type":"input_image","image_url":"u","detail":"auto"}]}]})",
     R"({"model":"up","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"q"}]},{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"s1"},{"type":"summary_text","text":"s2"}],"encrypted_content":"zzz"},{"type":"function_call","call_id":"c1","name":"f","arguments":"{\"a\": 1.0}"},{"type":"custom_tool_call","call_id":"c2","name":"sql","input":"SELECT 1"},{"type":"function_call_output","call_id":"c1","output":"42"},{"type":"custom_tool_call_output","call_id":"c2","output":[{"type":"input_text","text":"x"},{"type":"input_image","image_url":"u","detail":"auto"}]}],"store":false})",
     ""},
    {"tools and formats",
     R"({"model":"a","input":"q","store":false,"tools":[
         {"type":"function","name":"f","description":"d","parameters":{"type":"object","x":1.50},"strict":true},
         {"type":"function","name":"g","parameters":null,"strict":null},
         {"type":"custom","name":"sql","format":{"type":"grammar","syntax":"lark","definition":"start: \"a\""}},
         {"type":"custom","name":"free","format":{"type":"text"}}],"tool_choice":{"type":"custom","name":"sql"},
         "text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true}}})",
     R"({"model":"up","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"q"}]}],"tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object","x":1.50},"strict":true},{"type":"function","name":"g","parameters":null,"strict":false},{"type":"custom","name":"sql","format":{"type":"grammar","syntax":"lark","definition":"start: \"a\""}},{"type":"custom","name":"free"}],"tool_choice":{"type":"custom","name":"sql"},"text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true}},"store":false})",
     ""},
    {"only some of the tools",
     R"({"model":"a","input":"q","store":false,"tool_choice":{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"g"}]},
         "tools":[{"type":"function","name":"f"},{"type":"function","name":"g"}]})",
     R"({"model":"up","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"q"}]}],"tools":[{"type":"function","name":"g","parameters":null,"strict":false}],"tool_choice":"required","store":false})",
     ""},
    {"what only OpenAI's service can do",
     R"({"model":"a","input":[{"role":"user","content":[{"type":"input_text","text":"q","prompt_cache_breakpoint":{}},{"type":"new"}],"phase":"commentary"},
         {"id":"msg_9"},{"type":"web_search_call","id":"ws_1","status":"completed"},
         {"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAA"}],
         "previous_response_id":"resp_1","conversation":"c","prompt":{"id":"p"},"metadata":{"a":"b"},"truncation":"auto",
         "tools":[{"type":"web_search"}],"tool_choice":{"type":"web_search"},"max_tool_calls":3,"include":["file_search_call.results"],
         "stream_options":{"include_obfuscation":true},"reasoning":{"context":"all_turns"},"safety_identifier":"s","user":"u","new":1})",
     R"({"model":"up","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"q"}]}],"user":"s","store":false})",
     "input[0].content[0].prompt_cache_breakpoint, !input[0].content[1]: new, input[0].phase, !input[1]: "
     "item_reference, "
     "!input[2]: web_search_call, input[3].encrypted_content, !previous_response_id, !conversation, "
     "!prompt, metadata, "
     "truncation, !tools[0]: web_search, !tool_choice: web_search, max_tool_calls, include[0]: "
     "file_search_call.results, "
     "stream_options.include_obfuscation, !reasoning.context, !new, store, user"},
    {"what says nothing is no loss",
     R"({"model":"a","input":"q","store":false,"metadata":{},"previous_response_id":null,"background":false,"prompt":null,
         "tools":null,"tool_choice":null,"text":{"format":{"type":"text"}},"reasoning":null,"top_logprobs":0,"include":null,
         "stream_options":{"include_obfuscation":false},"service_tier":null,"conversation":null,"stream":null})",
     R"({"model":"up","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"q"}]}],"store":false})",
     ""},
    {"an error keeps its place", R"({"model":"a","input":[{"role":"user","content":[{"type":"input_text"}]}]})",
     R"(refused: the member "text" is required at /input/0/content/0/text)", ""},
    {"a role nobody has", R"({"model":"a","input":[{"role":"boss","content":"x"}]})",
     R"(refused: must be "user", "assistant", "system" or "developer" at /input/0/role)", ""},
    {"work in the background", R"({"model":"a","input":"x","background":true})",
     "refused: work in the background is not supported at /background", ""},
    {"a member twice", R"({"model":"a","input":"x","input":"y"})", "refused: stands twice in the same object at /input",
     ""},
    {"nothing to say", R"({"model":"a","previous_response_id":"r"})",
     "refused: without any message in it, the request cannot be put to a model of another provider at "
     "/input",
     ""},
    {"a call without a name", R"({"model":"a","input":[{"type":"function_call","call_id":"c"}]})",
     R"(refused: the member "name" is required at /input/0/name)", ""},
    {"no tool is allowed",
     R"({"model":"a","input":"x","tool_choice":{"type":"allowed_tools","mode":"required","tools":[]}})",
     R"(refused: none of these tools is among "tools" at /tool_choice/tools)", ""},
};

TEST(ResponsesConversation, GoesThroughTheNeutralFormAndBack) {
  for (const Case& c : kCases) {
    const Through out = pass(c.body);
    EXPECT_EQ(out.body, c.wanted) << c.name;
    EXPECT_EQ(out.losses, c.losses) << c.name;
  }
}

TEST(ResponsesConversation, MakesOneMessageOfWhatTheAssistantDidInARow) {
  const auto in = read(R"({"model":"a","input":[{"role":"user","content":"q"},
      {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"s"}],"content":[{"type":"reasoning_text","text":"t"}],
       "encrypted_content":"pointsman-sealed-signature-c2ln"},
      {"role":"assistant","content":"a"},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},
      {"type":"function_call_output","call_id":"c","output":"1"},{"type":"function_call_output","call_id":"d","output":"2"}]})");
  ASSERT_TRUE(in) << in.error().message();
  const auto& messages = in->conversation.messages;
  ASSERT_EQ(messages.size(), 4U);
  EXPECT_EQ(messages[1].role, Role::kAssistant);
  ASSERT_EQ(messages[1].parts.size(), 4U);
  EXPECT_TRUE(messages[1].parts[0].summary);
  EXPECT_EQ(messages[1].parts[0].id, "rs_1");
  EXPECT_EQ(messages[1].parts[0].signature, "");
  EXPECT_EQ(messages[1].parts[1].text, "t");
  EXPECT_EQ(messages[1].parts[1].signature, "c2ln");
  EXPECT_EQ(messages[1].parts[3].kind, PartKind::kToolCall);
  EXPECT_EQ(messages[3].role, Role::kTool);
  EXPECT_EQ(messages[3].parts[0].content[0].text, "2");
}

TEST(ResponsesConversation, BoundsWhatABodyCanMakeUsKeep) {
  std::string parts;
  for (std::size_t i = 0; i <= kMaxParts; ++i) parts += R"({"type":"input_text","text":""},)";
  parts.pop_back();
  const auto in = read(R"({"model":"a","input":[{"role":"user","content":[)" + parts + "]}]}");
  ASSERT_FALSE(in);
  EXPECT_EQ(in.error().code(), base::ErrorCode::kTooLarge);
  const std::string deep(1000, '[');
  EXPECT_EQ(read(R"({"model":"a","x":)" + deep).error().code(), base::ErrorCode::kParse);
}

TEST(ResponsesRequestWriter, NotesWhatThisProtocolCannotSay) {
  llm::Conversation chat;
  chat.model = "m";
  chat.stop = {"x"};
  chat.top_k = "4";
  chat.seed = "1";
  chat.choices = 2;
  chat.presence_penalty = "0.0";
  chat.frequency_penalty = "0.5";
  chat.reasoning.budget_tokens = 5000;
  llm::Message& message = chat.messages.emplace_back();
  message.role = Role::kAssistant;
  message.name = "bob";
  llm::Part& thought = message.parts.emplace_back();
  thought.kind = PartKind::kReasoning;
  thought.text = "hm";
  thought.signature = "another's";
  llm::Message& tool = chat.messages.emplace_back();
  tool.role = Role::kTool;
  llm::Part& result = tool.parts.emplace_back();
  result.kind = PartKind::kToolResult;
  result.id = "c";
  result.is_error = true;
  result.cache_control = "{}";
  std::string out;
  const auto losses = write_request(chat, {}, out);
  ASSERT_TRUE(losses);
  EXPECT_EQ(words(*losses),
            "!name, reasoning, cache_control, !is_error, reasoning: a budget becomes an effort, !stop, !top_k, "
            "!frequency_penalty, seed, !n");
  EXPECT_EQ(out, R"({"model":"m","input":[{"type":"function_call_output","call_id":"c","output":""}],)"
                 R"("reasoning":{"effort":"medium"},"include":["reasoning.encrypted_content"],"store":false})");
  EXPECT_FALSE(write_request({}, {}, out));
}

TEST(ResponsesRequestWriter, TakesGrammarsAsOtherProtocolsKeepThem) {
  for (const std::string_view format : {R"({"definition":"a+","syntax":"regex"})",
                                        R"({"type":"grammar","grammar":{"syntax":"regex","definition":"a+"}})"}) {
    llm::Conversation chat;
    chat.messages.emplace_back();
    llm::Tool& tool = chat.tools.emplace_back();
    tool.name = "t";
    tool.custom = true;
    tool.format = format;
    std::string out;
    ASSERT_TRUE(write_request(chat, {.model = "m"}, out));
    EXPECT_NE(out.find(R"("format":{"type":"grammar","syntax":"regex","definition":"a+"})"), std::string::npos) << out;
  }
}

}  // namespace
}  // namespace pointsman::wire::openai_responses
