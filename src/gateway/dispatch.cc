#include "gateway/dispatch.h"

#include <algorithm>

#include "gateway/denial.h"
#include "gateway/judge.h"
#include "gateway/lease_call.h"
#include "gateway/worst_case.h"

namespace pointsman::gateway {

using base::Error;
using base::ErrorCode;
using base::Result;

std::optional<std::size_t> Dispatcher::next_place() {
  const auto& candidates = state_.decision.ranked.candidates;
  const auto failed = [&](std::size_t place) {
    return static_cast<int>(candidates[place].model) == early_.failed_model();
  };
  while (next_ < candidates.size() && candidates.size() > 1 && (failed(next_) || is_too_small(next_))) ++next_;
  return next_ < candidates.size() ? std::optional(next_) : std::nullopt;
}

bool Dispatcher::is_too_small(std::size_t place) const {
  const auto& window = snapshot_.market.model(state_.decision.ranked.candidates[place].model).context_window;
  return too_small_ > 0 && window && *window <= too_small_;
}

bool Dispatcher::reserve(std::size_t place) {
  if (!state_.holds.entered()) return true;
  const route::ModelIndex model = state_.decision.ranked.candidates[place].model;
  auto reserved = state_.holds.reserve(state_.entry.attempts.size(),
                                       worst_case(state_.request, state_.decision, snapshot_.market, model));
  if (reserved) return true;
  if (reserved.error().slice_short) {
    short_ = std::move(reserved).error();
  } else {
    note_denial(std::move(reserved).error());
  }
  return false;
}

void Dispatcher::note_denial(limits::Denial denial) {
  if (!denial_) denial_ = std::move(denial);
}

net::Awaitable<bool> Dispatcher::reserve_patiently(std::size_t place) {
  const route::ModelIndex model = state_.decision.ranked.candidates[place].model;
  limits::Denial denial = *std::move(short_);
  short_.reset();
  auto patient = co_await gateway::reserve_patiently(
      state_.holds, state_.entry.attempts.size(), worst_case(state_.request, state_.decision, snapshot_.market, model),
      std::move(denial), leases_, exchange_.loop(), exchange_.cancel());
  measure_.waited_for_budget(to_string(patient.outcome));
  if (!patient.reserved) note_denial(std::move(patient.reserved).error());
  co_return patient.reserved.has_value();
}

net::Awaitable<std::optional<std::size_t>> Dispatcher::await_affordable(bool first) {
  while (short_) {
    const std::size_t place = next_;
    if (co_await reserve_patiently(place)) co_return place;
    if (first || exchange_.cancel().requested()) break;
    next_ = place + 1;
    if (const auto other = next_affordable(false)) co_return other;
  }
  co_return std::nullopt;
}

std::optional<std::size_t> Dispatcher::next_affordable(bool first) {
  for (auto place = next_place(); place; place = next_place()) {
    if (reserve(*place)) return place;
    if (first || short_) return std::nullopt;
    next_ = *place + 1;
  }
  return std::nullopt;
}

void Dispatcher::note_unbilled(std::size_t attempt, const Tried& tried) {
  ledger::Attempt& record = state_.entry.attempts[attempt];
  // An answer with an error is not billed, nor what never left us.
  const bool refused = record.status >= 400;
  const bool unsent = tried.error && record.status == 0 &&
                      (tried.error->code() == ErrorCode::kConnect || tried.error->code() == ErrorCode::kOverloaded ||
                       tried.error->code() == ErrorCode::kUnsupported);
  if (refused || unsent) {
    state_.holds.settle(attempt, {.nanos = 0, .tokens = 0});
  } else if (tried.error && record.status == 0) {
    record.judged.worth = ledger::kUnanswered;
    record.judged.discarded = true;
  }
}

net::Awaitable<Dispatcher::Attempted> Dispatcher::try_one(std::size_t place, bool judged) {
  Attempted out;
  const int model = static_cast<int>(state_.decision.ranked.candidates[place].model);
  const route::Model& target = snapshot_.market.model(static_cast<route::ModelIndex>(model));
  ledger::Attempt& attempt = state_.entry.attempts.emplace_back(trial_.begin(model));
  state_.spans.begin_call(net::Loop::now());
  // Only of a model that is known to give them: others refuse the request.
  out.ask_logprobs = judged && state_.request.protocol == llm::Protocol::kChatCompletions &&
                     target.capabilities.has(llm::Capability::kLogprobs) &&
                     !state_.request.needs.capabilities.has(llm::Capability::kLogprobs);
  auto written = write_upstream_request(snapshot_, state_, exchange_.head().fields, model, out.ask_logprobs);
  if (!written) {
    out.tried.error = std::move(written).error();
    attempt.error = to_string(out.tried.error->code());
    note_unbilled(state_.entry.attempts.size() - 1, out.tried);
    state_.spans.end_call(net::Loop::now());
    co_return out;
  }
  out.sent = std::move(*written);
  const base::MonoTime begin = net::Loop::now();
  out.tried = co_await trial_.run(model, state_.request.stream, state_.pieces, attempt);
  const base::MonoTime end = net::Loop::now();
  waited_ += end - begin;
  if (out.tried.error || out.tried.next != Next::kCommit) state_.spans.end_call(end);
  note_lost(out.tried);
  note_unbilled(state_.entry.attempts.size() - 1, out.tried);
  co_return out;
}

// What was set aside stays with what was lost, whose cost nobody knows, and so is charged in full.
void Dispatcher::note_lost(const Tried& tried) {
  auto& attempts = state_.entry.attempts;
  auto lost = Trial::lost_before(attempts.back(), tried);
  if (!lost) return;
  attempts.insert(attempts.end() - 1, *std::move(lost));
  state_.spans.add_lost();
}

net::Awaitable<Result<Dispatched>> Dispatcher::try_in_order() {
  const auto& candidates = state_.decision.ranked.candidates;
  const int most = snapshot_.config.router.retries.max_attempts;
  Dispatched last;
  std::optional<Error> error;
  for (int attempts = 0; attempts < most; ++attempts) {
    if (attempts > 0 && next_place() && !health_.may_retry(net::Loop::now())) break;
    auto place = next_affordable(attempts == 0);
    if (short_) place = co_await await_affordable(attempts == 0);
    if (exchange_.cancel().requested()) co_return base::fail(ErrorCode::kCancelled, "the request was cancelled");
    if (!place) break;
    if (attempts > 0) {
      measure_.retried(error ? to_string(error->code()) : std::string_view("status"));
    }
    next_ = *place + 1;
    const bool judged = is_judged(state_.decision, snapshot_.market, state_.request, *place);
    Attempted one = co_await try_one(*place, judged);
    if (one.tried.too_long) {
      const auto& window = snapshot_.market.model(candidates[*place].model).context_window;
      too_small_ = std::max(too_small_, window.value_or(0));
    }
    if (exchange_.cancel().requested()) co_return base::fail(ErrorCode::kCancelled, "the request was cancelled");
    if (one.tried.answer && !one.tried.error) {
      last = {std::move(one.tried.answer), static_cast<int>(candidates[*place].model), std::move(one.sent)};
      last.attempt = state_.entry.attempts.size() - 1;
      last.hide_logprobs = one.ask_logprobs;
      last.to_judge = judged && last.answer->head().status < 300;
      if (one.tried.next == Next::kCommit) co_return std::move(last);
      error.reset();
      continue;
    }
    last.answer.reset();
    error = std::move(one.tried.error);
  }
  if (last.answer) co_return std::move(last);
  if (!error && denial_) error = error_of(*denial_);
  if (!error) error = Error(ErrorCode::kNoCandidate, "no model could be tried");
  co_return base::fail(std::move(*error));
}

net::Awaitable<Result<Dispatched>> Dispatcher::attempt_strongest(int than) {
  const route::ModelIndex strongest = snapshot_.market.fallback().front();
  const auto& candidates = state_.decision.ranked.candidates;
  const auto at = std::ranges::find(candidates, strongest, &route::Candidate::model);
  if (at == candidates.end() || static_cast<int>(strongest) == than) {
    co_return base::fail(ErrorCode::kNoCandidate, "there is no stronger model");
  }
  next_ = static_cast<std::size_t>(at - candidates.begin());
  const bool affordable = reserve(next_) || (short_ && co_await reserve_patiently(next_));
  if (!affordable) co_return base::fail(ErrorCode::kNoCandidate, "no budget has room for the strongest model");
  auto one = co_await try_one(next_++, false);
  if (exchange_.cancel().requested()) co_return base::fail(ErrorCode::kCancelled, "the request was cancelled");
  if (one.tried.error) co_return base::fail(std::move(*one.tried.error));
  if (one.tried.answer->head().status >= 300)
    co_return base::fail(ErrorCode::kNoCandidate, "the strongest model refused");
  Dispatched out{std::move(one.tried.answer), static_cast<int>(strongest), std::move(one.sent)};
  out.attempt = state_.entry.attempts.size() - 1;
  co_return out;
}

net::Awaitable<Result<Dispatched>> Dispatcher::attempt() {
  if (!begun_) health_.begin_request(net::Loop::now());
  begun_ = true;
  if (early_.wanted()) {
    auto released = co_await early_.release();
    if (exchange_.cancel().requested()) co_return base::fail(ErrorCode::kCancelled, "the request was cancelled");
    if (released) {
      ++next_;  // it was the first candidate
      co_return std::move(*released);
    }
  }
  co_return co_await try_in_order();
}

}  // namespace pointsman::gateway
