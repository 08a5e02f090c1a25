// What a ChatFlow does about windows: counts the prompt where something depends on it, and leaves out what does not
// fit.
#include <algorithm>

#include "gateway/chat_flow.h"
#include "gateway/worst_case.h"
#include "llm/trim.h"
#include "wire/trimmed_body.h"

namespace pointsman::gateway {

using base::Error;
using base::ErrorCode;
using base::Origin;
using base::Result;

namespace {

// As many tokens by our count as that model makes at most so many of.
std::int64_t as_counted(std::int64_t tokens, const llm::Requirements& needs, std::span<const route::PromptSize> sizes,
                        route::ModelIndex model) {
  const std::int64_t theirs = route::most_tokens(needs, sizes, model);
  if (theirs == needs.input_tokens || theirs <= 0) return tokens;
  const double ratio = static_cast<double>(needs.input_tokens) / static_cast<double>(theirs);
  return static_cast<std::int64_t>(static_cast<double>(tokens) * ratio) - 1;  // both were rounded up
}

// Tokens around a summary, by our count: the words in front of it, and what a text part or a message takes.
constexpr std::int64_t kSummaryFrame = 40;

// For a header: "with a summary by tiny", "no summary: late".
std::string describe_summary(const ledger::Fitting& fitting) {
  const bool there =
      fitting.summary == to_string(SummaryOutcome::kUsed) || fitting.summary == to_string(SummaryOutcome::kCached);
  return there ? "with a summary by " + fitting.summary_model : "no summary: " + fitting.summary;
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

std::int64_t ChatFlow::largest_room() const {
  std::int64_t most = 0;
  for (const route::Exclusion& one : state_->decision.ranked.excluded) {
    if (!is_of_window(one)) continue;
    const auto room = room_of(snapshot_->market.model(one.model), state_->request.needs.output_tokens);
    most = std::max(most, as_counted(room.value_or(0), state_->request.needs, state_->decision.prompts, one.model));
  }
  return most;
}

// Where nobody has room for the prompt: a shorter one, if the policy allows that.
net::Awaitable<Result<void>> ChatFlow::trim(base::Error refused) {
  const config::ContextConfig& policy = context_policy();
  if (policy.policy != config::ContextPolicy::kTrim) co_return base::fail(std::move(refused));
  if (counted_.empty()) {
    count_prompt();
    predict_sizes();
  }
  const llm::TrimRules rules{.limit = largest_room(),
                             .low_water = policy.keep,
                             .summary = policy.summary ? policy.summary->max_tokens + kSummaryFrame : 0};
  if (rules.limit <= 0) co_return base::fail(std::move(refused));
  PM_CO_TRY(llm::TrimPlan plan, worker_.prompts_.plan(state_->request, rules, state_->document));
  if (!plan.changes()) co_return base::fail(std::move(refused));
  fitting_ = {.done = "trimmed",
              .removed_messages = static_cast<std::uint32_t>(plan.removed.size()),
              .masked_results = static_cast<std::uint32_t>(plan.masked.size()),
              .tokens_before = plan.tokens_before,
              .tokens_after = plan.tokens_after};
  std::string summary;
  if (policy.summary && !plan.removed.empty()) summary = co_await sum_up(*policy.summary, plan);
  PM_CO_CHECK(shorten(plan, summary, rules.limit));
  fitting_.tokens_after = plan.tokens_after = state_->request.needs.input_tokens;
  trimmed_ = llm::describe(plan);
  if (!fitting_.summary.empty()) trimmed_ += "; " + describe_summary(fitting_);
  co_return generation_->decider.conclude(*snapshot_, state_->request, conditions(), state_->decision);
}

Result<void> ChatFlow::shorten(const llm::TrimPlan& plan, std::string_view summary, std::int64_t limit) {
  const std::string_view original = state_->request.body;
  PM_CHECK(read_shorter(original, plan, summary));
  if (summary.empty() || state_->request.needs.input_tokens <= limit) return {};
  fitting_.summary = to_string(SummaryOutcome::kNoRoom);
  return read_shorter(original, plan, {});
}

// From here on the shorter body is the request. Whose it is and what it is about stays what the client said.
Result<void> ChatFlow::read_shorter(std::string_view original, const llm::TrimPlan& plan, std::string_view summary) {
  llm::ChatRequest& request = state_->request;
  llm::Outline outline;
  PM_CHECK(wire::read_outline(request.protocol, original, state_->document, outline));
  json::Splices edits;
  PM_CHECK(wire::splice_trim(original, outline, plan, summary, edits));
  state_->trimmed = edits.to_string();
  const std::uint64_t user = request.user;
  const std::uint64_t conversation = request.conversation;
  std::string text = std::move(request.text);
  std::string context = std::move(request.context);
  PM_CHECK(worker_.readers_.read(protocol_, state_->trimmed, request));
  request.user = user;
  request.conversation = conversation;
  request.text = std::move(text);
  request.context = std::move(context);
  state_->crossing.reset();
  count_prompt();
  predict_sizes();
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
