#include "gateway/dispatch.h"

#include "base/log.h"
#include "gateway/judge.h"
#include "gateway/retry_after.h"
#include "wire/openai_chat/forward.h"

namespace pointsman::gateway {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::string_view kChatPath = "/chat/completions";

// A 200 that is a web page comes from something in between, not from the model.
bool is_a_web_page(const http::ResponseHead& head) {
  const auto type = head.find("content-type");
  return type && type->size() >= 9 && http::equal_ignoring_case(type->substr(0, 9), "text/html");
}

}  // namespace

Next next_after_status(int status) {
  switch (status) {
    case 408:
    case 409:
    case 429:
      return Next::kTryOther;
    case 401:  // our key
    case 402:  // our credit
    case 403:
    case 404:  // our name for the model, or our address: there is nothing else that could be missing
    case 405:
    case 407:
      return Next::kMisused;
    default:
      if (status >= 500) return Next::kTryOther;
      return status >= 300 && status < 400 ? Next::kMisused : Next::kCommit;
  }
}

limits::Blame blame_of_answer(int status, bool web_page) {
  if (web_page && status < 400) return limits::Blame::kFailure;  // something in between answers for the model
  if (next_after_status(status) == Next::kMisused) return limits::Blame::kMisconfiguration;
  return limits::blame_of(status);
}

Result<void> Dispatcher::write_request(std::size_t place, Tried& tried) {
  const route::ModelIndex model = state_.decision.ranked.candidates[place].model;
  const route::Model& target = snapshot_.market.model(model);
  const upstream::Provider& provider =
      snapshot_.providers[static_cast<std::size_t>(snapshot_.provider_of_model[model])];
  // Only of a model that is known to give them: others refuse the request.
  tried.ask_logprobs = is_judged(state_.decision, snapshot_.market, state_.request, place) &&
                       target.capabilities.has(llm::Capability::kLogprobs) &&
                       !state_.request.needs.capabilities.has(llm::Capability::kLogprobs);
  const wire::openai_chat::Edits edits{target.upstream_name, provider.ask_usage, tried.ask_logprobs};
  PM_TRY(tried.hide_usage, wire::openai_chat::forward_body(state_.request, edits, state_.body));
  state_.upstream_head.clear();
  PM_CHECK(upstream::append_request_head(provider, kChatPath, exchange_.head().fields, state_.body.size(),
                                         state_.upstream_head));
  state_.pieces.assign(1, state_.upstream_head);
  const auto body = state_.body.pieces();
  state_.pieces.insert(state_.pieces.end(), body.begin(), body.end());
  return {};
}

void Dispatcher::note_failure(int model, const Error& error) {
  ledger::Attempt& attempt = state_.entry.attempts.back();
  attempt.error = to_string(error.code());
  measure_.failed_attempt(model, attempt.error);
  // That all connections we allow are busy is our own limit, not the upstream's failure.
  const bool ours = error.code() == ErrorCode::kOverloaded;
  health_.record(model, ours ? limits::Blame::kNone : limits::blame_of(error), net::Loop::now());
}

void Dispatcher::note_answer(int model, const upstream::Answer& answer, Tried& tried) {
  const http::ResponseHead& head = answer.head();
  ledger::Attempt& attempt = state_.entry.attempts.back();
  attempt.status = head.status;
  attempt.first_byte = std::chrono::duration_cast<std::chrono::microseconds>(answer.first_byte());
  const bool web_page = is_a_web_page(head);
  tried.next = next_after_status(head.status);
  if (web_page && head.status < 300) tried.next = Next::kMisused;
  const limits::Blame blame = blame_of_answer(head.status, web_page);
  health_.record(model, blame, net::Loop::now(), retry_after(head));
  if (tried.next == Next::kCommit) {
    if (head.status < 300) health_.answered(model, state_.request.stream, answer.first_byte());
    return;
  }
  attempt.error = web_page ? "web_page" : "status_" + std::to_string(head.status);
  measure_.failed_attempt(model, attempt.error);
  if (tried.next == Next::kTryOther && !web_page) return;
  tried.error = unusable(model, head.status, web_page);
  base::log_warn("{}", tried.error->message());
}

