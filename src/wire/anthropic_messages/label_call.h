// A labelling question as a request to the Messages API, and its answer. This protocol gives no log-probabilities.
//
// Pure. Members as in the provider's published types (MessageCreateParams, OutputConfigParam, ToolChoiceToolParam,
// Message, Usage, StopReason) and its guide to structured outputs. The structure is asked for by
// `output_config.format`, which models from 4.5 on take; a forced tool does for older models and compatible servers,
// but the newest models refuse it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "json/document.h"
#include "llm/label_call.h"

namespace pointsman::wire::anthropic_messages {

enum class StructureBy : std::uint8_t {
  kOutputFormat,  // output_config.format: a JSON schema; the answer is text
  kForcedTool,    // tool_choice names the only tool; the answer is its input
};

struct LabelDialect {
  StructureBy structure = StructureBy::kOutputFormat;
  bool temperature = true;  // the newest models refuse it
};

// Appends the body. A seed and log-probabilities do not exist here and are left out. kUnsupported, and nothing is
// appended, for a structure of other servers (kChoice).
base::Result<void> write_label_request(const llm::LabelQuestion& question, const LabelDialect& dialect,
                                       std::string& out);

// Reads the body of a 2xx answer: its text blocks one after another, or the input of the tool as JSON text if that was
// called. Bounds and errors as in openai_chat/label_call.h.
base::Result<llm::LabelAnswer> read_label_answer(std::string_view body, json::Document& document);

}  // namespace pointsman::wire::anthropic_messages
