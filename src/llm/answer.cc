#include "llm/answer.h"

namespace pointsman::llm {

std::string_view to_string(StopReason reason) {
  switch (reason) {
    case StopReason::kUnknown:
      return "unknown";
    case StopReason::kEnd:
      return "end";
    case StopReason::kLength:
      return "length";
    case StopReason::kToolCalls:
      return "tool_calls";
    case StopReason::kStopSequence:
      return "stop_sequence";
    case StopReason::kRefusal:
      return "refusal";
    case StopReason::kContentFilter:
      return "content_filter";
    case StopReason::kPause:
      return "pause";
  }
  return "unknown";
}

}  // namespace pointsman::llm
