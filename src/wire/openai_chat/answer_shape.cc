#include "wire/openai_chat/answer_shape.h"

#include "json/document.h"
#include "wire/json_value.h"
#include "wire/openai_chat/weight.h"

namespace pointsman::wire::openai_chat {

std::string completion_id(std::string_view id, const llm::AnswerContext& context) {
  constexpr std::string_view kPrefix = "chatcmpl-";
  if (id.empty()) id = context.id;
  return id.starts_with(kPrefix) ? std::string(id) : std::string(kPrefix).append(id);
}

bool wants_old_functions(std::string_view request) {
  if (request.find("\"functions\"") == std::string_view::npos) return false;
  json::Document document;
  bool old = false;
  if (const auto root = JsonValue::open(request, document)) {
    const auto members = members_of(*root, std::array<std::string_view, 2>{"functions", "tools"});
    old = members[0].is_array() && !members[1];
  }
  document.close();
  return old;
}

std::string call_id(std::string_view answer, std::uint32_t choice, std::size_t call) {
  return "call_" + std::string(answer.substr(0, 64)) + "_" + std::to_string(choice) + "_" + std::to_string(call);
}

void append_one_line(std::string_view json, std::string& out) {
  for (const char c : json) out += c == '\n' || c == '\r' ? ' ' : c;
}

void note_part_losses(const llm::Part& part, LossSet& losses) {
  switch (part.kind) {
    case llm::PartKind::kImage:
      return note_loss(losses, "image", Weight::kReal);
    case llm::PartKind::kFile:
      return note_loss(losses, "file", Weight::kReal);
    case llm::PartKind::kAudio:
      return note_loss(losses, "audio", Weight::kReal);
    case llm::PartKind::kToolResult:
      return note_loss(losses, "tool result", Weight::kReal);
    case llm::PartKind::kReasoning:
      if (!part.signature.empty()) note_loss(losses, "reasoning: signature", Weight::kMinor);
      if (!part.opaque.empty()) note_loss(losses, "reasoning: encrypted content", Weight::kMinor);
      return;
    case llm::PartKind::kText:
    case llm::PartKind::kToolCall:
    case llm::PartKind::kRefusal:
      return;
  }
}

}  // namespace pointsman::wire::openai_chat
