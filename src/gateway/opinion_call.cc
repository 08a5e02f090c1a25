#include "gateway/opinion_call.h"

#include <algorithm>

#include "base/log.h"
#include "gateway/retry_after.h"
#include "route/cost.h"
#include "upstream/whole_answer.h"

namespace pointsman::gateway {

using base::ErrorCode;
using base::Result;
using classify::OpinionOutcome;

namespace {

constexpr std::size_t kMaxAnswer = 256U << 10;
// A provider that refuses a request as it is may be asked in another way so often.
constexpr int kMostAdaptations = 4;
constexpr double kSecondsOfAnHour = 3600;

void add(std::optional<std::int64_t>& sum, const std::optional<std::int64_t>& more) {
  if (more) sum = sum.value_or(0) + *more;
}

void add(llm::Usage& sum, const llm::Usage& more) {
  add(sum.input_tokens, more.input_tokens);
  add(sum.cached_input_tokens, more.cached_input_tokens);
  add(sum.output_tokens, more.output_tokens);
  add(sum.reasoning_tokens, more.reasoning_tokens);
  add(sum.cache_write_tokens, more.cache_write_tokens);
  add(sum.long_cache_write_tokens, more.long_cache_write_tokens);
}

// It was never sent, so that nobody can have a bill for it.
bool is_unsent(const base::Error& error) {
  return error.code() == ErrorCode::kConnect || error.code() == ErrorCode::kOverloaded ||
         error.code() == ErrorCode::kUnsupported;
}

OpinionOutcome outcome_of(const base::Error& error) {
  if (error.code() == ErrorCode::kCancelled) return OpinionOutcome::kCancelled;
  if (error.code() == ErrorCode::kTimeout) return OpinionOutcome::kLate;
  if (error.code() == ErrorCode::kParse) return OpinionOutcome::kUnusable;
  return OpinionOutcome::kFailed;
}

}  // namespace

// ---- what a worker knows about the model

OpinionRoom::OpinionRoom(const Consultant& by, const limits::BreakerOptions& breaker_options, std::uint64_t seed,
                         int workers, telemetry::Shard& metrics, base::MonoTime now)
    : shard(metrics),
      rng(seed),
      breaker(breaker_options, now),
      hedges(0, 0, now),
      answers(0, base::Duration(0)),
      dialect(by.first_dialect()) {
  limit(by, workers, now);
}

void OpinionRoom::limit(const Consultant& by, int workers, base::MonoTime now) {
  const config::LlmConfig& settings = by.settings();
  const auto part = [workers](int all) {
    return all == 0 ? std::size_t{0} : static_cast<std::size_t>(std::max(1, all / std::max(1, workers)));
  };
  most_under_way = part(settings.max_concurrent);
  answers = base::ExpiringLru<std::string, classify::Opinion>(part(settings.cache), settings.cache_ttl);
  constexpr double kHedgesSavedUp = 3;
  hedges = limits::TokenBucket(0, settings.hedge > 0 ? kHedgesSavedUp : 0, now);
  money.reset();
  if (!settings.max_cost_per_hour) return;
  // Half of it may be saved up and half comes back within an hour, so that no hour sees more than all of it.
  const double half = static_cast<double>(settings.max_cost_per_hour->nanos) / (2 * std::max(1, workers));
  money.emplace(half / kSecondsOfAnHour, half, now);
}

OpinionOutcome OpinionRoom::admit(const Consultant& by, const llm::LabelQuestion& question, base::MonoTime now) {
  if (under_way.size() >= most_under_way) return OpinionOutcome::kBusy;
  if (money) {
    const double most = static_cast<double>(by.most_of(question).value_or(base::Money{}).nanos) * by.samples(dialect);
    if (!money->take(most, now)) return OpinionOutcome::kNoBudget;
    if (breaker.allow(now)) return OpinionOutcome::kUsed;
    money->refund(most, now);
    return OpinionOutcome::kResting;
  }
  return breaker.allow(now) ? OpinionOutcome::kUsed : OpinionOutcome::kResting;
}

void OpinionRoom::settle(std::optional<base::Money> put_aside, std::optional<base::Money> cost, base::MonoTime now) {
  if (!money || !put_aside || !cost) return;  // what nobody knows is taken for the most it can be
  const auto rest = static_cast<double>((*put_aside - *cost).nanos);
  if (rest > 0) {
    money->refund(rest, now);
  } else {
    money->charge(-rest, now);
  }
}

void OpinionRoom::record(limits::Blame blame, base::MonoTime now, std::optional<base::Duration> retry_after) {
  breaker.record(blame, now, rng.uniform(), retry_after);
}

// ---- one question

OpinionCall::OpinionCall(net::Loop& loop, http::ClientPool& pool, std::shared_ptr<OpinionRoom> room, ConsultantPtr by,
                         llm::LabelQuestion question, std::vector<int> offered, std::string key)
    : loop_(loop),
      pool_(pool),
      room_(std::move(room)),
      by_(std::move(by)),
      question_(std::move(question)),
      offered_(std::move(offered)),
      key_(std::move(key)),
      deadline_(loop.context()),
      hedge_at_(loop.context()) {}

void OpinionCall::start() {
  began_ = net::Loop::now();
  wanted_ = by_->samples(room_->dialect);
  arm(deadline_, began_ + by_->settings().deadline, &OpinionCall::too_late);
  for (int i = 0; i < wanted_; ++i) spawn_attempt();
  room_->hedges.refund(static_cast<double>(by_->settings().hedge), began_);
  const auto usual = room_->usual.value();
  if (wanted_ == 1 && usual && *usual < by_->settings().deadline && by_->settings().hedge > 0) {
    arm(hedge_at_, began_ + *usual, &OpinionCall::hedge);
  }
}

void OpinionCall::arm(net::Timer& timer, base::MonoTime at, void (OpinionCall::*then)()) {
  timer.expires_at(at);
  timer.async_wait([self = shared_from_this(), then](net::ErrorCondition error) {
    if (!error && !self->ended_) ((*self).*then)();
  });
}

void OpinionCall::spawn_attempt() {
  const std::size_t number = attempts_.size();
  attempts_.push_back(std::make_shared<Attempt>());
  loop_.spawn("small model", [](std::shared_ptr<OpinionCall> self, std::size_t which) -> net::Awaitable<> {
    co_await self->attempt(which);
  }(shared_from_this(), number));
}

void OpinionCall::hedge() {
  if (!room_->hedges.take(1, net::Loop::now())) return;
  hedged_ = true;
  spawn_attempt();
}

void OpinionCall::too_late() {
  room_->record(limits::Blame::kFailure, net::Loop::now());
  give_up(OpinionOutcome::kLate);
}

void OpinionCall::give_up(OpinionOutcome outcome) {
  if (ended_) return;
  end({.outcome = outcome}, outcome == OpinionOutcome::kLate ? "no answer within router.llm.deadline" : "");
}

net::Awaitable<> OpinionCall::attempt(std::size_t number) {
  const std::shared_ptr<Attempt> own = attempts_[number];
  auto answer = co_await ask(*own, static_cast<int>(number));
  own->over = true;
  if (ended_) {
    close_books();
  } else if (answer) {
    take(std::move(*answer));
  } else {
    fail(answer.error());
  }
}

net::Awaitable<Result<llm::LabelAnswer>> OpinionCall::ask(Attempt& attempt, int sample) {
  json::Document document;
  for (int i = 0; true; ++i) {
    const LabelDialect dialect = room_->dialect;
    PM_CO_TRY(const std::string body, by_->body(question_, dialect, sample));
    PM_CO_TRY(const Got got, co_await post(attempt, body));
    const base::MonoTime now = net::Loop::now();
    if (got.status >= 200 && got.status < 300) {
      auto answer = by_->read(got.body, document);
      if (!answer && !ended_) room_->record(limits::Blame::kFailure, now);
      co_return answer;
    }
    const wire::ProviderError said = wire::read_provider_error(got.body, document);
    const bool refused = got.status == 400 || got.status == 422;
    // Another attempt may have learnt meanwhile.
    const bool learnt = refused && (adapt(room_->dialect, said) || !(room_->dialect == dialect));
    if (!learnt || i == kMostAdaptations) {
      if (!ended_) room_->record(limits::blame_of(got.status), now, got.retry_after);
      co_return base::fail(wire::label_error(got.status, said));
    }
    base::log_info("the small model {} does not take a request of router.llm as it is, and is asked in another way",
                   by_->model());
  }
}

net::Awaitable<Result<OpinionCall::Got>> OpinionCall::post(Attempt& attempt, std::string_view body) {
  std::string head;
  PM_CO_CHECK(
      upstream::append_request_head(by_->provider(), by_->path(), upstream::Author::kGateway, {}, body.size(), head));
  const std::array<std::string_view, 2> pieces = {head, body};
  const auto before = std::exchange(attempt.bill.cost, std::nullopt);
  auto answer = co_await upstream::call(pool_, by_->provider(), pieces, attempt.cancel);
  if (!answer) {
    if (is_unsent(answer.error())) attempt.bill.cost = before;
    // That all connections we allow are busy is our own limit, not the model's failure.
    const bool ours = answer.error().code() == ErrorCode::kOverloaded;
    if (!ended_) room_->record(ours ? limits::Blame::kNone : limits::blame_of(answer.error()), net::Loop::now());
    co_return base::fail(std::move(answer).error());
  }
  const bool knows_all = before && !(*answer)->resent();
  Got got{.status = (*answer)->head().status, .retry_after = retry_after((*answer)->head())};
  if (got.status >= 400 && knows_all) attempt.bill.cost = before;  // an answer with an error is not billed
  auto read = co_await upstream::read_whole(**answer, kMaxAnswer, by_->settings().deadline, attempt.cancel);
  if (!read) {
    if (!ended_) room_->record(limits::blame_of(read.error()), net::Loop::now());
    co_return base::fail(std::move(read).error());
  }
  got.body = std::move(*read);
  if (got.status < 400) {
    const llm::Usage used = by_->usage(got.body);
    const auto cost = route::cost_of(used, by_->prices());
    add(attempt.bill.usage, used);
    if (knows_all && cost) attempt.bill.cost = *before + cost->total();
  }
  co_return got;
}

void OpinionCall::take(llm::LabelAnswer answer) {
  if (wanted_ == 1) room_->usual.add(net::Loop::now() - began_);
  answers_.push_back(std::move(answer));
  // The provider may have turned out to give no log-probabilities: several answers then take their place.
  const int wanted = by_->samples(room_->dialect);
  for (; wanted_ < wanted; ++wanted_) spawn_attempt();
  if (static_cast<int>(answers_.size()) >= wanted_) conclude();
}

void OpinionCall::fail(const base::Error& error) {
  if (!failure_) failure_ = error;
  if (std::ranges::any_of(attempts_, [](const auto& one) { return !one->over; })) return;
  if (!answers_.empty()) return conclude();
  end({.outcome = outcome_of(*failure_)}, "");
}

void OpinionCall::conclude() {
  json::Document document;
  const consult::Reply reply = by_->opinion(answers_, offered_, room_->dialect, document);
  classify::Opinion opinion = reply.opinion;
  const base::MonoTime now = net::Loop::now();
  // A model that answers with anything but a label is as sick as one that does not answer.
  room_->record(opinion.usable() ? limits::Blame::kSuccess : limits::Blame::kFailure, now);
  if (opinion.usable()) room_->answers.put(key_, opinion, now);
  end(std::move(opinion), reply.reason);
}

OpinionBill OpinionCall::bill() const {
  OpinionBill sum{.usage = {}, .cost = base::Money{}};
  for (const auto& one : attempts_) {
    add(sum.usage, one->bill.usage);
    sum.cost = sum.cost && one->bill.cost ? std::optional(*sum.cost + *one->bill.cost) : std::nullopt;
  }
  return sum;
}

bool OpinionCall::is_reading() const {
  return std::ranges::any_of(attempts_, [](const auto& one) { return !one->over; });
}

void OpinionCall::end(classify::Opinion opinion, std::string_view reason) {
  ended_ = true;
  opinion_ = std::move(opinion);
  reason_ = reason;
  deadline_.cancel();
  hedge_at_.cancel();
  const auto self = shared_from_this();  // the room may hold the last reference
  room_->under_way.erase(key_);
  if (answers_.empty()) {
    stop_reading();
  } else if (is_reading()) {
    room_->reading_on.insert(self);
  }
  close_books();
  for (const auto& one : std::exchange(waiting_, {})) one->signal();
}

void OpinionCall::stop_reading() {
  for (const auto& one : attempts_) one->cancel.request();
}

void OpinionCall::close_books() {
  if (is_reading() || std::exchange(closed_, true)) return;
  const auto self = shared_from_this();  // likewise
  room_->reading_on.erase(self);
  const auto most = by_->most_of(question_);
  const auto of = [&most](int calls) { return most ? std::optional(base::Money{most->nanos * calls}) : std::nullopt; };
  const auto cost = bill().cost;
  room_->settle(of(wanted_), cost ? cost : of(static_cast<int>(attempts_.size())), net::Loop::now());
  if (cost) {
    room_->shard.money("pointsman_llm_cost_usd_total").add(*cost);
  } else {
    room_->shard.counter("pointsman_llm_cost_unknown_total").add();
  }
}

net::Awaitable<Heard> OpinionCall::wait(net::CancelToken& cancel, bool first) {
  const auto self = shared_from_this();
  const base::MonoTime asked = net::Loop::now();
  if (!ended_) {
    const auto woken = std::make_shared<net::Event>();
    waiting_.push_back(woken);
    const net::CancelToken::Scope scope(
        cancel, [](void* event) { static_cast<net::Event*>(event)->signal(); }, woken.get());
    co_await woken->wait();
    std::erase(waiting_, woken);
  }
  Heard out;
  out.note.took = net::Loop::now() - asked;
  if (!ended_) {
    out.opinion.outcome = OpinionOutcome::kCancelled;
    co_return out;  // what it will cost is not known yet
  }
  out.opinion = opinion_;
  if (!opinion_.usable()) out.failure = failure_;
  out.note.reason = reason_;
  out.note.hedged = first && hedged_;
  out.note.bill = first ? bill() : OpinionBill{.usage = {}, .cost = base::Money{}};
  co_return out;
}

}  // namespace pointsman::gateway
