#include "route/market.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "base/hash.h"
#include "base/suggest.h"
#include "route/conversation_memory.h"

namespace pointsman::route {
namespace {

bool has(const std::vector<ModelIndex>& list, ModelIndex one) {
  return std::ranges::find(list, one) != list.end();
}

base::Error refused(std::string message) {
  return base::Error(base::ErrorCode::kInvalidArgument, std::move(message));
}

std::uint32_t identity_of(const Model& model) {
  const std::uint64_t hash = base::xxh3(model.upstream_name, base::xxh3(model.provider));
  return static_cast<std::uint32_t>(hash & ((1U << ConversationMemory::kModelBits) - 1));
}

}  // namespace

std::optional<ModelIndex> Market::find_identity(std::uint32_t identity) const {
  std::optional<ModelIndex> found;
  for (ModelIndex i = 0; i < identities_.size(); ++i) {
    if (identities_[i] != identity) continue;
    const auto names = [this](ModelIndex one) { return std::tie(model(one).provider, model(one).upstream_name); };
    if (found && names(*found) != names(i)) return std::nullopt;
    if (!found) found = i;
  }
  return found;
}

std::optional<ModelIndex> Market::find(std::string_view name) const {
  const auto found = std::ranges::find_if(models_, [&](const MarketModel& one) { return one.model.name == name; });
  if (found == models_.end()) return std::nullopt;
  return static_cast<ModelIndex>(found - models_.begin());
}

base::Result<std::vector<ModelIndex>> Market::resolve(const std::vector<std::string>& names,
                                                      const std::string& list) const {
  std::vector<ModelIndex> indices;
  for (const std::string& name : names) {
    const auto index = find(name);
    if (!index) {
      std::vector<std::string> known;
      for (const MarketModel& one : models_) known.push_back(one.model.name);
      const auto near = base::nearest_names(name, known, 1);
      return base::fail(refused(list + " names the model " + name + ", which is not configured" +
                                (near.empty() ? "" : "; did you mean " + near.front() + "?")));
    }
    if (has(indices, *index)) return base::fail(refused(list + " names the model " + name + " twice"));
    indices.push_back(*index);
  }
  return indices;
}

base::Result<Market::Category> Market::make_category(const CategoryCandidates& from) const {
  const std::string list = "category " + from.category;
  if (from.models.empty()) return base::fail(refused(list + " has no models"));
  PM_TRY(std::vector<ModelIndex> indices, resolve(from.models, list));
  std::vector<Arm> arms;
  for (const ModelIndex one : indices) arms.push_back({one, model(one).name, 1});
  for (const Weight& one : from.weights) {
    const auto arm = std::ranges::find(arms, one.model, &Arm::name);
    if (arm == arms.end()) return base::fail(refused(list + " weighs the model " + one.model + ", which is not its"));
    arm->weight = one.weight;
  }
  CandidateOrderPtr order = make_order(from.strategy, from.category, arms);
  return Category{std::move(indices), from.strategy, std::move(order)};
}

base::Result<Market> Market::build(std::vector<MarketModel> models, const std::vector<CategoryCandidates>& categories,
                                   const std::vector<std::string>& fallback, std::int64_t typical_output,
                                   const AffinityRules& affinity) {
  Market market;
  market.affinity_ = affinity;
  if (typical_output > 0) market.typical_output_ = typical_output;
  market.models_ = std::move(models);
  if (market.models_.empty()) return base::fail(refused("no models are configured"));
  for (std::size_t i = 0; i < market.models_.size(); ++i) {
    const std::string& name = market.models_[i].model.name;
    if (market.find(name) != static_cast<ModelIndex>(i))
      return base::fail(refused("the model " + name + " is configured twice"));
    market.identities_.push_back(identity_of(market.models_[i].model));
  }
  for (const CategoryCandidates& category : categories) {
    PM_TRY(Category made, market.make_category(category));
    market.categories_.push_back(std::move(made));
  }
  PM_TRY(market.fallback_, market.resolve(fallback, "fallback"));
  std::vector<ModelIndex> rest(market.models_.size());
  std::iota(rest.begin(), rest.end(), ModelIndex{0});
  std::erase_if(rest, [&](ModelIndex one) { return has(market.fallback_, one); });
  std::ranges::sort(rest, {}, [&](ModelIndex one) { return std::pair(-market.models_[one].tier.value_or(-1), one); });
  market.by_strength_ = market.fallback_;
  market.by_strength_.insert(market.by_strength_.end(), rest.begin(), rest.end());
  if (market.fallback_.empty()) market.fallback_ = market.by_strength_;
  return market;
}

}  // namespace pointsman::route
