#include "gateway/health.h"

#include <algorithm>

#include "base/log.h"
#include "gateway/replica_news.h"

namespace pointsman::gateway {
namespace {

// The same on every replica that is configured alike.
limits::SharedName shared_name_of(const route::Model& model, const config::ProviderConfig& provider) {
  return limits::shared_name_of("model\n" + model.provider + "\n" + model.upstream_name + "\n" +
                                provider.base_url.to_string());
}

}  // namespace

limits::BreakerOptions breaker_options(const config::BreakerConfig& from) {
  limits::BreakerOptions options;
  options.consecutive_failures = from.failures;
  options.cool_down = from.cooldown;
  return options;
}

Health::Health(const Snapshot& snapshot, telemetry::Shard& shard, std::uint64_t seed, const Health* previous,
               base::MonoTime now)
    : rng_(seed),
      options_(breaker_options(snapshot.config.router.breaker)),
      retry_ratio_(static_cast<double>(snapshot.config.router.retries.budget)) {
  const bool same_options = previous != nullptr &&
                            previous->options_.consecutive_failures == options_.consecutive_failures &&
                            previous->options_.cool_down == options_.cool_down;
  const std::vector<route::MarketModel>& all = snapshot.market.models();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const route::Model& from = all[i].model;
    const auto provider = static_cast<std::size_t>(snapshot.provider_of_model[i]);
    Model fresh{from.name,
                from.provider,
                from.upstream_name,
                snapshot.providers[provider].target,
                shared_name_of(from, snapshot.config.providers[provider]),
                limits::CircuitBreaker(options_, now),
                {},
                &shard.gauge("pointsman_breaker_state", {{"model", from.name}})};
    auto known = same_options ? previous->find_same(fresh) : nullptr;
    if (!known) {
      fresh.state->set(0);
      known = std::make_shared<Model>(std::move(fresh));
    }
    models_.push_back(std::move(known));
  }
  flags_.assign(models_.size(), route::Health::kHealthy);
  const bool same_budget = previous != nullptr && previous->retry_ratio_ == retry_ratio_;
  limits::RetryBudgetOptions budget;
  budget.ratio = retry_ratio_;
  retries_ = same_budget ? previous->retries_ : std::make_shared<limits::RetryBudget>(budget, now);
}

std::shared_ptr<Health::Model> Health::find_same(const Model& wanted) const {
  const auto found = std::ranges::find_if(models_, [&](const std::shared_ptr<Model>& one) {
    return one->name == wanted.name && one->provider == wanted.provider && one->upstream_name == wanted.upstream_name &&
           one->target == wanted.target;
  });
  return found != models_.end() ? *found : nullptr;
}

std::span<const route::Health> Health::view(base::MonoTime now) {
  unavailable_.clear();
  for (std::size_t i = 0; i < models_.size(); ++i) {
    const bool healthy = models_[i]->breaker.healthy(now) && now >= models_[i]->rests_until;
    flags_[i] = healthy ? route::Health::kHealthy : route::Health::kUnhealthy;
    if (!healthy) unavailable_.push_back(static_cast<int>(i));
  }
  return flags_;
}

bool Health::steady(int model, base::MonoTime now) const {
  const Model& per = *models_[static_cast<std::size_t>(model)];
  return per.breaker.state(now) == limits::CircuitBreaker::State::kClosed && now >= per.rests_until;
}

std::span<const route::Pace> Health::paces(bool stream) {
  paces_.clear();
  for (const auto& one : models_) {
    const auto pace = (stream ? one->stream_pace : one->whole_pace).value();
    paces_.push_back(pace ? route::Pace(std::chrono::duration_cast<std::chrono::microseconds>(*pace)) : std::nullopt);
  }
  return paces_;
}

void Health::answered(int model, bool stream, base::Duration first_byte) {
  Model& per = *models_[static_cast<std::size_t>(model)];
  (stream ? per.stream_pace : per.whole_pace).add(first_byte);
}

std::vector<Health::Shown> Health::shown(base::MonoTime now) const {
  std::vector<Shown> out;
  for (const auto& one : models_) out.push_back({one->name, one->breaker.state(now), one->rests_until});
  return out;
}

void Health::attempt(int model, base::MonoTime now) {
  (void)models_[static_cast<std::size_t>(model)]->breaker.allow(now);
}

void Health::record(int model, limits::Blame blame, base::MonoTime now, std::optional<base::Duration> retry_after) {
  Model& per = *models_[static_cast<std::size_t>(model)];
  const std::uint64_t opened = per.breaker.times_opened();
  per.breaker.record(blame, now, rng_.uniform(), retry_after);
  tell_opened(per, opened, now);
  if (blame == limits::Blame::kOverload && retry_after) {
    per.rests_until = std::max(per.rests_until, now + std::min<base::Duration>(*retry_after, kLongestRest));
  } else if (blame == limits::Blame::kSuccess) {
    per.rests_until = {};
  }
  show(per, now);
}

void Health::ended(int model, bool whole, base::MonoTime now) {
  Model& per = *models_[static_cast<std::size_t>(model)];
  const std::uint64_t opened = per.breaker.times_opened();
  per.breaker.ended(whole, now, rng_.uniform());
  tell_opened(per, opened, now);
  if (!whole) show(per, now);
}

void Health::tell_opened(const Model& model, std::uint64_t opened_before, base::MonoTime now) {
  if (news_ == nullptr || model.breaker.times_opened() == opened_before) return;
  news_->failing({.target = model.shared_name, .left = model.breaker.reopens_at() - now}, now);
}

void Health::warn(const limits::FailureHint& hint, base::MonoTime now) {
  for (const auto& one : models_) {
    if (one->shared_name == hint.target) one->breaker.warn(now + hint.left, now);
  }
}

void Health::show(Model& model, base::MonoTime now) {
  const auto state = model.breaker.state(now);
  const std::int64_t number = state == limits::CircuitBreaker::State::kClosed     ? 0
                              : state == limits::CircuitBreaker::State::kHalfOpen ? 1
                                                                                  : 2;
  if (number == 2 && model.state->value() != 2) {
    base::log_warn("model '{}' at provider '{}' is failing: it gets no requests for a while", model.name,
                   model.provider);
  } else if (number == 0 && model.state->value() != 0) {
    base::log_info("model '{}' at provider '{}' is well again", model.name, model.provider);
  }
  model.state->set(number);
}

}  // namespace pointsman::gateway
