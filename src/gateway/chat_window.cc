// What a ChatFlow does about windows: counts the prompt where something depends on it, and leaves out what does not
// fit.
#include <algorithm>

#include "gateway/chat_flow.h"
#include "llm/trim.h"

namespace pointsman::gateway {

using base::Error;
using base::ErrorCode;
using base::Origin;
using base::Result;

namespace {

// What a model has room for in a prompt, if that is known.
std::optional<std::int64_t> room_of(const route::Model& model, std::int64_t output) {
  std::optional<std::int64_t> room = model.max_input;
  if (model.context_window) {
    const std::int64_t rest = *model.context_window - std::max<std::int64_t>(output, 1);
    room = room ? std::min(*room, rest) : rest;
  }
  return room;
}

// As many tokens by our count as that model makes at most so many of.
std::int64_t as_counted(std::int64_t tokens, const llm::Requirements& needs, std::span<const route::PromptSize> sizes,
                        route::ModelIndex model) {
  const std::int64_t theirs = route::most_tokens(needs, sizes, model);
  if (theirs == needs.input_tokens || theirs <= 0) return tokens;
  const double ratio = static_cast<double>(needs.input_tokens) / static_cast<double>(theirs);
  return static_cast<std::int64_t>(static_cast<double>(tokens) * ratio) - 1;  // both were rounded up
}

bool is_of_window(const route::Exclusion& one) {
  return one.misfit == route::Misfit::kMaxInput || one.misfit == route::Misfit::kContextWindow;
}

}  // namespace

const config::ContextConfig& ChatFlow::context_policy() const {
  const int category = state_->decision.verdict.category;
  const auto& categories = snapshot_->config.categories;
  if (category >= 0 && static_cast<std::size_t>(category) < categories.size()) {
    const auto& own = categories[static_cast<std::size_t>(category)].context;
    if (own) return *own;
  }
  return snapshot_->config.router.context;
}

// Budgets are kept in exact figures; windows only matter where the length of the text does not show that all have room.
void ChatFlow::size_up() {
  const llm::ChatRequest& request = state_->request;
  bool matters = state_->holds.entered();
  for (const route::MarketModel& one : snapshot_->market.models()) {
    if (matters) break;
    const auto room = room_of(one.model, request.needs.output_tokens);
    matters = room && !PromptFit::proves_fit(request, *room);
  }
  if (matters) count_prompt();
}

// Where nobody has room for the prompt: a shorter one, if the policy allows that.
Result<void> ChatFlow::trim(base::Error refused) {
  const config::ContextConfig& policy = context_policy();
  const route::Ranked& ranked = state_->decision.ranked;
  if (policy.policy != config::ContextPolicy::kTrim) return base::fail(std::move(refused));
  if (counted_.empty()) {
    count_prompt();
    predict_sizes();
  }
  std::int64_t most = 0;
  for (const route::Exclusion& one : ranked.excluded) {
    if (!is_of_window(one)) continue;
    const auto room = room_of(snapshot_->market.model(one.model), state_->request.needs.output_tokens);
    most = std::max(most, as_counted(room.value_or(0), state_->request.needs, state_->decision.prompts, one.model));
  }
  if (most <= 0) return base::fail(std::move(refused));
  auto plan = worker_.prompts_.trim(state_->request, most, policy.keep, state_->document, state_->trimmed);
  if (!plan) return base::fail(std::move(plan).error());
  if (!plan->changes()) return base::fail(std::move(refused));
  // From here on the shorter body is the request.
  const std::uint64_t user = state_->request.user;
  PM_CHECK(worker_.readers_.read(protocol_, state_->trimmed, state_->request));
  state_->request.user = user;
  state_->crossing.reset();
  count_prompt();
  predict_sizes();
  PM_CHECK(generation_->decider.conclude(*snapshot_, state_->request, conditions(), state_->decision));
  fitting_ = {.done = "trimmed",
              .removed_messages = static_cast<std::uint32_t>(plan->removed.size()),
              .masked_results = static_cast<std::uint32_t>(plan->masked.size()),
              .tokens_before = plan->tokens_before,
              .tokens_after = state_->request.needs.input_tokens};
  trimmed_ = llm::describe(*plan);
  return {};
}

// A larger model answers than the category's own, or the policy says that none may.
Result<void> ChatFlow::check_window() {
  const Decision& decision = state_->decision;
  if (!decision.routed || !decision.ranked.escalated || decision.verdict.category < 0) return {};
  if (decision.verdict.stage == classify::Stage::kFallback) return {};
  const auto& own = snapshot_->market.candidates(static_cast<std::size_t>(decision.verdict.category));
  const auto too_long = std::ranges::find_if(decision.ranked.excluded, [&](const route::Exclusion& one) {
    return is_of_window(one) && std::ranges::find(own, one.model) != own.end();
  });
  if (too_long == decision.ranked.excluded.end()) return {};
  if (context_policy().policy == config::ContextPolicy::kReject) {
    return base::fail(Error(ErrorCode::kInvalidArgument,
                            "this request is too long: " + route::describe(*too_long, snapshot_->market) +
                                "; shorten it, or ask for a shorter answer",
                            Origin::kClient)
                          .at("context_length"));
  }
  if (fitting_.done.empty()) {
    fitting_ = {.done = "largest",
                .tokens_before = state_->request.needs.input_tokens,
                .tokens_after = state_->request.needs.input_tokens};
    state_->entry.fitting = fitting_;
  }
  return {};
}

}  // namespace pointsman::gateway
