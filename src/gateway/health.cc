#include "gateway/health.h"

#include <algorithm>

#include "base/log.h"

namespace pointsman::gateway {

void Health::use(const Snapshot& snapshot, base::MonoTime now) {
  const config::RouterConfig& router = snapshot.config.router;
  limits::BreakerOptions options;
  options.consecutive_failures = router.breaker.failures;
  options.cool_down = router.breaker.cooldown;
  std::vector<PerModel> models;
  for (const route::MarketModel& entry : snapshot.market.models()) {
    const auto old = std::ranges::find_if(models_, [&](const PerModel& one) {
      return one.name == entry.model.name && one.provider == entry.model.provider;
    });
    const limits::CircuitBreaker fresh(options, now);
    models.push_back({entry.model.name, entry.model.provider, old != models_.end() ? old->breaker : fresh,
                      &shard_.gauge("pointsman_breaker_state", {{"model", entry.model.name}})});
  }
  models_ = std::move(models);
  flags_.assign(models_.size(), route::Health::kHealthy);
  limits::RetryBudgetOptions budget;
  budget.ratio = static_cast<double>(router.retries.budget);
  if (!retries_) retries_.emplace(budget, now);
}

std::span<const route::Health> Health::view(base::MonoTime now) {
  unavailable_.clear();
  for (std::size_t i = 0; i < models_.size(); ++i) {
    const bool healthy = models_[i].breaker.healthy(now);
    flags_[i] = healthy ? route::Health::kHealthy : route::Health::kUnhealthy;
    if (!healthy) unavailable_.push_back(static_cast<int>(i));
  }
  return flags_;
}

void Health::attempt(int model, base::MonoTime now) {
  PerModel& per = models_[static_cast<std::size_t>(model)];
  (void)per.breaker.allow(now);
}

void Health::record(int model, limits::Blame blame, base::MonoTime now, std::optional<base::Duration> retry_after) {
  PerModel& per = models_[static_cast<std::size_t>(model)];
  per.breaker.record(blame, now, rng_.uniform(), retry_after);
  show(per, now);
}

void Health::show(PerModel& model, base::MonoTime now) {
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
