// How many tokens a request's prompt has, line by line: `pointsman tokens --request`.
//
// Reads the body as the gateway does. From the main thread; opening a vocabulary takes some ten milliseconds.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/output.h"
#include "cli/token_calibration.h"
#include "llm/protocol.h"
#include "tokens/prompt_counter.h"

namespace pointsman::cli {

struct TokenReport {
  std::string model;  // that it was counted for
  llm::Protocol protocol = llm::Protocol::kChatCompletions;
  tokens::Family family;
  tokens::PromptCount count;
  std::vector<tokens::PromptItem> items;
  // What upstreams reported of that model; nothing: nobody looked.
  std::optional<std::vector<ModelCalibration>> calibrations;
};

// `model` empty: the one that the body names. `protocol` as llm::to_string() spells it; empty: told by the members.
// Errors: kInvalidArgument for an unknown protocol, and what the readers of wire/ say of the body.
base::Result<TokenReport> count_request(std::string_view body, std::string_view model, std::string_view protocol);

void print_report(const TokenReport& report, Output& out);
void print_report_json(const TokenReport& report, Output& out);

}  // namespace pointsman::cli
