#include "courier/rounds.h"

#include <fmt/format.h>

#include "base/log.h"

namespace pointsman::courier {

using webhook::Fate;
using webhook::Verdict;

Rounds::Rounds(net::Loop& loop, net::Resolver& resolver, const base::Clock& clock, telemetry::Shard& shard,
               RoundsOptions options)
    : loop_(loop),
      resolver_(resolver),
      clock_(clock),
      shard_(shard),
      options_(std::move(options)),
      outbox_(options_.policy, options_.seed, options_.capacity),
      ids_(options_.seed + 1) {}

void Rounds::set_targets(std::vector<TargetPtr> targets) {
  targets_.clear();
  std::vector<std::string> names;
  for (TargetPtr& one : targets) {
    names.push_back(one->name);
    targets_[one->name] = std::move(one);
  }
  const std::size_t dropped = outbox_.set_receivers(names);
  if (dropped > 0) base::log_warn("webhooks: {} events waited for a webhook that is gone; they are dropped", dropped);
  count("dropped", dropped);
  pump();
}

void Rounds::announce(const webhook::Event& event) {
  if (targets_.empty() || stopped_) return;
  const base::Uuid id = ids_.next(clock_.wall());
  auto letter = std::make_shared<webhook::Letter>();
  letter->id = id.to_string();
  letter->type = webhook::to_string(event.type);
  letter->body = webhook::document(event, id, options_.instance);
  const std::size_t lost = outbox_.put(letter, net::Loop::now());
  if (lost > 0) base::log_warn("webhooks: {} of the oldest events made room for a new one and are lost", lost);
  count("dropped", lost);
  pump();
}

bool Rounds::busy() const {
  const auto due = outbox_.next_due();
  return !under_way_.empty() || (due && *due <= net::Loop::now());
}

void Rounds::stop() {
  stopped_ = true;
  loop_.set_deadline(*this, base::MonoTime::max());
  for (auto at = under_way_.begin(); at != under_way_.end();) {
    net::CancelToken& cancel = (at++)->second;
    cancel.request();  // may run the delivery to its end at once, which erases this token
  }
}

void Rounds::lament() {
  if (waiting() == 0) return;
  base::log_warn("webhooks: {} events were not delivered before the stop and are lost", waiting());
}

void Rounds::pump() {
  if (stopped_) return;
  while (auto delivery = outbox_.take(net::Loop::now())) {
    TargetPtr target = targets_.at(delivery->receiver);
    under_way_.try_emplace(delivery->number);
    loop_.spawn("webhook", deliver(std::move(*delivery), std::move(target)));
  }
  loop_.set_deadline(*this, outbox_.next_due().value_or(base::MonoTime::max()));
}

net::Awaitable<> Rounds::deliver(webhook::Delivery delivery, TargetPtr target) {
  net::CancelToken& cancel = under_way_.at(delivery.number);
  const base::Result<PostAnswer> answer = co_await post(loop_, resolver_, *target, delivery.letter->id,
                                                        delivery.letter->body, clock_.wall(), cancel, options_.limits);
  under_way_.erase(delivery.number);
  if (stopped_) co_return;
  settle(delivery, answer);
  pump();
}

void Rounds::settle(const webhook::Delivery& delivery, const base::Result<PostAnswer>& answer) {
  const int status = answer ? answer->status : 0;
  const webhook::Outcome outcome = outbox_.finish(delivery.number, webhook::verdict_of(status),
                                                  answer ? answer->retry_after : std::nullopt, net::Loop::now());
  const std::string why = answer ? fmt::format("it answered {}", status) : answer.error().message();
  switch (outcome.fate) {
    case Fate::kDelivered:
      return count("delivered");
    case Fate::kRetried:
      count("retried");
      // Once for each event; what follows is only of interest to somebody who is looking for it.
      base::log(delivery.attempt == 1 ? base::LogLevel::kWarn : base::LogLevel::kDebug,
                "webhook '{}': {} {} was not delivered (attempt {}): {}; the next attempt is in {} s",
                delivery.receiver, delivery.letter->type, delivery.letter->id, delivery.attempt, why,
                std::chrono::ceil<std::chrono::seconds>(outcome.wait).count());
      return;
    case Fate::kGivenUp:
      count("given_up");
      base::log_error("webhook '{}': {} {} is given up after {} attempts: {}", delivery.receiver, delivery.letter->type,
                      delivery.letter->id, delivery.attempt, why);
      return;
    case Fate::kUnknown:
      return;
  }
}

void Rounds::count(std::string_view result, std::size_t times) {
  if (times > 0) shard_.counter("pointsman_webhook_deliveries_total", {{"result", result}}).add(times);
}

}  // namespace pointsman::courier
