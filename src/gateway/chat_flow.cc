#include "gateway/chat_flow.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "base/log.h"
#include "gateway/bill.h"
#include "gateway/client_error.h"
#include "gateway/content_type.h"
#include "gateway/conversations.h"
#include "gateway/denial.h"
#include "gateway/encoder_call.h"
#include "gateway/escalation.h"
#include "gateway/opinion_call.h"
#include "gateway/route_body.h"
#include "http/write.h"

namespace pointsman::gateway {

using base::Error;
using base::ErrorCode;
using base::Result;
using ledger::Outcome;

namespace {

std::chrono::microseconds micros(base::Duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration);
}

Outcome outcome_of(const Error& error) {
  switch (error.origin()) {
    case base::Origin::kClient:
      return Outcome::kClientError;
    case base::Origin::kUpstream:
      return Outcome::kUpstreamError;
    case base::Origin::kGateway:
      return Outcome::kGatewayError;
  }
  return Outcome::kGatewayError;
}

}  // namespace

ChatFlow::ChatFlow(Worker& worker, http::Exchange& exchange, llm::Protocol protocol, Caller caller)
    : worker_(worker),
      exchange_(exchange),
      protocol_(protocol),
      caller_(std::move(caller)),
      generation_(worker.present_),
      snapshot_(generation_->snapshot.get()),
      state_(worker.take_state()),
      speculation_(exchange, *state_, worker.pool_) {}

ChatFlow::~ChatFlow() {
  if (admitted_) settle(Outcome::kGatewayError, "the request was abandoned");
  if (reserved_) worker_.parts_.sink.release();
  worker_.give_state(std::move(state_));
}

// ---- admit, understand, decide

Result<void> ChatFlow::admit() {
  if (!has_content_type(exchange_.head(), "application/json")) {
    return base::fail(
        Error(ErrorCode::kUnsupported, "send the request with 'content-type: application/json'", base::Origin::kClient)
            .at("content-type"));
  }
  return {};
}

Result<void> ChatFlow::come_in() {
  auto place = worker_.door_.enter(caller_.priority());
  crowded_ = !place.has_value();
  if (crowded_) return base::fail(Error(ErrorCode::kOverloaded, std::string(describe(place.error()))));
  place_.emplace(*std::move(place));
  return {};
}

Result<void> ChatFlow::reserve() {
  auto room = worker_.parts_.sink.reserve();
  reserved_ = room.has_value();
  if (!room) {
    generation_->measure.ledger_refused();
    base::log_warn("a request was refused: {}", room.error().message());
  }
  return room;
}

net::Awaitable<Result<void>> ChatFlow::understand() {
  PM_CO_TRY(const std::string_view body, co_await exchange_.read_body());
  read_at_ = net::Loop::now();
  PM_CO_CHECK(come_in());
  state_->crossing.reset();
  PM_CO_CHECK(worker_.readers_.read(protocol_, body, state_->request));
  generation_ = worker_.generation_for(state_->request.conversation);
  snapshot_ = generation_->snapshot.get();
  begin_trace();
  co_return Result<void>{};
}

net::Awaitable<> ChatFlow::consult() {
  exchange_.watch();
  const base::MonoTime begin = net::Loop::now();
  Decision& decision = state_->decision;
  const auto call = std::make_shared<EncoderCall>(exchange_.loop(), state_->request.text, snapshot_->encoder,
                                                  begin + snapshot_->config.router.encoder->deadline);
  decision.encoder.outcome = co_await ask_encoder(worker_.parts_.encoders, call, exchange_.cancel());
  decision.encoder.took = net::Loop::now() - begin;
  if (decision.encoder.outcome != EncoderOutcome::kUsed) co_return;
  generation_->decider.hear(*snapshot_, state_->request, call->vector, decision);
}

net::Awaitable<> ChatFlow::ask_small_model() {
  exchange_.watch();
  Decision& decision = state_->decision;
  const base::MonoTime begin = net::Loop::now();
  const std::vector<float> local = decision.evidence.probabilities;
  OpinionDesk::Asked asked = worker_.opinions_.put(snapshot_->consultant, state_->request.text, local);
  if (asked.first) asked_ = asked.call;
  if (asked.call && to_dispatch_ && !would_hit()) speculation_.begin(generation_, conditions());
  Heard heard = co_await asked.answer(exchange_.cancel());
  decision.evidence.opinion = std::move(heard.opinion);
  decision.opinion = heard.note;
  state_->spans.asked(begin, net::Loop::now());
}

