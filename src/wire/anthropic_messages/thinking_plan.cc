#include "wire/anthropic_messages/thinking_plan.h"

#include <algorithm>
#include <string>

#include "wire/anthropic_messages/request_writer.h"

namespace pointsman::wire::anthropic_messages {
namespace {

using llm::Conversation;

// What "as much as the model finds right" is as a budget.
constexpr std::string_view kUsualEffort = "medium";

bool forces_tool(const Conversation& conversation) {
  using enum llm::ToolChoice;
  return !conversation.tools.empty() && (conversation.tool_choice == kRequired || conversation.tool_choice == kNamed);
}

// The level's name here, or nothing.
std::string_view effort_here(const llm::Reasoning& reasoning, const ModelDialect& dialect, LossSet& losses) {
  const std::string_view asked = reasoning.effort;
  std::string_view effort = asked;
  if (reasoning.budget_tokens) {
    effort = effort_of(*reasoning.budget_tokens);
    losses.minor("thinking budget: taken as the effort \"" + std::string(effort) + "\"");
  } else if (asked == "minimal") {
    effort = "low";
  } else if (asked == "xhigh" && !dialect.xhigh) {
    effort = "max";
  } else if (!asked.empty() && !budget_of(asked)) {
    losses.major("reasoning effort: \"" + std::string(asked) + "\" is not known");
    return {};
  }
  if (!asked.empty() && effort != asked) losses.minor("reasoning effort: taken as \"" + std::string(effort) + "\"");
  return effort;
}

std::int64_t budget_here(const llm::Reasoning& reasoning, LossSet& losses) {
  if (reasoning.budget_tokens) return std::max(*reasoning.budget_tokens, kLeastBudget);
  const std::string_view asked = reasoning.effort.empty() ? kUsualEffort : std::string_view(reasoning.effort);
  const auto budget = budget_of(asked);
  if (!budget) {
    losses.major("reasoning effort: \"" + std::string(asked) + "\" is not known");
    return 0;
  }
  losses.minor("reasoning effort: taken as a budget of " + std::to_string(*budget) + " tokens");
  return *budget;
}

std::int64_t limit_of(const Conversation& conversation, const llm::UpstreamContext& context, LossSet& losses) {
  if (!conversation.max_output_tokens) return context.max_output > 0 ? context.max_output : kDefaultMaxTokens;
  const std::int64_t asked = *conversation.max_output_tokens;
  if (context.max_output <= 0 || asked <= context.max_output) return asked;
  losses.minor("max_tokens: the model generates at most " + std::to_string(context.max_output));
  return context.max_output;
}

// The budget counts towards max_tokens and must be less; a fifth stays for the answer, unless the client itself chose
// both.
void fit_budget(const Conversation& conversation, const llm::UpstreamContext& context, ThinkingPlan& plan,
                LossSet& losses) {
  if (!conversation.max_output_tokens && context.max_output <= 0) {
    plan.max_tokens += plan.budget;
    return;
  }
  const std::int64_t most = plan.max_tokens / 5 * 4;
  const bool chosen = conversation.reasoning.budget_tokens && conversation.max_output_tokens;
  if (plan.budget <= most || (chosen && plan.budget < plan.max_tokens)) return;
  plan.budget = most;
  if (plan.budget >= kLeastBudget) {
    return losses.minor("thinking budget: cut to " + std::to_string(plan.budget) + " tokens by max_tokens");
  }
  losses.major("reasoning: max_tokens leaves no room for it");
  plan.thinking = Thinking::kUnset;
}

}  // namespace

ThinkingPlan plan_thinking(const Conversation& conversation, const llm::UpstreamContext& context,
                           const ModelDialect& dialect, bool can_go_on, LossSet& losses) {
  const llm::Reasoning& reasoning = conversation.reasoning;
  ThinkingPlan plan;
  plan.max_tokens = limit_of(conversation, context, losses);
  if (reasoning.disabled || reasoning.effort == "none") {
    if (dialect.disabled) plan.thinking = Thinking::kDisabled;
    return plan;
  }
  if (!reasoning.adaptive && !reasoning.budget_tokens && reasoning.effort.empty()) return plan;
  const bool by_budget = dialect.budget && (reasoning.budget_tokens || !dialect.effort);
  if (by_budget) {
    plan.budget = budget_here(reasoning, losses);
    plan.thinking = plan.budget > 0 ? Thinking::kBudget : Thinking::kUnset;
  } else {
    plan.effort = effort_here(reasoning, dialect, losses);
    plan.thinking = Thinking::kAdaptive;
    plan.summarized = !reasoning.summary.empty();
  }
  if (plan.thinking != Thinking::kUnset && forces_tool(conversation)) {
    losses.major("reasoning: not together with a tool that must be called");
    plan.thinking = Thinking::kUnset;
  }
  if (plan.thinking != Thinking::kBudget) return plan;
  if (can_go_on) {
    fit_budget(conversation, context, plan, losses);
  } else {
    losses.major("reasoning: the calls before were made without");
    plan.thinking = Thinking::kUnset;
  }
  return plan;
}

}  // namespace pointsman::wire::anthropic_messages
