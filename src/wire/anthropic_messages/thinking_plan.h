// How the reasoning that a conversation asks for is asked of a model of this protocol.
//
// Pure; decided once per request, before anything is written, because thinking constrains other members.
#pragma once

#include <cstdint>
#include <string_view>

#include "llm/answer_context.h"
#include "llm/conversation.h"
#include "wire/anthropic_messages/model_dialect.h"
#include "wire/loss_set.h"

namespace pointsman::wire::anthropic_messages {

enum class Thinking : std::uint8_t { kUnset, kDisabled, kBudget, kAdaptive };

struct ThinkingPlan {
  Thinking thinking = Thinking::kUnset;
  std::int64_t budget = 0;  // of kBudget
  std::string_view effort;  // output_config.effort; empty: none. Points into the conversation or to a literal
  bool summarized = false;  // of kAdaptive: the client wants to read it
  std::int64_t max_tokens = 0;
};

// `can_go_on`: false if the conversation's last calls were made without the thinking that a budget demands.
ThinkingPlan plan_thinking(const llm::Conversation& conversation, const llm::UpstreamContext& context,
                           const ModelDialect& dialect, bool can_go_on, LossSet& losses);

}  // namespace pointsman::wire::anthropic_messages
