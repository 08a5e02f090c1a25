#include "wire/anthropic_messages/label_call.h"

#include <algorithm>
#include <optional>

#include "json/writer.h"
#include "wire/anthropic_messages/usage.h"
#include "wire/label_format.h"

namespace pointsman::wire::anthropic_messages {
namespace {

constexpr std::string_view kTool = "label";

void write_message(json::Writer& writer, std::string_view role, std::string_view content) {
  writer.begin_object().member("role", role).member("content", content).end_object();
}

void write_messages(const llm::LabelQuestion& question, json::Writer& writer) {
  writer.key("messages").begin_array();
  for (const llm::LabelExample& example : question.examples) {
    write_message(writer, "user", example.text);
    write_message(writer, "assistant", label_turn(question, example.label));
  }
  write_message(writer, "user", question.text);
  writer.end_array();
}

void write_structure(const llm::LabelQuestion& question, StructureBy structure, json::Writer& writer) {
  if (structure == StructureBy::kOutputFormat) {
    writer.key("output_config").begin_object().key("format").begin_object().member("type", "json_schema");
    writer.key("schema").raw(label_schema(question)).end_object().end_object();
    return;
  }
  writer.key("tools").begin_array().begin_object().member("name", kTool);
  writer.key("input_schema").raw(label_schema(question)).end_object().end_array();
  writer.key("tool_choice").begin_object().member("type", "tool").member("name", kTool);
  writer.member("disable_parallel_tool_use", true).end_object();
}

class LabelReading {
 public:
  LabelReading(std::string_view body, json::Document& document) : body_(body), document_(document) {}

  base::Result<llm::LabelAnswer> run() {
    if (!document_.open(body_)) return base::fail(strange("is not one JSON object"));
    json::Cursor cursor = document_.root();
    for (bool more = cursor.enter_object(); more; more = cursor.next_member()) member(cursor);
    const bool whole = cursor.finished();
    document_.close();
    if (!whole) return base::fail(strange("is not one JSON object"));
    if (error_) return base::fail(label_error(200, read_provider_error(body_, document_)));
    if (!content_) return base::fail(strange("holds no content"));
    if (tool_) out_.text = std::move(*tool_);
    out_.usage = usage_.total();
    return std::move(out_);
  }

 private:
  // One block of the answer; its type may stand behind its other members.
  struct Block {
    json::RawString type;
    json::RawString text;
    json::RawString name;
    std::string_view input;  // JSON
  };

  static base::Error strange(std::string_view what) {
    return {base::ErrorCode::kParse, "the small model's answer " + std::string(what), base::Origin::kUpstream,
            base::Retry::kOtherTarget};
  }

  void member(json::Cursor& cursor) {
    json::RawString reason;
    if (cursor.key_is("content") && cursor.peek() == '[') {
      content_ = true;
      for (bool more = cursor.enter_array(); more; more = cursor.next_element()) block(cursor);
    } else if (cursor.key_is("usage") && cursor.peek() == '{') {
      usage_.read(cursor);
    } else if (cursor.key_is("stop_reason") && cursor.read_string(reason)) {
      out_.refused = reason.is("refusal");
      out_.cut = out_.cut || reason.is("max_tokens") || reason.is("model_context_window_exceeded");
    } else {
      error_ = error_ || (cursor.key_is("error") && cursor.peek() != 'n');
      cursor.skip();
    }
  }

  void block(json::Cursor& cursor) {
    if (cursor.peek() != '{') return cursor.skip();
    Block block;
    for (bool more = cursor.enter_object(); more; more = cursor.next_member()) block_member(cursor, block);
    if (cursor.failed()) return;
    if (block.type.is("text")) {
      if (!append_text(block.text, kMaxLabelText, out_.text)) out_.cut = true;
    } else if (block.type.is("tool_use") && block.name.is(kTool) && !tool_) {
      if (block.input.size() > kMaxLabelText) out_.cut = true;
      tool_ = block.input.substr(0, kMaxLabelText);
    }
  }

  void block_member(json::Cursor& cursor, Block& block) const {
    if (cursor.key_is("type") && cursor.read_string(block.type)) return;
    if (cursor.key_is("text") && cursor.read_string(block.text)) return;
    if (cursor.key_is("name") && cursor.read_string(block.name)) return;
    const bool input = cursor.key_is("input");
    const std::size_t begin = cursor.offset();
    cursor.skip();
    if (input && !cursor.failed()) block.input = body_.substr(begin, cursor.last_end() - begin);
  }

  std::string_view body_;
  json::Document& document_;
  llm::LabelAnswer out_;
  std::optional<std::string> tool_;
  UsageReport usage_;
  bool content_ = false;
  bool error_ = false;
};

}  // namespace

base::Result<void> write_label_request(const llm::LabelQuestion& question, const LabelDialect& dialect,
                                       std::string& out) {
  if (question.structure == llm::LabelStructure::kChoice) {
    return base::fail(base::ErrorCode::kUnsupported, "the Messages API has no list of choices; ask by JSON schema");
  }
  json::Writer writer(out);
  writer.begin_object().member("model", question.model);
  const bool token = question.structure == llm::LabelStructure::kToken;
  writer.member("max_tokens", token ? 1 : question.max_tokens);
  if (!question.system.empty()) writer.member("system", question.system);
  write_messages(question, writer);
  if (dialect.temperature) writer.member("temperature", std::clamp(question.temperature, 0.0, 1.0));
  if (!token) write_structure(question, dialect.structure, writer);
  writer.end_object();
  return {};
}

base::Result<llm::LabelAnswer> read_label_answer(std::string_view body, json::Document& document) {
  return LabelReading(body, document).run();
}

}  // namespace pointsman::wire::anthropic_messages
