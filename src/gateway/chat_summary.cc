// What a ChatFlow does about turns that were left out where the policy wishes for a summary of them.
#include <algorithm>

#include "gateway/bill.h"
#include "gateway/chat_flow.h"
#include "gateway/lease_call.h"
#include "gateway/worst_case.h"
#include "route/cost.h"
#include "wire/removed_part.h"
#include "wire/summary_call.h"
#include "wire/trimmed_body.h"

namespace pointsman::gateway {

using base::ErrorCode;
using base::Result;

namespace {

// Most bytes of a conversation that are read to be summed up, and the fewest that are worth it.
constexpr std::size_t kMostMaterial = std::size_t{512} << 10;
constexpr std::size_t kLeastMaterial = std::size_t{1} << 10;
// Few tokens are longer on average; what comes out too long is cut further.
constexpr std::int64_t kBytesPerToken = 8;

// Nobody shares with anybody else, as with answers that are given again (answers/answer_key.h).
std::string whose(const Caller& caller) {
  if (caller.key == nullptr) return "everybody";
  return caller.key->owner.empty() ? "key " + caller.key->key.to_string() : "owner " + caller.key->owner;
}

}  // namespace

answers::AnswerKey ChatFlow::summary_key(const config::SummaryConfig& wish, const llm::Outline& outline,
                                         const llm::TrimPlan& plan) const {
  const route::Model& model =
      snapshot_->market.model(static_cast<route::ModelIndex>(snapshot_->find_model(wish.model)));
  std::string scope = whose(caller_);
  // None of these can hold a line break.
  scope.append("\nuser ").append(std::to_string(state_->request.user));
  scope.append("\nmodel ").append(model.provider).append("\n").append(model.upstream_name);
  scope.append("\n").append(wire::summary_instructions(wish.max_tokens));
  return wire::removed_digest(state_->request.body, outline, plan, scope);
}

// As much of what was removed as the model has room for.
Result<SummaryOrder> ChatFlow::order_summary(const config::SummaryConfig& wish, const llm::Outline& outline,
                                             const llm::TrimPlan& plan) {
  SummaryOrder order{.generation = generation_,
                     .model = snapshot_->find_model(wish.model),
                     .max_tokens = wish.max_tokens,
                     .room = wish.max_tokens,
                     .deadline = wish.deadline};
  const auto index = static_cast<route::ModelIndex>(order.model);
  const auto room = room_of(snapshot_->market.model(index), wish.max_tokens);
  const std::int64_t instructions = worker_.prompts_.count_text(wire::summary_instructions(wish.max_tokens));
  auto bytes = static_cast<std::int64_t>(kMostMaterial);
  if (room) bytes = std::min(bytes, std::max<std::int64_t>(*room, 0) * kBytesPerToken);
  for (; bytes >= static_cast<std::int64_t>(kLeastMaterial); bytes /= 2) {
    PM_TRY(wire::RemovedPart part,
           wire::removed_part(state_->request.body, outline, plan, static_cast<std::size_t>(bytes), state_->document));
    const std::int64_t tokens = instructions + worker_.prompts_.count_text(wire::summary_material(part.text));
    std::vector<route::PromptSize> sizes;
    generation_->sizes.predict(
        worker_.calibrations_,
        {.measure = tokens::Measure::kO200k, .amount = tokens, .tokens = tokens, .teaches = false}, sizes);
    order.prompt_tokens = index < sizes.size() ? sizes[index].most : tokens;
    order.conversation = std::move(part.text);
    if (!room || order.prompt_tokens <= *room) return order;
  }
  return base::fail(ErrorCode::kTooLarge, "the model that sums up has no room for what was removed");
}

net::Awaitable<bool> ChatFlow::reserve_summary(const SummaryOrder& order) {
  if (!state_->holds.entered()) co_return true;
  const route::Model& model = snapshot_->market.model(static_cast<route::ModelIndex>(order.model));
  const auto most = route::worst_case(order.prompt_tokens, order.max_tokens, model.prices);
  limits::Demand demand{.tokens = order.prompt_tokens + order.max_tokens, .requests = 0};
  if (most) demand.nanos = most->nanos;
  auto reserved = state_->holds.reserve(Holds::kSummary, demand);
  if (!reserved && reserved.error().slice_short) {
    auto patient = co_await reserve_patiently(state_->holds, Holds::kSummary, demand, std::move(reserved).error(),
                                              worker_.parts_.leases, exchange_.loop(), exchange_.cancel());
    generation_->measure.waited_for_budget(to_string(patient.outcome));
    co_return patient.reserved.has_value();
  }
  co_return reserved.has_value();
}

void ChatFlow::note_summary(SummaryOutcome outcome, const SummaryBill& bill) {
  fitting_.summary = to_string(outcome);
  fitting_.summary_usage = bill.usage;
  fitting_.summary_cost = bill.cost;
}

net::Awaitable<std::string> ChatFlow::sum_up(const config::SummaryConfig& wish, const llm::TrimPlan& plan) {
  note_summary(SummaryOutcome::kNoRoom, {});
  if (plan.summary_item == llm::kNoIndex) co_return std::string();
  llm::Outline outline;
  if (!wire::read_outline(state_->request.protocol, state_->request.body, state_->document, outline)) {
    co_return std::string();
  }
  SummaryDesk& desk = worker_.summaries_;
  const answers::AnswerKey key = summary_key(wish, outline, plan);
  if (auto kept = desk.find(key)) {
    fitting_.summary_model = wish.model;
    note_summary(SummaryOutcome::kCached, {});
    co_return std::move(*kept);
  }
  SummaryCallPtr call = desk.under_way(key);
  const bool first = call == nullptr;
  if (first) {
    auto order = order_summary(wish, outline, plan);
    if (!order) co_return std::string();
    order->key = key;
    const SummaryOutcome refused = desk.refusal(*order);
    const bool affordable = refused == SummaryOutcome::kNone && co_await reserve_summary(*order);
    if (!affordable) {
      note_summary(refused != SummaryOutcome::kNone ? refused : SummaryOutcome::kNoBudget, {});
      co_return std::string();
    }
    auto begun = desk.begin(std::move(*order));
    if (!begun) {
      state_->holds.settle(Holds::kSummary, {.nanos = 0, .tokens = 0});
      note_summary(begun.error(), {});
      co_return std::string();
    }
    call = std::move(*begun);
  }
  fitting_.summary_model = wish.model;
  co_return co_await hear_summary(call, first);
}

// Who began the call bears what it costs.
net::Awaitable<std::string> ChatFlow::hear_summary(SummaryCallPtr call, bool first) {
  const base::MonoTime asked = net::Loop::now();
  exchange_.watch();
  co_await call->wait(exchange_.cancel());
  waited_ += net::Loop::now() - asked;
  const SummaryOutcome outcome = call->outcome();
  const bool there = outcome == SummaryOutcome::kUsed;
  note_summary(there && !first ? SummaryOutcome::kCached : outcome, first ? call->bill() : SummaryBill());
  if (first) state_->holds.settle(Holds::kSummary, actual_of(call->bill().usage, call->bill().cost));
  co_return there ? call->text() : std::string();
}

}  // namespace pointsman::gateway
