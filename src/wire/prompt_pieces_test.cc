// Every protocol's reader records the pieces of the prompt where they stand in the body.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "wire/anthropic_messages/request.h"
#include "wire/openai_chat/request.h"
#include "wire/openai_plain/request.h"
#include "wire/openai_responses/request.h"

namespace pointsman::wire {
namespace {

using llm::PieceForm;
using llm::PieceKind;
using llm::PieceRole;

// One line for each piece: kind, form, what stands there; of a message its role.
std::vector<std::string> shown(const llm::ChatRequest& request) {
  constexpr std::string_view kKinds[] = {"message", "text",  "name",  "call",  "arguments", "result", "reasoning",
                                         "image",   "file",  "audio", "other", "tool",      "choice", "function choice",
                                         "format",  "tokens"};
  constexpr std::string_view kRoles[] = {"system", "developer", "user", "assistant", "tool", "function", "other"};
  constexpr std::string_view kForms[] = {"", "escaped ", "value "};
  constexpr std::string_view kDetails[] = {"", "low ", "high "};
  std::vector<std::string> lines;
  for (const llm::PromptPiece& piece : request.prompt) {
    std::string line(kKinds[static_cast<std::size_t>(piece.kind)]);
    line += ": ";
    if (piece.kind == PieceKind::kMessage) {
      line += kRoles[static_cast<std::size_t>(piece.role)];
    } else {
      line += kForms[static_cast<std::size_t>(piece.form)];
      line += kDetails[static_cast<std::size_t>(piece.detail)];
      line += request.body.substr(piece.bytes.begin, piece.bytes.size());
    }
    lines.push_back(line);
  }
  return lines;
}

using Lines = std::vector<std::string>;

class PromptPieces : public testing::Test {
 protected:
  template <class Read, class Space>
  Lines read(Read reader, Space& space, std::string_view body) {
    const auto done = reader(body, space, request_);
    EXPECT_TRUE(done.has_value()) << done.error().message();
    return shown(request_);
  }
  Lines chat(std::string_view body) { return read(openai_chat::read_chat_request, chat_, body); }
  Lines responses(std::string_view body) { return read(openai_responses::read_responses_request, responses_, body); }
  Lines messages(std::string_view body) { return read(anthropic_messages::read_messages_request, messages_, body); }

  openai_chat::Reader chat_;
  openai_responses::Reader responses_;
  anthropic_messages::Reader messages_;
  ReadingSpace plain_{std::size_t{1} << 20};
  llm::ChatRequest request_;
};

TEST_F(PromptPieces, OfAChatCompletion) {
  EXPECT_EQ(
      chat(R"({"model":"m","tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":{"type":"x"},"messages":[
    {"content":"be\tbrief","role":"developer"},
    {"role":"user","name":"ann","content":[{"text":"see","type":"text"},
      {"type":"image_url","image_url":{"detail":"low","url":"https:\/\/a"}},{"type":"image_url","image_url":{"url":"data:"}},
      {"type":"input_audio","input_audio":{"data":"QQ==","format":"wav"}},{"type":"file","file":{"file_id":"f1"}}]},
    {"role":"assistant","content":null,"reasoning_content":"hm","tool_calls":[
      {"id":"1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},
      {"id":"2","type":"custom","custom":{"name":"g","input":"free"}}]},
    {"role":"tool","tool_call_id":"1","content":"42"},
    {"role":"assistant","content":[{"type":"refusal","refusal":"no"}],"mood":[1]}],
    "response_format":{"type":"json_schema","json_schema":{}},"function_call":"none","user":"u"})"),
      (Lines{R"(tool: value {"type":"function","function":{"name":"f"}})",
             R"(choice: value {"type":"x"})",
             "message: developer",
             "text: escaped be\\tbrief",
             "message: user",
             "name: ann",
             "text: see",
             "image: escaped low https:\\/\\/a",
             "image: data:",
             "audio: QQ==",
             R"(file: value {"file_id":"f1"})",
             "message: assistant",
             "reasoning: hm",
             "call: f",
             R"(arguments: escaped {\"a\":1})",
             "call: g",
             "arguments: free",
             "message: tool",
             "result: 42",
             "message: assistant",
             "text: no",
             "other: value [1]",
             R"(format: value {"type":"json_schema","json_schema":{}})",
             "function choice: none"}));
}

TEST_F(PromptPieces, OfAResponse) {
  EXPECT_EQ(responses(R"({"model":"m","input":[
    {"role":"user","content":[{"type":"input_text","text":"see"},{"type":"input_image","detail":"high","image_url":"data:x"},
      {"type":"input_file","filename":"a.pdf","file_data":"QQ=="}]},
    {"type":"reasoning","id":"r","summary":[],"content":[{"type":"reasoning_text","text":"hm"}],"encrypted_content":"zz"},
    {"type":"function_call","call_id":"1","name":"f","arguments":"{}"},
    {"type":"function_call_output","call_id":"1","output":"42"},
    {"type":"message","role":"assistant","content":[{"type":"output_text","text":"ok","annotations":[]}]}],
    "instructions":"be brief","tools":[{"type":"web_search"}],"tool_choice":"auto","previous_response_id":"p"})"),
            (Lines{"message: user", "text: see", "image: high data:x", "file: QQ==", "message: assistant",
                   "reasoning: value []", "reasoning: hm", "reasoning: zz", "message: assistant", "call: f",
                   "arguments: {}", "message: tool", "result: 42", "message: assistant", "text: ok", "message: system",
                   "text: be brief", R"(tool: value {"type":"web_search"})", "choice: auto"}));
  EXPECT_TRUE(request_.prompt_elsewhere);
  EXPECT_EQ(responses(R"({"model":"m","input":"hello"})"), (Lines{"message: user", "text: hello"}));
  EXPECT_FALSE(request_.prompt_elsewhere);
}

