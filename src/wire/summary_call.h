// The request that has a small model sum up a conversation's beginning, and its answer, in the two protocols that
// providers speak.
//
// Pure. The wording is ours and part of the key that a summary is kept under: another wording makes another summary.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "json/document.h"
#include "llm/protocol.h"
#include "llm/usage.h"

namespace pointsman::wire {

struct SummaryQuestion {
  std::string_view model;         // as the provider calls it
  std::string_view conversation;  // what removed_part() wrote
  std::int64_t max_tokens = 0;    // of the answer
  bool old_limit = false;         // "max_tokens" to servers of Chat Completions that do not know its successor
};

// The request's two texts: what stands in the system prompt, and what the user says. For counting them.
std::string summary_instructions(std::int64_t max_tokens);
std::string summary_material(std::string_view conversation);

// Appends the body. `protocol` is kMessages or kChatCompletions; anything else counts as the latter.
void write_summary_request(llm::Protocol protocol, const SummaryQuestion& question, std::string& out);

// The text of a whole answer, without space around it. Fails with the upstream's kParse, kCorrupt or kUpstreamStatus
// where the body is no answer, and with kUpstreamStatus where the model said nothing or a filter stopped it. An answer
// that ran into its limit counts: its beginning is worth having.
base::Result<std::string> read_summary_answer(llm::Protocol protocol, std::string_view body, json::Document& document);

// What an answer says that it used, whatever else is in it.
llm::Usage read_summary_usage(llm::Protocol protocol, std::string_view body, json::Document& document);

}  // namespace pointsman::wire
