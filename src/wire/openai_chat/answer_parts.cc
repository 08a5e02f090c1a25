#include "wire/openai_chat/answer_parts.h"

#include <algorithm>
#include <utility>

#include "wire/openai_chat/stop_reason.h"
#include "wire/openai_chat/weight.h"

namespace pointsman::wire::openai_chat {
namespace {

enum Member : std::size_t { kRole, kContent, kRefusal, kToolCalls, kFunctionCall, kReasoning, kMemberCount = 9 };
constexpr std::array<std::string_view, kMemberCount> kNames = {"role",
                                                               "content",
                                                               "refusal",
                                                               "tool_calls",
                                                               "function_call",
                                                               kReasoningNames[0],
                                                               kReasoningNames[1],
                                                               kReasoningNames[2],
                                                               kReasoningNames[3]};

// Members of answers that are about serving, not about what was said.
constexpr std::array<std::string_view, 12> kMinor = {
    "system_fingerprint",    "service_tier",    "provider",         "native_finish_reason",
    "prompt_filter_results", "x_groq",          "timings",          "content_filter_results",
    "usage_breakdown",       "prompt_logprobs", "prompt_token_ids", "token_ids"};
constexpr std::array<std::string_view, 4> kSilent = {"object", "obfuscation", "kv_transfer_params", "stop_reason"};

// A string, or the parts of it (Mistral): {"type": "text", "text"} and {"type": "thinking", "thinking"}.
void read_content(const JsonValue& value, DeltaPieces& out, LossSet& losses) {
  if (value.is_string()) {
    out.content = value.string();
    return;
  }
  value.elements([&](const JsonValue& part, std::uint64_t) {
    const auto members = members_of(part, std::array<std::string_view, 3>{"type", "text", "thinking"});
    if (members[2] && out.reasoning.size() < kMaxReasoningPieces) {
      ReasoningPiece& piece = out.reasoning.emplace_back();
      piece.part.kind = llm::PartKind::kReasoning;
      piece.part.text = read_thinking_part(members[2]);
    } else if (members[1]) {
      out.content += members[1].string();
    } else if (members[0]) {
      note_loss(losses, "content: " + members[0].string(), Weight::kReal);
    }
  });
}

}  // namespace

DeltaPieces read_delta(const JsonValue& value, LossSet& losses) {
  DeltaPieces out;
  const auto members =
      members_of(value, kNames, [&losses](const json::RawString& name, const JsonValue& other, bool known) {
        if (!known && !other.empty_container()) note_unknown(name, losses);
      });
  std::array<JsonValue, kReasoningNames.size()> thoughts;
  for (std::size_t i = 0; i < thoughts.size(); ++i) thoughts[i] = members[kReasoning + i];
  out.reasoning = read_reasoning(thoughts);
  read_content(members[kContent], out, losses);
  out.refusal = members[kRefusal].string();
  members[kToolCalls].elements([&](const JsonValue& call, std::uint64_t index) {
    if (index == kMaxCallPieces) note_loss(losses, "more tool calls than can be followed", Weight::kReal);
    if (call.is_object() && index < kMaxCallPieces) out.calls.push_back(read_tool_call(call));
  });
  if (members[kFunctionCall].is_object() && out.calls.empty()) {
    out.calls.push_back({.index = std::nullopt, .part = read_function_call(members[kFunctionCall])});
  }
  return out;
}

StopText read_stop(const JsonValue& finish_reason, const JsonValue& stop_reason, LossSet& losses) {
  StopText out;
  if (!finish_reason.is_string()) return out;
  const std::string word = finish_reason.string();
  const auto stop = stop_of(word);
  if (!stop && !word.empty()) note_loss(losses, "finish_reason: " + word, Weight::kReal);
  out.reason = stop.value_or(llm::StopReason::kUnknown);
  if (out.reason == llm::StopReason::kEnd && !stop_reason.raw_string().raw.empty()) {
    out.reason = llm::StopReason::kStopSequence;
    out.sequence = stop_reason.string();
  }
  return out;
}

void note_unknown(const json::RawString& name, LossSet& losses) {
  const auto is = [&name](std::string_view known) { return name.is(known); };
  if (std::ranges::any_of(kSilent, is)) return;
  const Weight weight = std::ranges::any_of(kMinor, is) ? Weight::kMinor : Weight::kReal;
  if (name.escapes == json::Escapes::kNone) return note_loss(losses, name.raw, weight);
  if (is_full(losses)) return;
  std::string decoded;
  json::unescape(name.raw.substr(0, LossSet::kLongest), decoded);
  note_loss(losses, decoded, weight);
}

}  // namespace pointsman::wire::openai_chat
