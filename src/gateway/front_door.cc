#include "gateway/front_door.h"

#include <fmt/format.h>

namespace pointsman::gateway {
namespace {

constexpr std::array<std::string_view, limits::kPriorities> kPriorityNames = {"low", "normal", "high"};

}  // namespace

FrontDoor::Place::Place(LoadGauge& load, telemetry::Gauge& shown) : load_(&load), shown_(&shown) {
  load.in_flight.fetch_add(1, std::memory_order_relaxed);
  shown.add(1);
}

FrontDoor::Place::~Place() {
  if (load_ == nullptr) return;
  load_->in_flight.fetch_sub(1, std::memory_order_relaxed);
  shown_->add(-1);
}

FrontDoor::FrontDoor(LoadGauge& load, telemetry::Shard& shard, std::uint64_t seed)
    : load_(load), shard_(shard), shown_(shard.gauge("pointsman_requests_in_flight")), draws_(seed) {
  use({});
}

void FrontDoor::use(const config::OverloadConfig& config) {
  admission_.use({.max_in_flight = static_cast<std::size_t>(config.max_in_flight), .queue_delay = config.queue_delay});
  const auto wait = config.retry_after.count();
  retry_fields_ = fmt::format("retry-after: {}\r\nretry-after-ms: {}\r\n", (wait + 999) / 1000, wait);
}

limits::Shed FrontDoor::look(const http::Exchange& exchange, config::Priority priority, base::MonoTime now) {
  if (until_measured_ == 0) {
    if (const auto waited = exchange.waited()) admission_.waited(*waited);
    until_measured_ = kMeasureEvery;
  }
  --until_measured_;
  const auto rank = static_cast<std::size_t>(priority);
  const limits::ProcessLoad load{.in_flight = load_.in_flight.load(std::memory_order_relaxed),
                                 .memory_short = load_.memory_short.load(std::memory_order_relaxed)};
  return count(admission_.decide(rank, load, draws_.uniform(), now), rank);
}

std::expected<FrontDoor::Place, limits::Shed> FrontDoor::enter(config::Priority priority) {
  const auto rank = static_cast<std::size_t>(priority);
  if (admission_.full(rank, load_.in_flight.load(std::memory_order_relaxed))) {
    return std::unexpected(count(limits::Shed::kInFlight, rank));
  }
  return Place(load_, shown_);
}

limits::Shed FrontDoor::count(limits::Shed shed, std::size_t rank) {
  if (shed == limits::Shed::kNone) return shed;
  telemetry::Counter*& known = counters_[static_cast<std::size_t>(shed)][rank];
  if (known == nullptr) {
    known = &shard_.counter("pointsman_requests_shed_total",
                            {{"reason", limits::to_string(shed)}, {"priority", kPriorityNames[rank]}});
  }
  known->add();
  return shed;
}

std::string_view describe(limits::Shed shed) {
  switch (shed) {
    case limits::Shed::kInFlight:
      return "too many requests are under way";
    case limits::Shed::kQueueDelay:
      return "requests wait too long";
    case limits::Shed::kMemory:
      return "the gateway is short of memory";
    case limits::Shed::kNone:
      break;
  }
  return "";
}

}  // namespace pointsman::gateway
