// Tells of budgets that are nearly or wholly used up, and of the cap on doubt: one line in the log and an event for
// each webhook, once for each crossing.
//
// Belongs to the main thread, which looks a few times a second: a request only leaves a few figures behind, and never
// waits for a webhook. The quota desk knows what was told: thresholds are told once for each period, also across
// restarts, because spend that is restored reaches them silently; a first refusal is told once for each period and
// process.
#pragma once

#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "config/config.h"
#include "courier/courier.h"
#include "gateway/quota_desk.h"
#include "telemetry/registry.h"

namespace pointsman::app {

class BudgetWatch {
 public:
  // All outlive it.
  BudgetWatch(gateway::QuotaDesk& quotas, const base::Clock& clock, telemetry::Registry& registry, std::uint64_t seed);

  // Where events go from now on. On failure nothing has changed.
  base::Result<void> follow(const config::Config& config);
  // Tells what there is to tell.
  void tick();
  // Tells the last, and gives it a little time to arrive.
  void stop();

 private:
  void tell(webhook::Event event);

  gateway::QuotaDesk& quotas_;
  const base::Clock& clock_;
  courier::Courier courier_;
};

}  // namespace pointsman::app
