#include "limits/spend_cap.h"

#include <algorithm>

namespace pointsman::limits {
namespace {

constexpr std::array<std::string_view, kSpendKinds> kNames = {"fallback", "classifier"};

// One root for each kind that has a cap.
QuotaDefinition definition_of(const std::vector<SpendCapDefinition>& caps, const TimeZone& zone,
                              UnknownPrice unknown_price) {
  QuotaDefinition definition;
  definition.zone = zone;
  definition.unknown_price = unknown_price;
  for (const SpendCapDefinition& cap : caps) {
    const std::string_view name = to_string(cap.kind);
    auto node = std::ranges::find(definition.nodes, name, &NodeDefinition::name);
    if (node == definition.nodes.end()) {
      definition.nodes.push_back({std::string(name), {}, {}, {}});
      node = std::prev(definition.nodes.end());
    }
    node->limits.budgets.push_back({cap.period, cap.nanos, std::nullopt});
  }
  return definition;
}

// Caps have no limits that look at this clock.
constexpr base::MonoTime kNoTime{};

}  // namespace

std::string_view to_string(SpendKind kind) {
  return kNames[static_cast<std::size_t>(kind)];
}

base::Result<SpendCaps> SpendCaps::create(const std::vector<SpendCapDefinition>& caps, const TimeZone& zone,
                                          UnknownPrice unknown_price, base::WallTime wall) {
  PM_TRY(QuotaTree tree, QuotaTree::create(definition_of(caps, zone, unknown_price), {}, wall, kNoTime));
  return SpendCaps(std::move(tree));
}

void SpendCaps::find_kinds() {
  for (std::size_t kind = 0; kind < kSpendKinds; ++kind) kinds_[kind] = tree_.find(kNames[kind]);
}

std::expected<ReservationId, Denial> SpendCaps::admit(SpendKind kind, std::optional<std::int64_t> worst_nanos,
                                                      base::WallTime wall) {
  const auto node = kinds_[static_cast<std::size_t>(kind)];
  if (!node) return ReservationId{};
  return tree_.admit(*node, {worst_nanos, 0, 1}, wall, kNoTime);
}

Settlement SpendCaps::settle(ReservationId id, std::optional<std::int64_t> nanos) {
  if (id == ReservationId{}) return {};
  return tree_.settle(id, {nanos, 0}, kNoTime);
}

Settlement SpendCaps::release(ReservationId id) {
  return settle(id, 0);
}

std::optional<std::int64_t> SpendCaps::room(SpendKind kind, base::WallTime wall) {
  const auto node = kinds_[static_cast<std::size_t>(kind)];
  if (!node) return std::nullopt;
  const auto room = tree_.room(*node, wall);
  return room ? room->nanos : std::nullopt;
}

bool SpendCaps::restore(SpendKind kind, Period period, base::WallTime begin, std::int64_t nanos) {
  return tree_.restore(to_string(kind), period, begin, nanos, 0);
}

base::Result<void> SpendCaps::reconfigure(const std::vector<SpendCapDefinition>& caps, const TimeZone& zone,
                                          UnknownPrice unknown_price, base::WallTime wall) {
  PM_CHECK(tree_.reconfigure(definition_of(caps, zone, unknown_price), wall, kNoTime));
  find_kinds();
  return {};
}

}  // namespace pointsman::limits
