#include "gateway/opinion_desk.h"

#include <utility>

#include "consult/text_key.h"

namespace pointsman::gateway {

using classify::OpinionOutcome;

namespace {

// The key of a question: the text as it counts, and what was on offer.
std::string key_of(std::string_view text, std::span<const int> offered) {
  std::string key = consult::text_key(text);
  for (const int one : offered) key += '\x1f' + std::to_string(one);
  return key;
}

Heard nothing(OpinionOutcome outcome) {
  Heard out;
  out.opinion.outcome = outcome;
  if (outcome != OpinionOutcome::kCancelled) out.note.bill.cost = base::Money{};
  return out;
}

}  // namespace

OpinionDesk::OpinionDesk(net::Loop& loop, http::ClientPool& pool, telemetry::Shard& shard, std::uint64_t seed,
                         int workers)
    : loop_(loop), pool_(pool), shard_(shard), seed_(seed), workers_(workers) {}

OpinionDesk::~OpinionDesk() {
  stop();
}

void OpinionDesk::use(ConsultantPtr consultant, const limits::BreakerOptions& breaker) {
  const bool keep = consultant_ && consultant && room_ && consultant->same_as(*consultant_) && breaker == breaker_;
  const bool same_limits = keep && consultant->same_limits_as(*consultant_);
  consultant_ = std::move(consultant);
  breaker_ = breaker;
  if (keep && !same_limits) room_->limit(*consultant_, workers_, net::Loop::now());
  if (keep) return;
  room_ = consultant_ ? std::make_shared<OpinionRoom>(*consultant_, breaker, seed_, workers_, shard_, net::Loop::now())
                      : nullptr;
}

void OpinionDesk::stop() {
  if (!room_) return;
  const auto under_way = room_->under_way;  // those that end leave the room
  for (const auto& [key, call] : under_way) call->give_up(OpinionOutcome::kCancelled);
  const auto reading_on = room_->reading_on;
  for (const auto& call : reading_on) call->stop_reading();
}

OpinionDesk::Asked OpinionDesk::put(ConsultantPtr by, std::string_view text, std::span<const float> local) {
  // Of a configuration that is gone: what it learns is of no use to the next one.
  const std::shared_ptr<OpinionRoom> room = by == consultant_ ? room_ : nullptr;
  if (!room) return {nothing(OpinionOutcome::kNone), nullptr};
  const base::MonoTime now = net::Loop::now();
  std::vector<int> offered = by->offer(local);
  if (offered.empty()) return {nothing(OpinionOutcome::kNone), nullptr};
  std::string key = key_of(text, offered);
  if (const classify::Opinion* known = room->answers.find(key, now)) {
    Heard out = nothing(OpinionOutcome::kUsed);
    out.opinion = *known;
    out.opinion.cached = true;
    return {std::move(out), nullptr};
  }
  if (const auto same = room->under_way.find(key); same != room->under_way.end()) return {{}, same->second, false};
  llm::LabelQuestion question = by->question(text, offered);
  const OpinionOutcome refused = room->admit(*by, question, now);
  if (refused != OpinionOutcome::kUsed) return {nothing(refused), nullptr};
  auto call = std::make_shared<OpinionCall>(loop_, pool_, room, by, std::move(question), std::move(offered), key);
  room->under_way.emplace(std::move(key), call);
  call->start();
  return {{}, std::move(call), true};
}

net::Awaitable<Heard> OpinionDesk::ask(ConsultantPtr by, std::string_view text, std::span<const float> local,
                                       net::CancelToken& cancel) {
  Asked asked = put(std::move(by), text, local);
  co_return co_await asked.answer(cancel);
}

net::Awaitable<Heard> OpinionDesk::Asked::answer(net::CancelToken& cancel) {
  if (!call) co_return std::move(heard);
  co_return co_await call->wait(cancel, first);
}

}  // namespace pointsman::gateway
