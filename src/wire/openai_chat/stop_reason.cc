#include "wire/openai_chat/stop_reason.h"

#include <array>

namespace pointsman::wire::openai_chat {
namespace {

using llm::StopReason;

struct Word {
  std::string_view word;
  StopReason stop;
};
// The first of a kind is what we write; behind it the words of other servers.
constexpr std::array<Word, 12> kWords = {{{"stop", StopReason::kEnd},
                                          {"length", StopReason::kLength},
                                          {"tool_calls", StopReason::kToolCalls},
                                          {"content_filter", StopReason::kContentFilter},
                                          {"function_call", StopReason::kToolCalls},
                                          {"tool_use", StopReason::kToolCalls},
                                          {"end_turn", StopReason::kEnd},
                                          {"eos", StopReason::kEnd},
                                          {"stop_sequence", StopReason::kStopSequence},
                                          {"max_tokens", StopReason::kLength},
                                          {"model_length", StopReason::kLength},
                                          {"refusal", StopReason::kRefusal}}};

}  // namespace

std::optional<StopReason> stop_of(std::string_view finish_reason) {
  for (const Word& word : kWords) {
    if (word.word == finish_reason) return word.stop;
  }
  return std::nullopt;
}

StopReason settle_stop(StopReason said, bool has_calls, bool has_refusal) {
  if (said != StopReason::kEnd && said != StopReason::kUnknown) return said;
  if (has_calls) return StopReason::kToolCalls;
  return has_refusal ? StopReason::kRefusal : said;
}

std::string_view finish_reason_of(StopReason stop, bool has_refusal, bool old_functions) {
  switch (stop) {
    case StopReason::kLength:
    case StopReason::kPause:
      return "length";
    case StopReason::kToolCalls:
      return old_functions ? "function_call" : "tool_calls";
    case StopReason::kContentFilter:
      return "content_filter";
    case StopReason::kRefusal:
      return has_refusal ? "stop" : "content_filter";
    case StopReason::kUnknown:
    case StopReason::kEnd:
    case StopReason::kStopSequence:
      break;
  }
  return "stop";
}

}  // namespace pointsman::wire::openai_chat