TEST_F(PromptPieces, OfMessages) {
  EXPECT_EQ(
      messages(R"({"model":"m","max_tokens":9,"messages":[
    {"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"QQ=="}},
      {"type":"document","title":"t","source":{"type":"text","media_type":"text/plain","data":"doc"}},
      {"type":"text","text":"see","cache_control":{"type":"ephemeral"}}]},
    {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},
      {"type":"tool_use","id":"1","name":"f","input":{"a":1}}]},
    {"role":"user","content":[{"type":"tool_result","tool_use_id":"1","content":[{"type":"text","text":"42"}]},
      {"type":"tool_result","tool_use_id":"2","content":"43"}]}],
    "system":[{"type":"text","text":"be brief"}],"tools":[{"name":"f","input_schema":{}}],"tool_choice":{"type":"auto"}})"),
      (Lines{"message: user", "image: QQ==", "text: t", "text: doc", "text: see", "message: assistant", "reasoning: hm",
             "call: f", R"(arguments: value {"a":1})", "message: user", "result: 42", "result: 43", "message: system",
             "text: be brief", R"(tool: value {"name":"f","input_schema":{}})", R"(choice: value {"type":"auto"})"}));
}

TEST_F(PromptPieces, OfPlainPrompts) {
  EXPECT_EQ(read(openai_plain::read_completion_request, plain_, R"({"model":"m","prompt":["a","b"],"suffix":"c"})"),
            (Lines{"text: a", "text: b", "text: c"}));
  EXPECT_EQ(read(openai_plain::read_embedding_request, plain_, R"({"model":"m","input":[1,2]})"),
            (Lines{"tokens: value [1,2]"}));
  EXPECT_EQ(read(openai_plain::read_embedding_request, plain_, R"({"model":"m","input":[[1,2],[3]]})"),
            (Lines{"tokens: value [1,2]", "tokens: value [3]"}));
}

TEST_F(PromptPieces, AMessageIsAllOfItsValue) {
  chat(R"({"model":"m","messages":[ {"role":"user","content":"a"} , {"role":"user","content":"b"}]})");
  ASSERT_EQ(request_.prompt.size(), 4U);
  const llm::ByteRange bytes = request_.prompt[2].bytes;
  EXPECT_EQ(request_.body.substr(bytes.begin, bytes.size()), R"({"role":"user","content":"b"})");
}

TEST_F(PromptPieces, OddShapesAreRecordedAndNotRefused) {
  EXPECT_EQ(
      chat(R"({"model":"m","tool_choice":null,"messages":[{"role":"user","name":null,"name":7,"content":"a",)"
           R"("tool_calls":"x","function_call":null,"tool_calls":[1,{"function":[]}]},{"role":"x","content":[]}]})"),
      (Lines{"message: user", "name: value 7", "text: a", "other: x", "message: other"}));
}

TEST_F(PromptPieces, ARefusedBodyLeavesNothingBehind) {
  chat(R"({"model":"m","messages":[{"role":"user","content":"a"}]})");
  EXPECT_FALSE(openai_chat::read_chat_request("[]", chat_, request_));
  EXPECT_TRUE(request_.prompt.empty());
}

}  // namespace
}  // namespace pointsman::wire
