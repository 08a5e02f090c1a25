#include "gateway/dispatch.h"

#include <charconv>

#include "base/log.h"
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

// Seconds of `retry-after` (RFC 9110 section 10.2.3, delay form) or milliseconds of OpenAI's `retry-after-ms`.
std::optional<base::Duration> retry_after(const http::ResponseHead& head) {
  const auto number = [](std::string_view text) -> std::optional<std::int64_t> {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
    return std::min<std::int64_t>(value, 86'400'000);
  };
  if (const auto field = head.find("retry-after-ms")) {
    if (const auto ms = number(*field)) return std::chrono::milliseconds(*ms);
  }
  if (const auto field = head.find("retry-after")) {
    if (const auto seconds = number(*field)) return std::chrono::seconds(std::min<std::int64_t>(*seconds, 86'400));
  }
  return std::nullopt;
}

}  // namespace

Next next_after_status(int status) {
  if (status >= 500 || status == 429 || status == 408 || status == 409) return Next::kTryOther;
  if (status == 401 || status == 403 || status == 407 || (status >= 300 && status < 400)) return Next::kMisused;
  return Next::kCommit;
}

Result<bool> Dispatcher::write_request(int model) {
  const route::Model& target = snapshot_.market.model(static_cast<route::ModelIndex>(model));
  const auto provider_index = static_cast<std::size_t>(snapshot_.provider_of_model[static_cast<std::size_t>(model)]);
  const upstream::Provider& provider = snapshot_.providers[provider_index];
  PM_TRY(const bool hidden, wire::openai_chat::forward_body(
                                state_.request, {target.upstream_name, provider.ask_usage}, state_.body));
  state_.upstream_head.clear();
  PM_CHECK(upstream::append_request_head(provider, kChatPath, exchange_.head().fields, state_.body.size(),
                                         state_.upstream_head));
  state_.pieces.assign(1, state_.upstream_head);
  const auto body = state_.body.pieces();
  state_.pieces.insert(state_.pieces.end(), body.begin(), body.end());
  return hidden;
}

void Dispatcher::note_failure(int model, const Error& error) {
  ledger::Attempt& attempt = state_.entry.attempts.back();
  attempt.error = to_string(error.code());
  measure_.failed_attempt(snapshot_, model, attempt.error);
  health_.record(model, limits::blame_of(error), net::Loop::now());
}

void Dispatcher::note_answer(int model, const upstream::Answer& answer, Tried& tried) {
  const http::ResponseHead& head = answer.head();
  ledger::Attempt& attempt = state_.entry.attempts.back();
  attempt.status = head.status;
  attempt.first_byte = std::chrono::duration_cast<std::chrono::microseconds>(answer.first_byte());
  tried.next = next_after_status(head.status);
  if (head.status < 300 && is_a_web_page(head)) tried.next = Next::kMisused;
  if (tried.next == Next::kCommit) {
    health_.record(model, limits::blame_of(head.status), net::Loop::now());
    return;
  }
  attempt.error = "status_" + std::to_string(head.status);
  measure_.failed_attempt(snapshot_, model, attempt.error);
  health_.record(model, limits::blame_of(head.status), net::Loop::now(), retry_after(head));
  if (tried.next == Next::kTryOther) return;
  tried.error = misused(model, head.status);
  base::log_warn("{}", tried.error->message());
}

Error Dispatcher::misused(int model, int status) const {
  const route::Model& target = snapshot_.market.model(static_cast<route::ModelIndex>(model));
  std::string message = "provider '" + target.provider + "' answered " + std::to_string(status) + " for model '" +
                        target.name + "': check its api_key and base_url in the gateway's configuration";
  return Error(ErrorCode::kUpstreamStatus, std::move(message), base::Origin::kUpstream, base::Retry::kNo)
      .with_status(status);
}

net::Awaitable<Dispatcher::Tried> Dispatcher::try_one(int model) {
  Tried tried;
  const route::Model& target = snapshot_.market.model(static_cast<route::ModelIndex>(model));
  state_.entry.attempts.emplace_back();
  state_.entry.attempts.back().model = target.name;
  state_.entry.attempts.back().provider = target.provider;
  measure_.attempted(model);
  auto hidden = write_request(model);
  if (!hidden) {
    tried.error = std::move(hidden).error();
    state_.entry.attempts.back().error = to_string(tried.error->code());
    co_return tried;
  }
  tried.hide_usage = *hidden;
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
  for (const route::Candidate& candidate : candidates) {
    if (attempts == most) break;
    if (attempts > 0) {
      if (!health_.may_retry(net::Loop::now())) break;
      measure_.retried(error ? to_string(error->code()) : std::string_view("status"));
    }
    ++attempts;
    Tried tried = co_await try_one(static_cast<int>(candidate.model));
    if (exchange_.cancel().requested()) co_return base::fail(ErrorCode::kCancelled, "the client left");
    if (tried.answer && !tried.error) {
      last = {std::move(tried.answer), static_cast<int>(candidate.model), tried.hide_usage};
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
