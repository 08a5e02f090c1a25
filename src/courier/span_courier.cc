#include "courier/span_courier.h"

namespace pointsman::courier {
namespace {

trace::Convention convention_of(config::Semconv semconv) {
  return semconv == config::Semconv::kGenAi136 ? trace::Convention::kGenAi136 : trace::Convention::kGenAiLatest;
}

}  // namespace

trace::Ring& SpanCourier::add_ring() {
  return *rings_.emplace_back(std::make_shared<trace::Ring>());
}

base::Result<void> SpanCourier::follow(const config::TelemetryConfig& config) {
  SpanPlanPtr plan;
  if (config.otlp) {
    PM_TRY(SpanTarget target, make_span_target(*config.otlp));
    plan = std::make_shared<const SpanPlan>(
        SpanPlan{std::move(target), {config.otlp->service, version_, instance_}, convention_of(config.otlp->semconv)});
  }
  if (!thread_.started()) {
    if (!plan) return {};
    thread_.start([this](net::Loop& loop, net::Resolver& resolver) {
      auto rounds = std::make_unique<SpanRounds>(loop, resolver, shard_, rings_, options_);
      rounds_ = rounds.get();
      return rounds;
    });
  }
  thread_.loop().post([rounds = rounds_, next = std::move(plan)]() mutable { rounds->set_plan(std::move(next)); });
  return {};
}

}  // namespace pointsman::courier
