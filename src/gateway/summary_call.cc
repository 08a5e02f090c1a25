#include "gateway/summary_call.h"

#include <array>
#include <utility>

#include "base/log.h"
#include "gateway/protocols.h"
#include "gateway/summary_desk.h"
#include "route/cost.h"
#include "upstream/whole_answer.h"
#include "wire/label_format.h"
#include "wire/summary_call.h"

namespace pointsman::gateway {

using base::ErrorCode;
using base::Result;

namespace {

constexpr std::size_t kMaxAnswer = std::size_t{1} << 20;

// It was never sent, so that nobody can have a bill for it.
bool is_unsent(const base::Error& error) {
  return error.code() == ErrorCode::kConnect || error.code() == ErrorCode::kOverloaded ||
         error.code() == ErrorCode::kUnsupported;
}

}  // namespace

std::string_view to_string(SummaryOutcome outcome) {
  constexpr std::array<std::string_view, 10> kNames = {"",     "used",    "cached", "no_room", "no_budget",
                                                       "busy", "resting", "late",   "failed",  "cancelled"};
  return kNames[static_cast<std::size_t>(outcome)];
}

limits::CircuitBreaker& SummaryRoom::breaker(const Snapshot& snapshot, int model) {
  const limits::BreakerOptions options = breaker_options(snapshot.config.router.breaker);
  const std::string& name = snapshot.market.model(static_cast<route::ModelIndex>(model)).name;
  const auto at = breakers_.find(name);
  if (at != breakers_.end() && at->second.options == options) return at->second.breaker;
  const Breaker fresh{options, limits::CircuitBreaker(options, net::Loop::now())};
  return breakers_.insert_or_assign(name, fresh).first->second.breaker;
}

SummaryCall::SummaryCall(net::Loop& loop, http::ClientPool& pool, std::shared_ptr<SummaryRoom> room, SummaryOrder order)
    : loop_(loop), pool_(pool), room_(std::move(room)), order_(std::move(order)), deadline_(loop.context()) {}

const upstream::Provider& SummaryCall::provider() const {
  const int index = snapshot().provider_of_model[static_cast<std::size_t>(order_.model)];
  return snapshot().providers[static_cast<std::size_t>(index)];
}

void SummaryCall::start() {
  deadline_.expires_at(net::Loop::now() + order_.deadline);
  deadline_.async_wait([self = shared_from_this()](net::ErrorCondition error) {
    if (!error) self->give_up(SummaryOutcome::kLate);
  });
  loop_.spawn("summary", [](SummaryCallPtr self) -> net::Awaitable<> { co_await self->run(); }(shared_from_this()));
}

void SummaryCall::give_up(SummaryOutcome outcome) {
  if (over_) return;
  outcome_ = outcome;
  const bool late = outcome == SummaryOutcome::kLate;
  room_->breaker(snapshot(), order_.model)
      .record(late ? limits::Blame::kFailure : limits::Blame::kNone, net::Loop::now(), room_->rng.uniform());
  if (late) base::log_warn("the model '{}' did not sum up a conversation in time", model().name);
  const auto self = shared_from_this();  // the room may hold the last reference
  end();
  cancel_.request();
}

net::Awaitable<> SummaryCall::run() {
  // Whatever ends this coroutine, whoever waits is told.
  struct Ending {
    SummaryCall& call;
    ~Ending() { call.end(); }
  };
  const Ending ending{*this};
  auto said = co_await ask();
  if (!over_) take(std::move(said));
}

void SummaryCall::take(Result<std::string> said) {
  const base::MonoTime now = net::Loop::now();
  if (said) text_ = room_->prompts.cut_to(std::move(*said), order_.room);
  const bool good = !text_.empty();
  room_->breaker(snapshot(), order_.model)
      .record(good ? limits::Blame::kSuccess : limits::Blame::kFailure, now, room_->rng.uniform());
  outcome_ = good ? SummaryOutcome::kUsed : SummaryOutcome::kFailed;
  if (!said) base::log_warn("the model '{}' did not sum up a conversation: {}", model().name, said.error().message());
  if (!good || room_->kept == nullptr) return;
  auto kept = std::make_shared<answers::KeptAnswer>();
  kept->body = text_;
  (void)room_->kept->put(order_.key, std::move(kept), now, SummaryDesk::kLifetime);
}

void SummaryCall::end() {
  if (std::exchange(over_, true)) return;
  deadline_.cancel();
  room_->under_way.erase(order_.key);
  for (const auto& one : std::exchange(waiting_, {})) one->signal();
}

net::Awaitable<> SummaryCall::wait(net::CancelToken& cancel) {
  const auto self = shared_from_this();
  if (over_) co_return;
  const auto woken = std::make_shared<net::Event>();
  waiting_.push_back(woken);
  const net::CancelToken::Scope scope(
      cancel, [](void* event) { static_cast<net::Event*>(event)->signal(); }, woken.get());
  co_await woken->wait();
  std::erase(waiting_, woken);
}

net::Awaitable<Result<std::string>> SummaryCall::ask() {
  json::Document document;
  const llm::Protocol protocol = provider().protocol;
  for (;;) {
    const bool old_limit = room_->old_limit.contains(model().name);
    std::string body;
    wire::write_summary_request(protocol,
                                {.model = model().upstream_name,
                                 .conversation = order_.conversation,
                                 .max_tokens = order_.max_tokens,
                                 .old_limit = old_limit},
                                body);
    PM_CO_TRY(const Got got, co_await post(body));
    if (got.status >= 200 && got.status < 300) co_return wire::read_summary_answer(protocol, got.body, document);
    const wire::ProviderError refused = wire::read_provider_error(got.body, document);
    const bool about_limit =
        refused.message.contains("max_completion_tokens") || refused.param.contains("max_completion_tokens");
    if (protocol == llm::Protocol::kMessages || old_limit || !about_limit || over_) {
      co_return base::fail(wire::label_error(got.status, refused));
    }
    room_->old_limit.insert(model().name);
  }
}

net::Awaitable<Result<SummaryCall::Got>> SummaryCall::post(const std::string& body) {
  std::string head;
  PM_CO_CHECK(upstream::append_request_head(provider(), path_of(provider().protocol), upstream::Author::kGateway, {},
                                            body.size(), head));
  const std::array<std::string_view, 2> pieces = {head, body};
  Trial trial(*order_.generation, pool_, cancel_);
  ledger::Attempt record = trial.begin(order_.model);
  const auto before = std::exchange(bill_.cost, std::nullopt);
  Tried tried = co_await trial.run(order_.model, false, pieces, record);
  if (!tried.answer) {
    if (tried.error && is_unsent(*tried.error)) bill_.cost = before;
    co_return base::fail(tried.error ? std::move(*tried.error) : base::Error(ErrorCode::kInternal, "no answer"));
  }
  const bool knows_all = before && !tried.resent;
  Got got{.body = {}, .status = tried.answer->head().status};
  if (got.status >= 400 && knows_all) bill_.cost = before;  // an answer with an error is not billed
  auto read = co_await upstream::read_whole(*tried.answer, kMaxAnswer, order_.deadline, cancel_);
  if (!read) co_return base::fail(std::move(read).error());
  got.body = std::move(*read);
  if (got.status < 400) {
    json::Document document;
    bill_.usage = wire::read_summary_usage(provider().protocol, got.body, document);
    const auto cost = route::cost_of(bill_.usage, model().prices);
    if (knows_all && cost) bill_.cost = *before + cost->total();
  }
  co_return got;
}

}  // namespace pointsman::gateway