route::Conditions ChatFlow::conditions() {
  Health& health = generation_->health;
  return {.health = health.view(net::Loop::now()),
          .paces = health.paces(state_->request.stream),
          .lot = state_->decision.lot,
          .continuity = state_->decision.continuity,
          .prompts = state_->decision.prompts};
}

net::Awaitable<Result<void>> ChatFlow::decide(Purpose purpose) {
  const base::MonoTime begin = net::Loop::now();
  state_->spans.decided(begin, begin);
  Decision& decision = state_->decision;
  decision.lot = generation_->health.draw();
  predict_sizes();
  const std::string_view session = exchange_.head().find(kSessionHeader).value_or(std::string_view());
  decision.conversation_key = conversation_key(state_->request, session);
  decision.continuity = continuity_of(worker_.parts_.conversations, decision.conversation_key, state_->request,
                                      *snapshot_, begin, decision.cached_at);
  Decider& decider = generation_->decider;
  const std::string_view header = exchange_.head().find("x-pointsman-route").value_or(std::string_view());
  PM_CO_TRY(const bool ask, decider.look(*snapshot_, state_->request, header, decision));
  if (ask) co_await consult();
  decision.evidence.shift = generation_->shift.raised();
  if (snapshot_->consultant && decision.routed) {
    if (decider.wants_opinion(*snapshot_, state_->request, decision)) {
      co_await ask_small_model();
    } else {
      decision.evidence.opinion.outcome = classify::OpinionOutcome::kNotNeeded;
    }
  }
  // Both as they are now: who was asked may have taken their time.
  decision.evidence.shift = generation_->shift.raised();
  route::Conditions present = conditions();
  auto decided = decider.conclude(*snapshot_, state_->request, present, decision);
  decision.explored.reset();
  base::Duration elsewhere{};
  if (decided && purpose == Purpose::kAnswer) {
    look_up();
    elsewhere = co_await ask_replicas();
  }
  if (elsewhere > base::Duration(0)) {
    // What `present` refers to has served other requests meanwhile.
    present = conditions();
    decided = decider.conclude(*snapshot_, state_->request, present, decision);
  }
  if (decided && purpose == Purpose::kAnswer && !is_hit()) {
    worker_.explorer_.explore(*snapshot_, state_->request, present, net::Loop::now(), decision);
  }
  decision.paces.assign(present.paces.begin(), present.paces.end());
  const base::MonoTime end = net::Loop::now();
  decision.classify_time = end - begin - elsewhere;
  state_->spans.decided(begin, end);
  worker_.encoder_watch_.observe(decision.encoder, end);
  worker_.opinion_watch_.observe(decision, end);
  co_return decided;
}

// A request that asks for something that does not exist is not admitted; one that no model can answer is, and its entry
// says why.
net::Awaitable<Result<void>> ChatFlow::decide_and_record() {
  size_up();
  auto decided = co_await decide(Purpose::kAnswer);
  if (!decided && decided.error().code() == ErrorCode::kNoCandidate) {
    decided = co_await trim(std::move(decided).error());
    if (decided) look_up();
    if (decided) (void)co_await ask_replicas();
  }
  const bool paid = !fitting_.summary_model.empty();  // then it is on record, whatever else went wrong
  if (!decided && decided.error().code() != ErrorCode::kNoCandidate && !paid) co_return decided;
  begin_entry();
  if (decided) decided = check_window();
  if (decided) decided = keep_to_terms();
  record_decision();
  generation_->shift.observe(state_->decision);
  generation_->measure.decided(state_->decision, state_->decision.classify_time);
  show_champion();
  if (worker_.lineup_.shadow && generation_ == worker_.present_) {
    worker_.lineup_.shadow->offer(state_->request, state_->decision);
  }
  if (decided && exchange_.cancel().requested()) {
    decided = base::fail(ErrorCode::kCancelled, "the request was cancelled");
  }
  speculation_.stand(decided.has_value() && !is_hit());
  co_return decided;
}

