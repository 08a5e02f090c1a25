// The models a router may choose from, which of them may answer each category, and the fallback order: one immutable
// snapshot of the configuration laid over the catalogue.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "route/continuity.h"
#include "route/cost.h"
#include "route/model.h"
#include "route/strategy.h"

namespace pointsman::route {

struct MarketModel {
  Model model;
  std::optional<int> tier;  // general ability, from the catalogue or the configuration
};

struct CategoryCandidates {
  std::string category;
  std::vector<std::string> models;  // in configured order
  Strategy strategy = Strategy::kPrice;
  std::vector<Weight> weights;  // of splits; a model without one has the weight 1
};

class Market {
 public:
  // `categories` in the policy's order. `fallback` is the explicit order, most capable first; when empty, all models by
  // tier, highest first, models without one last. `typical_output` is the answer length, in tokens, that ranking by
  // cost assumes; `affinity`, when conversations stay with their model. Fails with kInvalidArgument naming a model that
  // is not in `models`, a name listed twice, an empty list, or a weight of a model that is not the category's.
  static base::Result<Market> build(std::vector<MarketModel> models, const std::vector<CategoryCandidates>& categories,
                                    const std::vector<std::string>& fallback,
                                    std::int64_t typical_output = kTypicalOutput, const AffinityRules& affinity = {});

  const std::vector<MarketModel>& models() const { return models_; }
  const Model& model(ModelIndex index) const { return models_[index].model; }
  std::optional<ModelIndex> find(std::string_view name) const;
  // Who answers under a name: a hash of provider and upstream name, which is the same in every market.
  std::uint32_t identity(ModelIndex index) const { return identities_[index]; }
  // Nothing if no model has it, or models of different provider or upstream name do.
  std::optional<ModelIndex> find_identity(std::uint32_t identity) const;
  std::size_t category_count() const { return categories_.size(); }
  const std::vector<ModelIndex>& candidates(std::size_t category) const { return categories_[category].models; }
  Strategy strategy(std::size_t category) const { return categories_[category].strategy; }
  const CandidateOrder& order(std::size_t category) const { return *categories_[category].order; }
  const std::vector<ModelIndex>& fallback() const { return fallback_; }
  // Every model, strongest first: the fallback order, then by tier, then as configured.
  const std::vector<ModelIndex>& by_strength() const { return by_strength_; }
  std::int64_t typical_output() const { return typical_output_; }
  const AffinityRules& affinity() const { return affinity_; }

 private:
  struct Category {
    std::vector<ModelIndex> models;
    Strategy strategy = Strategy::kPrice;
    CandidateOrderPtr order;
  };
  base::Result<Category> make_category(const CategoryCandidates& from) const;
  base::Result<std::vector<ModelIndex>> resolve(const std::vector<std::string>& names, const std::string& list) const;

  std::vector<MarketModel> models_;
  std::vector<Category> categories_;
  std::vector<ModelIndex> fallback_;
  std::vector<ModelIndex> by_strength_;
  std::vector<std::uint32_t> identities_;  // of models_
  std::int64_t typical_output_ = kTypicalOutput;
  AffinityRules affinity_;
};

}  // namespace pointsman::route
