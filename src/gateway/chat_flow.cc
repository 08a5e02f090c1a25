#include "gateway/chat_flow.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "gateway/route_body.h"
#include "http/write.h"
#include "wire/openai_chat/error_body.h"
#include "route/cost.h"

namespace pointsman::gateway {

using base::Error;
using base::ErrorCode;
using base::Result;
using ledger::Outcome;

namespace {

std::chrono::microseconds micros(base::Duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration);
}

// A browser may send a "simple" cross-site POST with other types, without asking first; JSON it may not.
bool is_json(const http::RequestHead& head) {
  const auto type = head.find("content-type");
  constexpr std::string_view kJson = "application/json";
  return type && type->size() >= kJson.size() && http::equal_ignoring_case(type->substr(0, kJson.size()), kJson) &&
         (type->size() == kJson.size() || (*type)[kJson.size()] == ';' || (*type)[kJson.size()] == ' ');
}

}  // namespace

ChatFlow::ChatFlow(Worker& worker, http::Exchange& exchange)
    : worker_(worker), exchange_(exchange), snapshot_(worker.snapshot_), state_(worker.take_state()) {}

ChatFlow::~ChatFlow() {
  if (admitted_) settle(Outcome::kGatewayError, "the request was abandoned");
  if (reserved_) worker_.parts_.sink.release();
  worker_.give_state(std::move(state_));
}

// ---- admit, understand, decide

Result<void> ChatFlow::admit() {
  if (!is_json(exchange_.head())) {
    return base::fail(Error(ErrorCode::kUnsupported, "send the request with 'content-type: application/json'",
                            base::Origin::kClient)
                          .at("content-type"));
  }
  auto room = worker_.parts_.sink.reserve();
  if (!room) {
    worker_.measure_.ledger_refused();
    return base::fail(std::move(room).error());
  }
  reserved_ = true;
  return {};
}

net::Awaitable<Result<void>> ChatFlow::understand() {
  PM_CO_TRY(const std::string_view body, co_await exchange_.read_body());
  PM_CO_CHECK(wire::openai_chat::read_chat_request(body, worker_.reader_, state_->request));
  co_return Result<void>{};
}

Result<void> ChatFlow::decide() {
  const base::MonoTime begin = net::Loop::now();
  const std::string_view header = exchange_.head().find("x-pointsman-route").value_or(std::string_view());
  auto decided = worker_.decider_.decide(*snapshot_, state_->request, header,
                                         worker_.health_.view(begin), state_->decision);
  state_->decision.classify_time = net::Loop::now() - begin;
  const bool theirs = !decided && decided.error().origin() == base::Origin::kClient;
  if (theirs && decided.error().code() != ErrorCode::kNoCandidate) return decided;  // not admitted
  begin_entry();
  record_decision();
  worker_.measure_.decided(*snapshot_, state_->decision, state_->decision.classify_time);
  return decided;
}

void ChatFlow::begin_entry() {
  admitted_ = true;
  ledger::Entry& entry = state_->entry;
  entry = {};
  const base::WallTime now = worker_.parts_.clock.wall();
  entry.id = worker_.ids_.next(now);
  entry.started = now - micros(net::Loop::now() - exchange_.received_at());
  decision_id_ = entry.id.to_string();
  const llm::ChatRequest& request = state_->request;
  entry.requested_model = request.model;
  entry.conversation = request.conversation;
  entry.text_hash = base::xxh3(request.text);
  if (snapshot_->config.ledger.store_prompts == config::StorePrompts::kFull) entry.text = request.text;
  entry.capabilities = request.needs.capabilities.bits();
  entry.input_tokens_estimate = request.needs.input_tokens;
  entry.output_tokens_limit = request.needs.output_tokens;
  entry.stream = request.stream;
  entry.tool_result_turn = request.turn == llm::Turn::kToolResult;
  entry.policy_version = snapshot_->policy_version;
  entry.request_bytes = request.body.size();
}

