#include "wire/anthropic_messages/stop_reason.h"

namespace pointsman::wire::anthropic_messages {

using llm::StopReason;

StopReason stop_reason_from(std::string_view name) {
  if (name == "end_turn") return StopReason::kEnd;
  if (name == "max_tokens" || name == "model_context_window_exceeded") return StopReason::kLength;
  if (name == "stop_sequence") return StopReason::kStopSequence;
  if (name == "tool_use") return StopReason::kToolCalls;
  if (name == "pause_turn") return StopReason::kPause;
  return name == "refusal" ? StopReason::kRefusal : StopReason::kUnknown;
}

StopReason completed(StopReason reason, bool has_call, bool has_refusal) {
  if (reason != StopReason::kEnd && reason != StopReason::kUnknown) return reason;
  if (has_refusal) return StopReason::kRefusal;
  return has_call ? StopReason::kToolCalls : reason;
}

std::string_view stop_reason_name(StopReason reason) {
  switch (reason) {
    case StopReason::kUnknown:
    case StopReason::kEnd:
      return "end_turn";
    case StopReason::kLength:
      return "max_tokens";
    case StopReason::kToolCalls:
      return "tool_use";
    case StopReason::kStopSequence:
      return "stop_sequence";
    case StopReason::kRefusal:
    case StopReason::kContentFilter:  // "when classifiers intervene": the API has one name for both
      return "refusal";
    case StopReason::kPause:
      return "pause_turn";
  }
  return "end_turn";
}

}  // namespace pointsman::wire::anthropic_messages