// ---- dispatch and relay

net::Awaitable<> ChatFlow::run() {
  to_dispatch_ = true;
  auto ready = admit();
  if (ready) ready = co_await understand();
  if (ready) ready = enter();
  if (ready) ready = reserve();
  if (ready) ready = co_await decide_and_record();
  if (!ready) {
    co_await give_up(ready.error());
    co_return;
  }
  if (is_hit()) co_return co_await give_again();
  auto dispatched = co_await dispatch();
  if (!dispatched) {
    co_await give_up(dispatched.error());
    co_return;
  }
  co_await relay(std::move(*dispatched));
}

net::Awaitable<Result<Dispatched>> ChatFlow::dispatch() {
  exchange_.watch();
  dispatcher_.emplace(exchange_, *generation_, *state_, worker_.pool_, speculation_, worker_.parts_.leases);
  auto dispatched = co_await dispatcher_->attempt();
  if (dispatched && dispatched->to_judge) {
    Escalation escalation(exchange_, *generation_, *state_, *dispatcher_);
    Dispatched first = std::move(*dispatched);
    dispatched = co_await escalation.settle(std::move(first));
    waited_ += escalation.waited();
  }
  waited_ += dispatcher_->waited();
  if (!dispatched && dispatcher_->denial()) {
    denial_ = dispatcher_->denial();
    if (dispatched.error().code() == base::ErrorCode::kQuotaExceeded) worker_.parts_.quotas.refused(*denial_);
  }
  co_return dispatched;
}

// ---- settle and record

void ChatFlow::account() {
  ledger::Entry& entry = state_->entry;
  entry.usage = relay_->observed().usage;
  if (upstream_status_ >= 400) return account_nothing();
  const route::Market& market = snapshot_->market;
  const route::ModelIndex baseline = baseline_of(*snapshot_, state_->decision);
  answer_cost_ = cost_with(market.model(static_cast<route::ModelIndex>(model_)), state_->request, entry.usage);
  entry.cost = answer_cost_;
  entry.baseline_cost = baseline == static_cast<route::ModelIndex>(model_)
                            ? entry.cost
                            : cost_instead(market.model(baseline), state_->request, entry.usage);
  add_discarded();
}

// Nothing was answered, or an error, which is not billed; the baseline's would not have been either.
void ChatFlow::account_nothing() {
  state_->entry.cost = state_->entry.baseline_cost = base::Money{};
  add_discarded();
}

void ChatFlow::add_discarded() {
  ledger::Entry& entry = state_->entry;
  for (const ledger::Attempt& one : entry.attempts) {
    if (!one.judged.discarded || !entry.cost) continue;
    if (one.judged.cost) {
      *entry.cost = *entry.cost + *one.judged.cost;
    } else {
      entry.cost.reset();
    }
  }
}

// Also of an answer that broke off: its prompt was read. What it cached is known for certain only where usage was told.
void ChatFlow::note_conversation() {
  if (worker_.parts_.conversations == nullptr || upstream_status_ >= 400) return;
  note_answer(*worker_.parts_.conversations, state_->decision.conversation_key, state_->request, *snapshot_,
              state_->decision.ranked,
              {.model = static_cast<route::ModelIndex>(model_), .upstream = spoken_, .observed = relay_->observed()},
              net::Loop::now(), worker_.parts_.news);
}

// The answer was given up, and nobody who was asked instead can have a bill for it.
bool ChatFlow::nothing_else_billed() const {
  const auto& attempts = state_->entry.attempts;
  return attempts[attempt_].judged.discarded &&
         std::ranges::all_of(attempts.begin() + static_cast<std::ptrdiff_t>(attempt_) + 1, attempts.end(),
                             [](const ledger::Attempt& one) { return one.status >= 400; });
}

// The slower of two calls to the small model may have ended meanwhile, so that its bill is known by now.
void ChatFlow::account_opinion() {
  if (!asked_) return;
  const OpinionBill bill = asked_->bill();
  state_->entry.consultation.usage = bill.usage;
  state_->entry.consultation.cost = bill.cost;
}

void ChatFlow::note_cut() {
  constexpr std::string_view kCut = "cut";
  state_->entry.attempts[attempt_].error = kCut;
  generation_->measure.failed_attempt(model_, kCut);
  generation_->health.ended(model_, false, net::Loop::now());
}

