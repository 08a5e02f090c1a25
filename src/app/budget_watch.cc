#include "app/budget_watch.h"

#include <algorithm>

#include "app/host_name.h"
#include "base/log.h"

namespace pointsman::app {
namespace {

constexpr std::chrono::seconds kLastWords{2};

}  // namespace

BudgetWatch::BudgetWatch(gateway::QuotaDesk& quotas, const base::Clock& clock, telemetry::Registry& registry,
                         std::uint64_t seed)
    : quotas_(quotas),
      clock_(clock),
      courier_(clock, registry.add_shard(), {.instance = host_name(), .seed = seed, .policy = {}, .limits = {}}) {}

base::Result<void> BudgetWatch::follow(const config::Config& config) {
  net::SslContext tls;
  if (std::ranges::any_of(config.webhooks, [](const config::WebhookConfig& one) { return one.url.tls; })) {
    PM_TRY(tls, net::make_client_tls("", true));
  }
  std::vector<courier::TargetPtr> targets;
  for (const config::WebhookConfig& one : config.webhooks) {
    PM_TRY(courier::Target target, courier::make_target(one, tls));
    targets.push_back(std::make_shared<const courier::Target>(std::move(target)));
  }
  courier_.set_targets(std::move(targets));
  return {};
}

void BudgetWatch::tell(webhook::Event event) {
  base::log_warn("{}", webhook::sentence(event));
  courier_.announce(std::move(event));
}

void BudgetWatch::tick() {
  for (const limits::ThresholdEvent& one : quotas_.take_events()) tell(webhook::event_of(one, clock_.wall()));
  for (const limits::Refusal& one : quotas_.take_refusals()) tell(webhook::event_of(one));
  for (const limits::Refusal& one : quotas_.take_cap_refusals()) tell(webhook::event_of_cap(one));
}

void BudgetWatch::stop() {
  tick();
  courier_.stop(kLastWords);
}

}  // namespace pointsman::app
