#include "gateway/summary_desk.h"

#include <utility>

namespace pointsman::gateway {

SummaryDesk::SummaryDesk(net::Loop& loop, http::ClientPool& pool, PromptFit& prompts, answers::ResponseCache* kept,
                         std::uint64_t seed)
    : loop_(loop), pool_(pool), room_(std::make_shared<SummaryRoom>(prompts, kept, seed)) {}

SummaryDesk::~SummaryDesk() {
  stop();
}

void SummaryDesk::stop() {
  const auto under_way = room_->under_way;  // those that end leave the room
  for (const auto& [key, call] : under_way) call->give_up(SummaryOutcome::kCancelled);
}

std::optional<std::string> SummaryDesk::find(const answers::AnswerKey& key) {
  if (room_->kept == nullptr) return std::nullopt;
  const base::MonoTime now = net::Loop::now();
  const auto found = room_->kept->find(key, now);
  if (!found) return std::nullopt;
  // As long as the conversation goes on, its summary stays.
  if (found->age > kLifetime / 2) (void)room_->kept->put(key, found->answer, now, kLifetime);
  return found->answer->body;
}

SummaryCallPtr SummaryDesk::under_way(const answers::AnswerKey& key) const {
  const auto at = room_->under_way.find(key);
  return at == room_->under_way.end() ? nullptr : at->second;
}

SummaryOutcome SummaryDesk::refusal(const SummaryOrder& order) const {
  if (room_->under_way.size() >= kMostUnderWay) return SummaryOutcome::kBusy;
  const base::MonoTime now = net::Loop::now();
  const auto healths = order.generation->health.view(now);
  const bool healthy = healths[static_cast<std::size_t>(order.model)] == route::Health::kHealthy &&
                       room_->breaker(*order.generation->snapshot, order.model).healthy(now);
  return healthy ? SummaryOutcome::kNone : SummaryOutcome::kResting;
}

std::expected<SummaryCallPtr, SummaryOutcome> SummaryDesk::begin(SummaryOrder order) {
  const SummaryOutcome refused = refusal(order);
  if (refused != SummaryOutcome::kNone) return std::unexpected(refused);
  if (!room_->breaker(*order.generation->snapshot, order.model).allow(net::Loop::now())) {
    return std::unexpected(SummaryOutcome::kResting);
  }
  const answers::AnswerKey key = order.key;
  auto call = std::make_shared<SummaryCall>(loop_, pool_, room_, std::move(order));
  room_->under_way.emplace(key, call);
  call->start();
  return call;
}

}  // namespace pointsman::gateway
