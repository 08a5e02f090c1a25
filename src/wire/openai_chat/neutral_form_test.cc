// Chat Completions through the neutral form and back: it has a place for every member that it models. What becomes of
// them in other protocols: wire/cross.
#include <gtest/gtest.h>

#include "wire/openai_chat/answer_reader.h"
#include "wire/openai_chat/answer_writer.h"
#include "wire/openai_chat/conversation_reader.h"
#include "wire/openai_chat/request_writer.h"

namespace pointsman::wire::openai_chat {
namespace {

struct Pair {
  std::string_view name;
  std::string_view body;
  std::string_view wanted;  // empty: the same as `body`
  llm::Losses losses = {};  // of both directions
};

std::string what(const llm::Losses& losses) {
  std::string out;
  for (const llm::Loss& loss : losses) out += loss.what + (loss.minor ? " (minor)\n" : "\n");
  return out;
}

const Pair kRequests[] = {
    {"a question", R"({"model":"m","messages":[{"role":"user","content":"hi \u00e9\n"}]})",
     "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi \xC3\xA9\\n\"}]}"},
    {"all roles, names, parts",
     R"({"model":"m","messages":[{"role":"system","content":"s"},{"role":"developer","name":"d","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},)"
     R"({"role":"user","name":"u","content":"q"},{"role":"assistant","name":"x","content":"a"},{"role":"user","content":""}]})",
     ""},
    {"images, sounds and files",
     R"({"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"https://x/y.png","detail":"low"}},)"
     R"({"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},{"type":"input_audio","input_audio":{"data":"BBBB","format":"mp3"}},)"
     R"({"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,CCCC"}},{"type":"file","file":{"file_id":"file-1"}}]}]})",
     ""},
    {"calls and results",
     R"({"model":"m","messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\": 1.0e2}"}},)"
     R"({"id":"t2","type":"custom","custom":{"name":"g","input":"free"}}]},{"role":"tool","tool_call_id":"t1","content":"r"},{"role":"tool","tool_call_id":"t2","content":[{"type":"text","text":"x"},{"type":"text","text":"y"}]}]})",
     ""},
    {"refusals",
     R"({"model":"m","messages":[{"role":"assistant","content":null,"refusal":"no"},{"role":"assistant","content":[{"type":"text","text":"t"},{"type":"refusal","refusal":"no"}]}]})",
     ""},
    {"tools, and the choice of one",
     R"({"model":"m","messages":[{"role":"user","content":"q"}],"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type": "object","maximum":1E400},"strict":true}},)"
     R"({"type":"custom","custom":{"name":"g","description":"e","format":{"type":"grammar","grammar":{"definition":"start: \"x\"","syntax":"lark"}}}}],)"
     R"("tool_choice":{"type":"custom","custom":{"name":"g"}},"parallel_tool_calls":false})",
     ""},
    {"the modes of tool_choice",
     R"({"model":"m","messages":[{"role":"user","content":"q"}],"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required","parallel_tool_calls":true})",
     ""},
    {"settings",
     R"({"model":"m","messages":[{"role":"user","content":"q"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","schema":{"b":1,"a":[ ]},"strict":false}},)"
     R"("reasoning_effort":"minimal","max_completion_tokens":12,"temperature":0.70,"top_p":1e0,"presence_penalty":-1.5,"frequency_penalty":0.1,"seed":12345678901234567890,)"
     R"("stop":["a","b"],"n":3,"logprobs":true,"top_logprobs":4,"verbosity":"low","user":"u","prompt_cache_key":"k","service_tier":"flex","stream":true,"stream_options":{"include_usage":true}})",
     ""},
    {"defaults say nothing",
     R"({"model":"m","messages":[{"role":"user","content":"q"}],"n":1,"store":false,"frequency_penalty":0.0,"presence_penalty":0,"logprobs":false,"logit_bias":{},"metadata":{},)"
     R"("modalities":["text"],"tools":null,"response_format":{"type":"text"},"stream":false,"unknown":null})",
     R"({"model":"m","messages":[{"role":"user","content":"q"}]})"},
    {"a JSON object",
     R"({"model":"m","messages":[{"role":"user","content":"q"}],"response_format":{"type":"json_object"}})", ""},
    {"older spellings",
     R"({"model":"m","messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"r"}],)"
     R"("functions":[{"name":"f","parameters":{}}],"function_call":{"name":"f"},"max_tokens":9,"stop":"x","safety_identifier":"u"})",
     R"({"model":"m","messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":"call_function_1","type":"function","function":{"name":"f","arguments":"{}"}}]},)"
     R"({"role":"tool","tool_call_id":"call_function_1","content":"r"}],"tools":[{"type":"function","function":{"name":"f","parameters":{}}}],)"
     R"("tool_choice":{"type":"function","function":{"name":"f"}},"max_completion_tokens":9,"stop":["x"],"user":"u"})"},
    {"what no other protocol has",
     R"({"model":"m","messages":[{"role":"user","content":"q"}],"logit_bias":{"1":2},"store":true,"metadata":{"a":"b"},"modalities":["text","audio"],"audio":{"voice":"v","format":"wav"},)"
     R"("prediction":{"type":"content","content":"c"},"web_search_options":{},"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[]}},"top_k":5,"min_p":0.1})",
     R"({"model":"m","messages":[{"role":"user","content":"q"}]})",
     {{"min_p", false},
      {"tool_choice.allowed_tools", false},
      {"store", true},
      {"metadata", true},
      {"logit_bias", false},
      {"modalities", false},
      {"audio", false},
      {"prediction", true},
      {"web_search_options", false},
      {"tool_choice without tools", false},
      {"top_k", false}}},
};