void ChatFlow::account_for(Outcome outcome) {
  ledger::Entry& entry = state_->entry;
  if (model_ >= 0) {
    const route::Model& model = snapshot_->market.model(static_cast<route::ModelIndex>(model_));
    entry.model = model.name;
    entry.provider = model.provider;
    if (relay_ != nullptr) {
      account();
      note_conversation();
      waited_ += relay_->waited();
      if (entry.response_bytes == 0) entry.response_bytes = relay_->body_bytes() - relay_->drained_bytes();
      if (entry.status == upstream_status_) entry.status = relay_->status();
      entry.passage.drained = relay_->drained();
      entry.passage.drained_bytes = relay_->drained_bytes();
      note_losses();
      if (watch_ != nullptr) entry.passage.json = watch_->verdict();
      if (watch_ != nullptr && outcome == Outcome::kUpstreamError) note_broken_json();
    } else if (nothing_else_billed()) {
      account_nothing();
    }
    if (outcome == Outcome::kCut) note_cut();
    if (outcome == Outcome::kOk) generation_->health.ended(model_, true, net::Loop::now());
  } else if (!entry.attempts.empty()) {
    entry.model = entry.attempts.back().model;
    entry.provider = entry.attempts.back().provider;
    const bool unbilled = std::ranges::all_of(entry.attempts, [](const ledger::Attempt& one) {
      return one.status >= 400 || (one.status == 0 && !one.judged.discarded);
    });
    if (unbilled) entry.cost = base::Money{};  // refused, or never sent
  } else {
    account_nothing();  // nobody was asked
  }
}

void ChatFlow::settle(Outcome outcome, std::string_view error) {
  if (!admitted_) return;
  admitted_ = false;
  ledger::Entry& entry = state_->entry;
  entry.outcome = outcome;
  if (!error.empty()) entry.error = error;
  if (!given_again_) account_for(outcome);
  account_opinion();
  settle_holds();
  note_reported();
  if (outcome == Outcome::kClientGone) entry.status = 499;
  const base::Duration total = since_read();
  entry.total = micros(total);
  if (answered_at_ != base::MonoTime{}) entry.first_byte = micros(answered_at_ - read_at_);
  entry.overhead = micros(std::max(base::Duration(0), total - waited_));
  worker_.explorer_.settle(*snapshot_, state_->decision, entry, net::Loop::now());
  worker_.parts_.sink.append(entry);
  reserved_ = false;
  tell_trial();
  generation_->measure.finished(entry, state_->decision.verdict.category, model_,
                                state_->spans.sampled() ? state_->spans.trace() : trace::TraceId());
  hand_over_trace();
}

net::Awaitable<> ChatFlow::give_up(const Error& error) {
  if (exchange_.client_gone()) {
    settle(Outcome::kClientGone, "the client left before an answer");
    co_return;
  }
  const int status = describe_error(protocol_, for_client(error)).status;
  std::string fields;
  if (denial_) append_retry_fields(*denial_, fields);
  if (crowded_) fields += worker_.door_.retry_fields();
  if (admitted_) {
    ledger::Entry& entry = state_->entry;
    entry.status = status;
    std::string body;
    write_error_body(protocol_, for_client(error), body);
    entry.response_bytes = body.size();
    append_fields(fields, false);
    const std::string detail = std::string(to_string(error.code())) + ": " + error.message();
    if (error.origin() != base::Origin::kClient) base::log_warn("request {}: {}", decision_id_, detail);
    settle(outcome_of(error), detail);
  } else {
    generation_->measure.turned_away(status);
  }
  co_await worker_.answer_error(exchange_, protocol_, error, fields);
}

// ---- the decision alone

net::Awaitable<> ChatFlow::run_route() {
  auto ready = admit();
  if (ready) ready = co_await understand();
  if (ready) ready = co_await decide(Purpose::kAsk);
  if (!ready) {
    co_await give_up(ready.error());
    co_return;
  }
  std::string body;
  write_route_body(*snapshot_, state_->request, state_->decision, body);
  co_await exchange_.send(200, "application/json", body);
}

}  // namespace pointsman::gateway