void ChatFlow::record_decision() {
  ledger::Entry& entry = state_->entry;
  const Decision& decision = state_->decision;
  const classify::Verdict& verdict = decision.verdict;
  entry.classify_time = micros(decision.classify_time);
  entry.route_header = decision.evidence.route_header;
  entry.probabilities = decision.evidence.probabilities;
  entry.rule_hits = decision.evidence.rule_hits;
  if (decision.routed) entry.classifier_version = snapshot_->classifier_version;
  if (verdict.category >= 0) entry.category = snapshot_->policy.categories[static_cast<std::size_t>(verdict.category)].name;
  entry.probability = verdict.probability;
  entry.threshold = verdict.threshold;
  entry.stage = decision.routed ? to_string(verdict.stage) : "passthrough";
  entry.reason = verdict.reason;
  for (const route::Candidate& candidate : decision.ranked.candidates) {
    entry.candidates.push_back(snapshot_->market.model(candidate.model).name);
  }
  for (const int model : worker_.health_.unavailable()) {
    entry.unavailable.push_back(snapshot_->market.model(static_cast<route::ModelIndex>(model)).name);
  }
}

// ---- dispatch and relay

net::Awaitable<> ChatFlow::run() {
  auto ready = admit();
  if (ready) ready = co_await understand();
  if (ready) ready = decide();
  if (!ready) {
    co_await give_up(ready.error());
    co_return;
  }
  exchange_.watch();
  Dispatcher dispatcher(exchange_, *snapshot_, *state_, worker_.pool_, worker_.health_, worker_.measure_);
  auto dispatched = co_await dispatcher.attempt();
  waited_ += dispatcher.waited();
  if (!dispatched) {
    co_await give_up(dispatched.error());
    co_return;
  }
  co_await relay(std::move(*dispatched));
}

net::Awaitable<> ChatFlow::relay(Dispatched dispatched) {
  model_ = dispatched.model;
  const auto index = static_cast<std::size_t>(model_);
  const upstream::Provider& provider =
      snapshot_->providers[static_cast<std::size_t>(snapshot_->provider_of_model[index])];
  answered_at_ = net::Loop::now();
  state_->entry.status = dispatched.answer->head().status;
  Relay relay(exchange_, *dispatched.answer, *state_, *this, provider.idle_timeout);
  relay_ = &relay;
  const bool stream = state_->request.stream && dispatched.answer->head().status < 400;
  co_await relay.pass(stream, stream && dispatched.hide_usage);
  relay_ = nullptr;
  if (!relay.failure()) co_return;
  waited_ += relay.waited();
  state_->entry.attempts.back().error = to_string(relay.failure()->code());
  co_await give_up(*relay.failure());
}

void ChatFlow::append_fields(std::string& head, bool settled) {
  const ledger::Entry& entry = state_->entry;
  const auto line = [&head](std::string_view name, std::string_view value) {
    head += name;
    head += value;
    head += "\r\n";
  };
  line("x-pointsman-decision-id: ", decision_id_);
  if (!entry.category.empty()) (void)http::append_field(head, "x-pointsman-category", entry.category);
  char number[32];
  const auto format = [&number](auto pattern, auto value) {
    const auto written = fmt::format_to_n(number, sizeof number, pattern, value);
    return std::string_view(number, written.size);
  };
  if (entry.probability) line("x-pointsman-confidence: ", format(FMT_STRING("{:.4f}"), *entry.probability));
  line("x-pointsman-stage: ", entry.stage);
  const std::string& model = model_ >= 0 ? snapshot_->market.model(static_cast<route::ModelIndex>(model_)).name
                                         : entry.requested_model;
  if (model_ >= 0) (void)http::append_field(head, "x-pointsman-model", model);
  const bool fallback = state_->decision.routed && state_->decision.verdict.stage == classify::Stage::kFallback;
  const bool failed_over = entry.attempts.size() > 1;
  line("x-pointsman-fallback: ", fallback ? entry.reason.substr(0, entry.reason.find(':'))
                                          : std::string(failed_over ? "failover" : "none"));
  if (settled && entry.cost) line("x-pointsman-cost-usd: ", entry.cost->to_string());
  line("x-pointsman-overhead-us: ",
       format(FMT_STRING("{}"), micros(net::Loop::now() - exchange_.received_at() - waited_).count()));
}