const Pair kAnswers[] = {
    {"text",
     R"({"id":"chatcmpl-1","object":"chat.completion","created":5,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi","refusal":null},"logprobs":null,"finish_reason":"stop"}],)"
     R"("usage":{"prompt_tokens":9,"completion_tokens":7,"total_tokens":16,"prompt_tokens_details":{"cached_tokens":4,"cache_write_tokens":2},"completion_tokens_details":{"reasoning_tokens":3}}})",
     ""},
    {"several choices, calls, a refusal, logprobs",
     R"({"id":"chatcmpl-1","object":"chat.completion","created":5,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{ \"a\":1}"}},{"id":"t2","type":"custom","custom":{"name":"g","input":"x"}}]},"logprobs":null,"finish_reason":"tool_calls"},)"
     R"({"index":1,"message":{"role":"assistant","content":null,"refusal":"no"},"logprobs":{"content":null,"refusal":[{"token":"no","logprob":-0.10,"bytes":null,"top_logprobs":[]}]},"finish_reason":"stop"},)"
     R"({"index":2,"message":{"role":"assistant","content":"cut","refusal":null},"logprobs":null,"finish_reason":"length"},)"
     R"({"index":3,"message":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":"content_filter"}]})",
     ""},
    {"reasoning",
     R"({"id":"chatcmpl-1","object":"chat.completion","created":5,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi","reasoning_content":"hm","refusal":null},"logprobs":null,"finish_reason":"stop"}]})",
     ""},
};

TEST(NeutralForm, HoldsEveryModelledMemberOfAChatRequest) {
  for (const Pair& pair : kRequests) {
    json::Document document;
    llm::Conversation conversation;
    auto losses = read_conversation(pair.body, document, conversation);
    ASSERT_TRUE(losses) << pair.name << ": " << losses.error().message() << " " << losses.error().place();
    std::string out;
    const auto more = write_request(conversation, {.model = conversation.model}, out);
    ASSERT_TRUE(more) << pair.name;
    losses->insert(losses->end(), more->begin(), more->end());
    EXPECT_EQ(out, pair.wanted.empty() ? pair.body : pair.wanted) << pair.name;
    EXPECT_EQ(what(*losses), what(pair.losses)) << pair.name;
  }
}

TEST(NeutralForm, HoldsEveryModelledMemberOfAChatAnswer) {
  for (const Pair& pair : kAnswers) {
    json::Document document;
    llm::Answer answer;
    auto losses = read_whole_answer(pair.body, document, answer);
    ASSERT_TRUE(losses) << pair.name << ": " << losses.error().message();
    std::string out;
    const llm::Losses more = write_whole_answer(answer, {}, out);
    losses->insert(losses->end(), more.begin(), more.end());
    EXPECT_EQ(out, pair.wanted.empty() ? pair.body : pair.wanted) << pair.name;
    EXPECT_EQ(what(*losses), what(pair.losses)) << pair.name;
  }
}

}  // namespace
}  // namespace pointsman::wire::openai_chat
