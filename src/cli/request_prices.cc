#include "cli/request_prices.h"

#include <algorithm>

#include "config/overlay.h"
#include "llm/token_estimate.h"
#include "route/catalogue.h"
#include "route/cost.h"

namespace pointsman::cli {

using base::Result;

Result<void> fill_prices(config::Config& config) {
  PM_TRY(const route::Catalogue catalogue, route::Catalogue::built_in());
  config::overlay(config, [&](std::string_view name) -> std::optional<route::Model> {
    const route::CatalogueEntry* entry = catalogue.find(name);
    return entry != nullptr ? std::optional(entry->model) : std::nullopt;
  });
  return {};
}

std::optional<RequestPrices> RequestPrices::of(const config::Config& config,
                                               const std::vector<std::string>& categories) {
  const auto prices_of = [&](const std::vector<std::string>& models) -> const route::Prices* {
    for (const std::string& name : models) {
      const auto model = std::ranges::find(config.models, name, &config::ModelConfig::name);
      if (model != config.models.end() && model->price.known()) return &model->price;
    }
    return nullptr;
  };
  RequestPrices out;
  out.answer_tokens_ = config.router.expected_output_tokens;
  out.fallback_ = prices_of(config.router.fallback);
  if (out.fallback_ == nullptr) return std::nullopt;
  for (const std::string& name : categories) {
    const auto category = std::ranges::find(config.categories, name, &config::CategoryConfig::name);
    out.categories_.push_back(category == config.categories.end() ? nullptr : prices_of(category->models));
    if (out.categories_.back() == nullptr) return std::nullopt;
  }
  return out;
}

double RequestPrices::dollars(const learn::Example& request, const route::Prices& prices) const {
  llm::TokenEstimate estimate;
  estimate.add(request.context);
  estimate.add(request.text);
  llm::Requirements needs;
  needs.input_tokens = estimate.tokens();
  return route::expected_cost(needs, prices, answer_tokens_).value_or(base::Money{}).dollars();
}

double RequestPrices::in_category(const learn::Example& request, std::size_t category) const {
  return dollars(request, *categories_[category]);
}

double RequestPrices::at_fallback(const learn::Example& request) const {
  return dollars(request, *fallback_);
}

}  // namespace pointsman::cli
