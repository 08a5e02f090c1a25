#include "gateway/trial.h"

#include <algorithm>
#include <array>

#include "base/log.h"
#include "gateway/retry_after.h"

namespace pointsman::gateway {

using base::Error;
using base::ErrorCode;

namespace {

bool has_type(const http::ResponseHead& head, std::string_view wanted) {
  const auto type = head.find("content-type");
  return type && type->size() >= wanted.size() && http::equal_ignoring_case(type->substr(0, wanted.size()), wanted);
}

// A 200 that is a web page comes from something in between, not from the model.
bool is_a_web_page(const http::ResponseHead& head) {
  return has_type(head, "text/html");
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

bool says_too_long(int status, std::string_view body) {
  if (status != 400 && status != 413 && status != 422) return false;
  constexpr std::array<std::string_view, 8> kSigns = {
      "context_length_exceeded", "maximum context length",        "prompt is too long", "context window",
      "exceed_context_size",     "exceeds the available context", "input token count",  "too many tokens"};
  constexpr std::size_t kRead = 4096;
  const std::string_view head = body.substr(0, kRead);
  return std::ranges::any_of(kSigns, [&](std::string_view sign) { return head.contains(sign); });
}

limits::Blame blame_of_answer(int status, bool web_page) {
  if (web_page && status < 400) return limits::Blame::kFailure;  // something in between answers for the model
  if (next_after_status(status) == Next::kMisused) return limits::Blame::kMisconfiguration;
  return limits::blame_of(status);
}

bool is_event_stream(const http::ResponseHead& head, bool asked) {
  return head.find("content-type") ? has_type(head, "text/event-stream") : asked;
}

ledger::Attempt Trial::begin(int model) {
  measure_.attempted(model);
  const route::Model& target = snapshot_.market.model(static_cast<route::ModelIndex>(model));
  ledger::Attempt attempt;
  attempt.model = target.name;
  attempt.provider = target.provider;
  return attempt;
}

void Trial::note_failure(int model, const Error& error, ledger::Attempt& attempt) {
  attempt.error = to_string(error.code());
  measure_.failed_attempt(model, attempt.error);
  // That all connections we allow are busy is our own limit, not the upstream's failure.
  const bool ours = error.code() == ErrorCode::kOverloaded;
  health_.record(model, ours ? limits::Blame::kNone : limits::blame_of(error), net::Loop::now());
}

void Trial::note_broken(int model, ledger::Attempt& attempt) {
  note_failure(model, Error(ErrorCode::kReset, "the answer broke off", base::Origin::kUpstream), attempt);
}

std::optional<ledger::Attempt> Trial::lost_before(const ledger::Attempt& attempt, const Tried& tried) {
  if (!tried.resent) return std::nullopt;
  ledger::Attempt lost;
  lost.model = attempt.model;
  lost.provider = attempt.provider;
  lost.error = to_string(ErrorCode::kReset);
  lost.judged.worth = ledger::kUnanswered;
  lost.judged.discarded = true;
  return lost;
}

void Trial::note_answer(int model, bool stream, ledger::Attempt& attempt, Tried& tried) {
  const http::ResponseHead& head = tried.answer->head();
  attempt.status = head.status;
  attempt.first_byte = std::chrono::duration_cast<std::chrono::microseconds>(tried.answer->first_byte());
  const bool web_page = is_a_web_page(head);
  tried.next = next_after_status(head.status);
  if (web_page && head.status < 300) tried.next = Next::kMisused;
  tried.too_long = says_too_long(head.status, tried.answer->body_input());
  if (tried.too_long) tried.next = Next::kTryOther;
  const limits::Blame blame = blame_of_answer(head.status, web_page);
  health_.record(model, blame, net::Loop::now(), retry_after(head));
  if (tried.next == Next::kCommit) {
    if (head.status < 300) health_.answered(model, stream, tried.answer->first_byte());
    return;
  }
  attempt.error = web_page ? "web_page" : tried.too_long ? "too_long" : "status_" + std::to_string(head.status);
  measure_.failed_attempt(model, attempt.error);
  if (tried.next == Next::kTryOther && !web_page) return;
  tried.error = unusable(model, head.status, web_page);
  base::log_warn("{}", tried.error->message());
}

Error Trial::unusable(int model, int status, bool web_page) const {
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

net::Awaitable<Tried> Trial::run(int model, bool stream, std::span<const std::string_view> pieces,
                                 ledger::Attempt& attempt) {
  Tried tried;
  const auto provider = static_cast<std::size_t>(snapshot_.provider_of_model[static_cast<std::size_t>(model)]);
  health_.attempt(model, net::Loop::now());
  auto answer = co_await upstream::call(pool_, snapshot_.providers[provider], pieces, cancel_);
  if (answer) {
    tried.answer = std::move(*answer);
    tried.resent = tried.answer->resent();
    note_answer(model, stream, attempt, tried);
    co_return tried;
  }
  tried.error = std::move(answer).error();
  if (tried.error->code() == ErrorCode::kCancelled) {
    attempt.error = "cancelled";
    health_.record(model, limits::Blame::kNone, net::Loop::now());
  } else {
    note_failure(model, *tried.error, attempt);
  }
  co_return tried;
}

}  // namespace pointsman::gateway
