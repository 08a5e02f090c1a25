#include "gateway/speculation.h"

#include <array>

#include "gateway/bill.h"
#include "gateway/judge.h"
#include "gateway/likely_model.h"
#include "gateway/worst_case.h"

namespace pointsman::gateway {

namespace {

// Of the attempt that has no number in the entry yet.
constexpr std::size_t kEarly = std::size_t(-1);

// What the answer says that it used, if all of it has come. Leaves the connection fit for another request then.
std::optional<llm::Usage> read_usage(upstream::Answer& answer, RequestState& state, llm::Protocol protocol) {
  const bool stream = is_event_stream(answer.head(), state.request.stream);
  llm::Meter& meter = state.meters.begin(protocol, stream, false);
  answer.channel().unwatch();
  answer.drop_head();
  const auto read =
      answer.body().relay(answer.channel().input(), [&meter](std::string_view payload) { (void)meter.feed(payload); });
  if (!read) return std::nullopt;
  answer.channel().consume(read->consumed);
  if (stream && meter.observed().done) return meter.observed().usage;
  if (stream || !read->done) return std::nullopt;
  (void)meter.finish();
  return meter.observed().usage;
}

// Nobody can have a bill for it.
bool was_never_sent(const ledger::Attempt& attempt) {
  const auto is = [&attempt](base::ErrorCode code) { return attempt.error == to_string(code); };
  return attempt.status == 0 && (is(base::ErrorCode::kConnect) || is(base::ErrorCode::kOverloaded));
}

}  // namespace

std::string_view to_string(Speculation::Outcome outcome) {
  constexpr std::array<std::string_view, 4> kNames = {"", "released", "cancelled", "failed"};
  return kNames[static_cast<std::size_t>(outcome)];
}

void Speculation::begin(GenerationPtr generation, const route::Conditions& conditions) {
  generation_ = std::move(generation);
  const Snapshot& snapshot = *generation_->snapshot;
  const auto likely = likely_model(snapshot, state_.request, state_.decision, conditions);
  // A breaker that is about to close lets one request through, and that is no guess.
  if (!likely || !generation_->health.steady(static_cast<int>(*likely), net::Loop::now())) return;
  model_ = static_cast<int>(*likely);
  state_.spans.begin_early();
  auto written = write_upstream_request(snapshot, state_, exchange_.head().fields, model_, false);
  if (!written) return;  // if the decision comes to the same, that will say why
  const limits::Demand most = worst_case(state_.request, state_.decision, snapshot.market, *likely);
  if (!state_.holds.reserve(kEarly, most)) return;  // likewise
  sent_ = std::move(*written);
  call_ = std::make_shared<EarlyCall>(generation_, pool_, model_, state_.request.stream, state_.pieces);
  call_->start(exchange_.loop());
}

void Speculation::stand(bool decided) {
  if (!call_) return;
  const Decision& decision = state_.decision;
  const auto& candidates = decision.ranked.candidates;
  wanted_ = decided && !candidates.empty() && static_cast<int>(candidates.front().model) == model_ &&
            !is_judged(decision, generation_->snapshot->market, state_.request, 0);
  astray_ = !wanted_;
  if (astray_) put_on_record(call_->failed() ? Outcome::kFailed : Outcome::kCancelled);
}

net::Awaitable<std::optional<Dispatched>> Speculation::release() {
  const base::MonoTime begin = net::Loop::now();
  {
    const net::CancelToken::Scope scope(
        exchange_.cancel(), [](void* call) { static_cast<EarlyCall*>(call)->give_up(); }, call_.get());
    co_await call_->wait();
  }
  wanted_ = false;
  if (exchange_.cancel().requested() || !call_->answered()) {
    waited_ = std::max(base::Duration(0), call_->ended_at() - begin);
    put_on_record(call_->failed() ? Outcome::kFailed : Outcome::kCancelled);
    co_return std::nullopt;
  }
  waited_ = call_->took();
  Dispatched out;
  out.answer = call_->take();
  out.model = model_;
  out.sent = std::move(sent_);
  put_on_record(Outcome::kReleased);
  out.attempt = state_.entry.attempts.size() - 1;
  co_return out;
}

void Speculation::put_on_record(Outcome outcome) {
  outcome_ = outcome;
  state_.holds.renumber(kEarly, state_.entry.attempts.size());
  auto lost = call_->lost_before();
  // An answer that is released goes on.
  const bool goes_on = outcome == Outcome::kReleased;
  const base::MonoTime ended = call_->over() ? call_->ended_at() : net::Loop::now();
  state_.spans.record_early(call_->began_at(), goes_on ? base::MonoTime{} : ended, lost.has_value());
  if (lost) state_.entry.attempts.push_back(*std::move(lost));
  const std::size_t number = state_.entry.attempts.size();
  ledger::Attempt& attempt = state_.entry.attempts.emplace_back(call_->record());
  attempt.judged.worth = ledger::kSpeculation;
  attempt.judged.worth += to_string(outcome);
  if (outcome == Outcome::kCancelled) {
    attempt.error = attempt.judged.worth;
    attempt.judged.discarded = true;
    if (call_->answered()) bill(attempt.judged);
    state_.holds.settle(number, actual_of(attempt.judged.usage, attempt.judged.cost));
  } else if (outcome == Outcome::kFailed && (attempt.status >= 400 || was_never_sent(attempt))) {
    state_.holds.settle(number, {.nanos = 0, .tokens = 0});
  } else if (outcome == Outcome::kFailed) {
    attempt.judged.discarded = true;  // whether it was billed is unknown
  }
  generation_->measure.speculated(to_string(outcome));
  give_up();
}

void Speculation::bill(ledger::Judgement& judged) {
  if (call_->record().status >= 400) {
    judged.cost = base::Money{};  // an answer with an error is not billed
    return;
  }
  const auto used = read_usage(call_->answer(), state_, sent_.protocol);
  if (!used) return;
  judged.usage = *used;
  const route::Model& model = generation_->snapshot->market.model(static_cast<route::ModelIndex>(model_));
  judged.cost = cost_with(model, state_.request, *used);
}

void Speculation::give_up() {
  if (call_) call_->give_up();
  call_.reset();
}

}  // namespace pointsman::gateway
