// What the runtime shows of itself: to the operators' API, and of a shadow in the metrics.
#include <algorithm>
#include <map>

#include "app/runtime.h"
#include "app/worker_thread.h"

namespace pointsman::app {

bool Runtime::responsive() {
  return std::ranges::all_of(workers_, [](const auto& worker) { return worker->load().has_value(); });
}

// Of each model what the worker says that thinks worst of it.
std::vector<admin::ModelHealth> Runtime::model_health() {
  using Breaker = admin::ModelHealth::Breaker;
  std::map<std::string, admin::ModelHealth, std::less<>> found;
  for (const auto& worker : workers_) {
    const base::MonoTime mono = clock_.mono();
    const base::WallTime wall = clock_.wall();
    for (const gateway::Health::Shown& one : worker->models()) {
      admin::ModelHealth& model = found[one.model];
      model.model = one.model;
      const Breaker breaker = one.state == limits::CircuitBreaker::State::kClosed     ? Breaker::kClosed
                              : one.state == limits::CircuitBreaker::State::kHalfOpen ? Breaker::kHalfOpen
                                                                                      : Breaker::kOpen;
      model.breaker = std::max(model.breaker, breaker);
      if (one.rests_until <= mono) continue;
      const auto until = wall + std::chrono::duration_cast<std::chrono::microseconds>(one.rests_until - mono);
      model.rests_until = std::max(model.rests_until.value_or(until), until);
    }
  }
  std::vector<admin::ModelHealth> out;
  for (auto& [name, model] : found) out.push_back(std::move(model));
  return out;
}

void Runtime::introduce() {
  const config::ListenerConfig& first = snapshot_->config.listeners.front();
  const std::string host = first.address.is_loopback() ? first.address.host : "127.0.0.1";
  for (std::size_t i = 0; i < snapshot_->config.listeners.size(); ++i) {
    if (snapshot_->config.listeners[i].tls) continue;
    office_.serve_at(ports_[i]);
    break;
  }
  office_.introduce(
      {.version = options_.version,
       .base_url = (first.tls ? "https://" : "http://") + host + ":" + std::to_string(ports_.front()) + "/v1",
       .config_file = options_.config_file,
       .started = clock_.wall(),
       .loaded = {}});
}

std::string Runtime::dashboard() const {
  const auto& admin = snapshot_->config.admin;
  if (!admin) return {};
  const std::string host = admin->address.is_loopback() ? admin->address.host : "127.0.0.1";
  return "http://" + host + ":" + std::to_string(ports_.back()) + "/dashboard/";
}

void Runtime::publish_shadow() {
  // The metrics' reader may ask while a lineup changes: it holds the shadow it asks.
  const auto count = [this](std::string_view agreement, auto read) {
    registry_.callback("pointsman_shadow_decisions_total", {{"agreement", std::string(agreement)}},
                       [shadow = lineup_.shadow, read] { return shadow ? read(shadow->tally()) : 0.0; });
  };
  count("same",
        [](const gateway::ShadowTally& tally) { return static_cast<double>(tally.decisions - tally.disagreements); });
  count("weaker", [](const gateway::ShadowTally& tally) { return static_cast<double>(tally.weaker); });
  count("other",
        [](const gateway::ShadowTally& tally) { return static_cast<double>(tally.disagreements - tally.weaker); });
  count("unseen", [](const gateway::ShadowTally& tally) { return static_cast<double>(tally.unseen); });
  const auto expected = [this](telemetry::ScalarName name, std::string_view whose, auto read) {
    registry_.callback(name, {{"by", std::string(whose)}},
                       [shadow = lineup_.shadow, read] { return shadow ? read(shadow->tally()) : 0.0; });
  };
  expected("pointsman_shadow_underrouted", "champion", [](const auto& tally) { return tally.underrouted_champion; });
  expected("pointsman_shadow_underrouted", "shadow", [](const auto& tally) { return tally.underrouted; });
  expected("pointsman_shadow_cost_usd", "champion",
           [](const auto& tally) { return static_cast<double>(tally.cost_champion.nanos) * 1e-9; });
  expected("pointsman_shadow_cost_usd", "shadow",
           [](const auto& tally) { return static_cast<double>(tally.cost.nanos) * 1e-9; });
}

}  // namespace pointsman::app
