#include "wire/openai_chat/reasoning.h"

#include <algorithm>

namespace pointsman::wire::openai_chat {
namespace {

enum Detail : std::size_t { kType, kText, kSummary, kData, kSignature, kId, kIndex, kDetailCount };
constexpr std::array<std::string_view, kDetailCount> kDetailNames = {"type",      "text", "summary", "data",
                                                                     "signature", "id",   "index"};

void read_detail(const JsonValue& detail, std::vector<ReasoningPiece>& out) {
  const auto members = members_of(detail, kDetailNames);
  ReasoningPiece piece;
  piece.part.kind = llm::PartKind::kReasoning;
  piece.part.summary = members[kSummary].is_string();
  piece.part.text = members[kSummary].is_string() ? members[kSummary].string() : members[kText].string();
  piece.part.opaque = members[kData].string();
  piece.part.signature = members[kSignature].string();
  piece.part.id = members[kId].string();
  piece.block = members[kIndex].integer().value_or(-1);
  const llm::Part& part = piece.part;
  if (out.size() == kMaxReasoningPieces) return;
  if (!part.text.empty() || !part.opaque.empty() || !part.signature.empty()) out.push_back(std::move(piece));
}

}  // namespace

std::vector<ReasoningPiece> read_reasoning(const std::array<JsonValue, kReasoningNames.size()>& members) {
  std::vector<ReasoningPiece> out;
  members[0].elements([&out](const JsonValue& detail, std::uint64_t) { read_detail(detail, out); });
  if (std::ranges::any_of(out, [](const ReasoningPiece& piece) { return !piece.part.text.empty(); })) return out;
  // The details have no text: it stands in one of the plain members.
  const auto plain = std::ranges::find_if(members.begin() + 1, members.end(),
                                          [](const JsonValue& value) { return !value.raw_string().raw.empty(); });
  if (plain == members.end()) return out;
  if (out.size() == 1 && out.front().part.opaque.empty()) {  // its signature belongs to the text
    out.front().part.text = plain->string();
    return out;
  }
  ReasoningPiece piece;
  piece.part.kind = llm::PartKind::kReasoning;
  piece.part.text = plain->string();
  out.insert(out.begin(), std::move(piece));
  return out;
}

std::string read_thinking_part(const JsonValue& thinking) {
  if (thinking.is_string()) return thinking.string();
  std::string out;
  thinking.elements([&out](const JsonValue& part, std::uint64_t) {
    part.members([&out](const json::RawString& name, const JsonValue& value) {
      if (name.is("text")) out += value.string();
    });
  });
  return out;
}

}  // namespace pointsman::wire::openai_chat
