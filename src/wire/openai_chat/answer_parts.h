// What a message of a whole answer and a delta of a stream have in common: the pieces of what the model says.
//
// Pure. Pieces are given in the order in which they are said: reasoning, content, refusal, calls, whatever the order of
// the members.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "llm/answer.h"
#include "wire/json_value.h"
#include "wire/loss_set.h"
#include "wire/openai_chat/reasoning.h"
#include "wire/openai_chat/tool_call.h"

namespace pointsman::wire::openai_chat {

// Most calls of one message or delta that are read.
inline constexpr std::size_t kMaxCallPieces = 1024;

struct DeltaPieces {
  std::vector<ReasoningPiece> reasoning;
  std::string content;
  std::string refusal;
  std::vector<ToolCallPiece> calls;  // the legacy "function_call" as one without index
};

// Notes what has no place in the neutral form: sound, annotations, unknown members.
DeltaPieces read_delta(const JsonValue& value, LossSet& losses);

struct StopText {
  llm::StopReason reason = llm::StopReason::kUnknown;
  std::string sequence;
};
// "finish_reason", and the "stop_reason" beside it with which vLLM names the sequence that ended a choice.
StopText read_stop(const JsonValue& finish_reason, const JsonValue& stop_reason, LossSet& losses);

// Notes an unknown member of an answer, unless it is known to say nothing: what kind of object this is, padding.
void note_unknown(const json::RawString& name, LossSet& losses);

}  // namespace pointsman::wire::openai_chat
