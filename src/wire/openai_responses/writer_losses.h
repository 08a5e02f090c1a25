// What a response has no place for, as both its writers call it.
// Constants and a pure function.
#pragma once

#include <string_view>

#include "llm/conversation.h"

namespace pointsman::wire::openai_responses {

inline constexpr std::string_view kChoicesLoss = "choices[1]";
inline constexpr std::string_view kPauseLoss = "stop reason: pause";
inline constexpr std::string_view kLogprobsLoss = "logprobs";
inline constexpr std::string_view kStopSequenceLoss = "stop_sequence";
// The provider reported none; the API has no unknown counts, so they are 0.
inline constexpr std::string_view kUsageLoss = "usage: not reported";

// Of a part that no item can be.
inline std::string_view part_loss(llm::PartKind kind) {
  switch (kind) {
    case llm::PartKind::kImage:
      return "image in the answer";
    case llm::PartKind::kAudio:
      return "audio in the answer";
    case llm::PartKind::kFile:
      return "file in the answer";
    default:
      return "tool result in the answer";
  }
}

}  // namespace pointsman::wire::openai_responses