// ---- settle and record

void ChatFlow::account(const wire::openai_chat::Observed& observed) {
  ledger::Entry& entry = state_->entry;
  entry.usage = observed.usage;
  const route::Model& model = snapshot_->market.model(static_cast<route::ModelIndex>(model_));
  if (entry.status >= 400) {
    entry.cost = base::Money{};  // an answer with an error is not billed
    return;
  }
  const auto cost = route::cost_of(observed.usage, model.prices);
  if (cost) entry.cost = cost->total();
  const route::Model& strongest = snapshot_->market.model(snapshot_->market.fallback().front());
  const auto baseline = route::cost_of(observed.usage, strongest.prices);
  if (baseline) entry.baseline_cost = baseline->total();
}

void ChatFlow::settle(Outcome outcome, std::string_view error) {
  if (!admitted_) return;
  admitted_ = false;
  ledger::Entry& entry = state_->entry;
  entry.outcome = outcome;
  if (!error.empty()) entry.error = error;
  if (outcome == Outcome::kClientGone) entry.status = 499;
  if (model_ >= 0) {
    entry.model = snapshot_->market.model(static_cast<route::ModelIndex>(model_)).name;
    entry.provider = snapshot_->market.model(static_cast<route::ModelIndex>(model_)).provider;
    if (relay_ != nullptr) {
      account(relay_->observed());
      waited_ += relay_->waited();
    }
  } else if (!entry.attempts.empty()) {
    entry.model = entry.attempts.back().model;
    entry.provider = entry.attempts.back().provider;
  }
  const base::MonoTime now = net::Loop::now();
  entry.total = micros(now - exchange_.received_at());
  entry.first_byte = answered_at_ == base::MonoTime{} ? std::chrono::microseconds(0)
                                                      : micros(answered_at_ - exchange_.received_at());
  entry.overhead = std::max(std::chrono::microseconds(0), micros(now - exchange_.received_at() - waited_));
  entry.response_bytes = exchange_.bytes_sent();
  worker_.parts_.sink.append(entry);
  reserved_ = false;
  worker_.measure_.finished(*snapshot_, entry, state_->decision.verdict.category, model_);
}

net::Awaitable<> ChatFlow::give_up(const Error& error) {
  if (error.code() == ErrorCode::kCancelled || exchange_.client_gone()) {
    settle(Outcome::kClientGone, "the client left before an answer");
    co_return;
  }
  const auto answer = wire::openai_chat::describe(error);
  std::string fields;
  if (admitted_) {
    state_->entry.status = answer.status;
    append_fields(fields, false);
    const bool upstreams = error.origin() == base::Origin::kUpstream;
    settle(upstreams                                      ? Outcome::kUpstreamError
           : error.origin() == base::Origin::kClient ? Outcome::kClientError
                                                          : Outcome::kGatewayError,
           std::string(to_string(error.code())) + ": " + error.message());
  }
  co_await worker_.answer_error(exchange_, error, fields);
}

// ---- the decision alone

net::Awaitable<> ChatFlow::run_route() {
  Result<void> ready;
  if (!is_json(exchange_.head())) ready = admit();
  if (ready) ready = co_await understand();
  if (ready) {
    const std::string_view header = exchange_.head().find("x-pointsman-route").value_or(std::string_view());
    const base::MonoTime begin = net::Loop::now();
    ready = worker_.decider_.decide(*snapshot_, state_->request, header, worker_.health_.view(begin), state_->decision);
    state_->decision.classify_time = net::Loop::now() - begin;
  }
  if (!ready) {
    co_await worker_.answer_error(exchange_, ready.error());
    co_return;
  }
  std::string body;
  write_route_body(*snapshot_, state_->request, state_->decision, body);
  co_await exchange_.send(200, "application/json", body);
}

}  // namespace pointsman::gateway