Error Dispatcher::unusable(int model, int status, bool web_page) const {
  const route::Model& target = snapshot_.market.model(static_cast<route::ModelIndex>(model));
  std::string message = "provider '" + target.provider + "' answered " + std::to_string(status) +
                        (web_page ? " with a web page" : "") + " for model '" + target.name + "'";
  const bool misused = next_after_status(status) != Next::kTryOther;
  if (misused) message += ": check its api_key, base_url and the model's upstream name in the gateway's configuration";
  // A client's retry cannot mend our configuration.
  const base::Retry retry = misused ? base::Retry::kNo : base::Retry::kOtherTarget;
  Error error(ErrorCode::kUpstreamStatus, std::move(message), base::Origin::kUpstream, retry);
  // What is about our own credentials or names must not look as if it were about the client's.
  return misused ? std::move(error) : std::move(error).with_status(status);
}

net::Awaitable<Dispatcher::Tried> Dispatcher::try_one(std::size_t place) {
  Tried tried;
  const int model = static_cast<int>(state_.decision.ranked.candidates[place].model);
  const route::Model& target = snapshot_.market.model(static_cast<route::ModelIndex>(model));
  state_.entry.attempts.emplace_back();
  state_.entry.attempts.back().model = target.name;
  state_.entry.attempts.back().provider = target.provider;
  measure_.attempted(model);
  auto written = write_request(place, tried);
  if (!written) {
    tried.error = std::move(written).error();
    state_.entry.attempts.back().error = to_string(tried.error->code());
    co_return tried;
  }
  const auto provider_index = static_cast<std::size_t>(snapshot_.provider_of_model[static_cast<std::size_t>(model)]);
  const base::MonoTime begin = net::Loop::now();
  health_.attempt(model, begin);
  auto answer = co_await upstream::call(pool_, snapshot_.providers[provider_index], state_.pieces, exchange_.cancel());
  waited_ += net::Loop::now() - begin;
  if (!answer) {
    tried.error = std::move(answer).error();
    if (tried.error->code() == ErrorCode::kCancelled) {
      state_.entry.attempts.back().error = "cancelled";
      health_.record(model, limits::Blame::kNone, net::Loop::now());
    } else {
      note_failure(model, *tried.error);
    }
    co_return tried;
  }
  tried.answer = std::move(*answer);
  note_answer(model, *tried.answer, tried);
  co_return tried;
}

net::Awaitable<Result<Dispatched>> Dispatcher::attempt() {
  const auto& candidates = state_.decision.ranked.candidates;
  const int most = snapshot_.config.router.retries.max_attempts;
  Dispatched last;
  std::optional<Error> error;
  health_.begin_request(net::Loop::now());
  int attempts = 0;
  while (next_ < candidates.size() && attempts < most) {
    if (attempts > 0) {
      if (!health_.may_retry(net::Loop::now())) break;
      measure_.retried(error ? to_string(error->code()) : std::string_view("status"));
    }
    ++attempts;
    const std::size_t place = next_++;
    Tried tried = co_await try_one(place);
    if (exchange_.cancel().requested()) co_return base::fail(ErrorCode::kCancelled, "the request was cancelled");
    if (tried.answer && !tried.error) {
      last = {std::move(tried.answer), static_cast<int>(candidates[place].model), tried.hide_usage};
      last.attempt = state_.entry.attempts.size() - 1;
      last.hide_logprobs = tried.ask_logprobs;
      last.to_judge =
          last.answer->head().status < 300 && is_judged(state_.decision, snapshot_.market, state_.request, place);
      if (tried.next == Next::kCommit) co_return std::move(last);
      error.reset();
      continue;
    }
    last.answer.reset();
    error = std::move(tried.error);
  }
  if (last.answer) co_return std::move(last);
  if (!error) error = Error(ErrorCode::kNoCandidate, "no model could be tried");
  co_return base::fail(std::move(*error));
}

}  // namespace pointsman::gateway
