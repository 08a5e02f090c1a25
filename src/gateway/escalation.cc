#include "gateway/escalation.h"

#include "gateway/answer_forms.h"
#include "gateway/bill.h"

namespace pointsman::gateway {

using base::ErrorCode;
using base::Result;

namespace {

using wire::openai_chat::AnswerFacts;

config::EscalateConfig settings_of(const Snapshot& snapshot, const Decision& decision) {
  return snapshot.config.categories[static_cast<std::size_t>(decision.verdict.category)].escalate.value_or(
      config::EscalateConfig{});
}

bool must_be_json(const llm::ChatRequest& request) {
  return request.needs.capabilities.has(llm::Capability::kJsonMode) ||
         request.needs.capabilities.has(llm::Capability::kJsonSchema);
}

// What the neutral form shows of an answer's worth; only chat completions tell how probable their tokens were.
AnswerFacts facts_of(const llm::Answer& answer, bool text_is_json, json::Document& document) {
  AnswerFacts out{.whole = !answer.choices.empty(), .usage = answer.usage};
  for (const llm::Choice& choice : answer.choices) {
    std::string text;
    bool says = false;
    bool owes_json = text_is_json;
    for (const llm::Part& part : choice.parts) {
      if (part.kind == llm::PartKind::kReasoning) continue;
      says = says || part.kind != llm::PartKind::kText || !part.text.empty();
      if (part.kind == llm::PartKind::kText) text += part.text;
      if (part.kind == llm::PartKind::kToolCall || part.kind == llm::PartKind::kRefusal) owes_json = false;
      if (part.kind != llm::PartKind::kToolCall || part.custom) continue;
      out.broken_call = out.broken_call || !part.arguments.starts_with('{') || !document.validate(part.arguments);
    }
    out.empty = out.empty || !says;
    out.cut_short = out.cut_short || choice.stop == llm::StopReason::kLength;
    out.filtered = out.filtered || choice.stop == llm::StopReason::kContentFilter;
    if (owes_json && choice.stop != llm::StopReason::kRefusal) {
      out.broken_json = out.broken_json || !document.validate(text);
    }
  }
  return out;
}

AnswerFacts read_facts(llm::Protocol protocol, std::string_view body, bool text_is_json, json::Document& document) {
  if (protocol != llm::Protocol::kMessages && protocol != llm::Protocol::kResponses) {
    return wire::openai_chat::read_answer_facts(body, text_is_json, document);
  }
  llm::Answer answer;
  const auto read = read_whole_answer(protocol, body, document, answer);
  return read ? facts_of(answer, text_is_json, document) : AnswerFacts();
}

}  // namespace

net::Awaitable<Escalation::Held> Escalation::hold(const Dispatched& from) {
  upstream::Answer& answer = *from.answer;
  const auto provider = static_cast<std::size_t>(snapshot_.provider_of_model[static_cast<std::size_t>(from.model)]);
  const base::Duration idle = snapshot_.providers[provider].idle_timeout;
  const auto most = static_cast<std::size_t>(settings_of(snapshot_, state_.decision).max_held);
  const net::CancelToken::Scope scope(
      exchange_.cancel(), [](void* c) { static_cast<net::Channel*>(c)->cancel(); }, &answer.channel());
  Held held;
  http::BodyReader reader = answer.body();  // the answer's own stays at the beginning, for the relay
  std::size_t read = 0;
  const base::MonoTime begin = net::Loop::now();
  while (true) {
    auto relayed = reader.relay(answer.body_input().substr(read), [&](std::string_view piece) { held.body += piece; });
    if (!relayed) {
      held.error = std::move(relayed).error();
      break;
    }
    read += relayed->consumed;
    held.too_long = !relayed->done && read >= most;
    if (relayed->done || held.too_long) break;
    answer.channel().set_deadline(net::Loop::now() + idle);
    auto more = co_await answer.more(2 * most);
    if (more && *more) continue;
    const auto closed = more ? reader.close() : Result<void>(base::fail(std::move(more).error()));
    if (!closed) held.error = closed.error();
    break;
  }
  waited_ += net::Loop::now() - begin;
  co_return held;
}

bool Escalation::weigh(const Held& held, Dispatched& from) {
  ledger::Attempt& attempt = state_.entry.attempts[from.attempt];
  AnswerFacts facts;
  Worth worth = held.too_long ? Worth::kTooLong : Worth::kNotWhole;
  if (!held.too_long && !held.error) {
    facts = read_facts(from.sent.protocol, held.body, must_be_json(state_.request), state_.document);
    worth = judge(facts, state_.request, settings_of(snapshot_, state_.decision).min_confidence);
  }
  if (held.error) {
    attempt.error = to_string(held.error->code());
    measure_.failed_attempt(from.model, attempt.error);
    if (limits::blame_of(*held.error) == limits::Blame::kFailure) health_.ended(from.model, false, net::Loop::now());
  }
  const route::Model& model = snapshot_.market.model(static_cast<route::ModelIndex>(from.model));
  attempt.judged.worth = to_string(worth);
  attempt.judged.confidence = confidence_of(facts);
  attempt.judged.usage = facts.usage;
  attempt.judged.cost = cost_with(model, state_.request, facts.usage);
  if (from.hide_logprobs) from.hidden = std::move(facts.logprobs);
  return worth == Worth::kGood;
}

// An answer that is not good enough came from a provider that is well: asking another one is what the strategy is for.
// One that broke off is a failure like any other, and what follows it a retry.
bool Escalation::may_retry(const base::Error& error) {
  if (!health_.may_retry(net::Loop::now())) return false;
  measure_.retried(to_string(error.code()));
  return true;
}

// It was read to its end, or as far as we cared to: then its connection cannot be used again.
void Escalation::discard(Dispatched& from) {
  ledger::Judgement& judged = state_.entry.attempts[from.attempt].judged;
  judged.discarded = true;
  state_.spans.end_call(from.attempt, net::Loop::now());
  state_.holds.settle(from.attempt, actual_of(judged.usage, judged.cost));
  upstream::Answer& answer = *from.answer;
  answer.drop_head();
  const auto read = answer.body().relay(answer.channel().input(), [](std::string_view) {});
  if (read) answer.channel().consume(read->consumed);
  from.answer.reset();
}

net::Awaitable<Result<Dispatched>> Escalation::settle(Dispatched first) {
  Dispatched present = std::move(first);
  while (present.to_judge) {
    Held held = co_await hold(present);
    if (exchange_.cancel().requested()) co_return base::fail(ErrorCode::kCancelled, "the request was cancelled");
    if (weigh(held, present)) break;
    if (held.error && !may_retry(*held.error)) {
      discard(present);
      co_return base::fail(*std::move(held.error));
    }
    auto next = co_await dispatcher_.attempt();
    if (exchange_.cancel().requested()) co_return base::fail(ErrorCode::kCancelled, "the request was cancelled");
    const bool better = next && next->answer->head().status < 300;
    if (!better && !held.error) break;  // rather a poor answer than none
    discard(present);
    if (!next) co_return base::fail(std::move(next).error());
    present = std::move(*next);
  }
  co_return std::move(present);
}

}  // namespace pointsman::gateway
